package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

func TestObjectBuildsWhatIsAddedInOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		build func(o *wire.Object) *wire.Object
		want  string
	}{
		"nothing":       {func(o *wire.Object) *wire.Object { return o }, `{}`},
		"string":        {func(o *wire.Object) *wire.Object { return o.Str("a", "\"b\"\n") }, `{"a":"\"b\"\n"}`},
		"string like {": {func(o *wire.Object) *wire.Object { return o.Str("a", "{").Str("b", "{") }, `{"a":"{","b":"{"}`},
		"integers":      {func(o *wire.Object) *wire.Object { return o.Int("a", -1).Int("b", 1<<53) }, `{"a":-1,"b":9007199254740992}`},
		"truths":        {func(o *wire.Object) *wire.Object { return o.Bool("a", true).Bool("b", false) }, `{"a":true,"b":false}`},
		"raw":           {func(o *wire.Object) *wire.Object { return o.Raw("a", []byte(`{}`)).Raw("b", []byte(`[1]`)) }, `{"a":{},"b":[1]}`},
		"any name":      {func(o *wire.Object) *wire.Object { return o.Member(`"`, wire.Value(`1`)).Member("", wire.Value(`{}`)) }, `{"\"":1,"":{}}`},
		"no strings":    {func(o *wire.Object) *wire.Object { return o.Strings("a", nil, nil).Int("b", 0) }, `{"a":{},"b":0}`},
		"strings": {func(o *wire.Object) *wire.Object {
			return o.Strings("a", []string{"y", "x"}, map[string]string{"x": "1"})
		}, `{"a":{"y":"","x":"1"}}`},
		"members":         {func(o *wire.Object) *wire.Object { return o.Members([]byte(` { "a" : 1 } `)).Int("b", 2) }, `{"a":1,"b":2}`},
		"members behind":  {func(o *wire.Object) *wire.Object { return o.Int("b", 2).Members([]byte(`{"a":1,"c":{}}`)) }, `{"b":2,"a":1,"c":{}}`},
		"empty members":   {func(o *wire.Object) *wire.Object { return o.Members([]byte(`{}`)).Members([]byte(" {\n} ")) }, `{}`},
		"empty in front":  {func(o *wire.Object) *wire.Object { return o.Members([]byte(`{}`)).Int("a", 1) }, `{"a":1}`},
		"empty in middle": {func(o *wire.Object) *wire.Object { return o.Int("a", 1).Members([]byte(`{ }`)).Int("b", 2) }, `{"a":1,"b":2}`},
	} {
		t.Run(name, func(t *testing.T) {
			var zero wire.Object
			text := tc.build(&zero).Bytes()
			require.True(t, json.Valid(text), "%s", text)
			assert.JSONEq(t, tc.want, string(text))

			appended := wire.NewObject([]byte("before{"))
			assert.Equal(t, "before{"+string(text), string(tc.build(&appended).Bytes()))
		})
	}
}

func TestSortedNamesAndAppendStringsGiveOneText(t *testing.T) {
	attrs := map[string]string{"b": "2", "a": "\"1\"", "_c": "", "é\"": "\n"}
	names := wire.SortedNames(attrs)
	assert.Equal(t, []string{"_c", "a", "b", "é\""}, names)
	text := wire.AppendStrings([]byte("x"), names, attrs)
	assert.Equal(t, `x{"_c":"","a":"\"1\"","b":"2","é\"":"\n"}`, string(text))
	assert.Equal(t, attrs, wire.ParseStrings(parse(t, string(text[1:]))))

	assert.Equal(t, `{}`, string(wire.AppendStrings(nil, wire.SortedNames(nil), nil)))
	assert.Empty(t, wire.ParseStrings(parse(t, `{}`)))
}

func TestParseStringsTakesWhatOldServersWrote(t *testing.T) {
	for text, want := range map[string]map[string]string{
		`{"a":1,"b":-0.50,"c":"x","\u0064":"\u0041"}`: {"a": "1", "b": "-0.50", "c": "x", "d": "A"},
		`{"a":null,"b":true,"c":{},"d":[1]}`:          {"a": "", "b": "", "c": "", "d": ""},
		`{"a":"1","a":"2"}`:                           {"a": "2"},
		`[]`:                                          {},
	} {
		assert.Equal(t, want, wire.ParseStrings(parse(t, text)), text)
	}
	assert.NotNil(t, wire.ParseStrings(nil), "attributes of nobody")
}
