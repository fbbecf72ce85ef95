package wire_test

import (
	"encoding/json"
	"strconv"
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

// A byte string builds an object: each step a kind of member and how long its text is. What comes out is what the
// standard library makes of the same members one by one.
func FuzzObject(f *testing.F) {
	f.Add([]byte{}, "", int64(0))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7}, "a\"b\\\n\x00é😀", int64(-1))
	f.Add([]byte{6, 6, 0, 6, 5, 13, 20, 27}, "{}", int64(1)<<53)
	f.Add([]byte{7, 15, 23, 0}, "\xff", int64(1))
	f.Fuzz(func(t *testing.T, steps []byte, text string, n int64) {
		steps = steps[:min(len(steps), 64)]
		appended := wire.NewObject([]byte("before{"))
		var o wire.Object
		want := "{"
		add := func(name string, value any) {
			if want != "{" {
				want += ","
			}
			key, err := json.Marshal(name)
			require.NoError(t, err)
			val, err := json.Marshal(value)
			require.NoError(t, err)
			want += string(key) + ":" + string(val)
		}
		both := func(build func(o *wire.Object)) { build(&o); build(&appended) }
		for i, step := range steps {
			name := "n" + strconv.Itoa(i)
			part := text[:min(len(text), int(step/8))]
			switch step % 8 {
			case 0, 1:
				both(func(o *wire.Object) { o.Str(name, part) })
				add(name, part)
			case 2:
				both(func(o *wire.Object) { o.Int(name, n) })
				add(name, n)
			case 3:
				both(func(o *wire.Object) { o.Bool(name, n > 0) })
				add(name, n > 0)
			case 4:
				both(func(o *wire.Object) { o.Raw(name, wire.AppendMembers(nil, []string{part})) })
				add(name, [][]any{{part, 0}})
			case 5:
				both(func(o *wire.Object) { o.Member(part, wire.Value(`1`)) })
				add(part, 1)
			case 6:
				var inner wire.Object
				if i%2 == 0 {
					inner.Str("m"+name, part)
					add("m"+name, part)
				}
				object := append(append([]byte(" "), inner.Bytes()...), '\n')
				both(func(o *wire.Object) { o.Members(object) })
			default:
				values := map[string]string{"": part, valid(part) + "x": name}
				both(func(o *wire.Object) { o.Strings(name, wire.SortedNames(values), values) })
				add(name, values)
			}
		}
		want += "}"
		built := string(o.Bytes())
		require.Equal(t, "before{"+built, string(appended.Bytes()))
		sameTokens(t, parse(t, built), tokensOf(want))
	})
}
