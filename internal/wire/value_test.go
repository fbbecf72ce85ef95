package wire_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// deepest is the number of arrays and objects that may stand around a value.
const deepest = 512

var goodJSON = []string{
	`null`, `true`, `false`, ` true `, "\t\r\n [ \n] ", `{}`, `{ }`, `[[],{}]`,
	`0`, `-0`, `12`, `-12`, `0.5`, `1e3`, `1E+3`, `1e-3`, `-0.0e-0`, `9007199254740993`,
	`9223372036854775807`, `-9223372036854775808`, `9223372036854775808`, `1e400`, `-1e400`, `1e-400`,
	`""`, `"a"`, `"\""`, `"\\"`, `"\\\""`, `"\\\\"`, `"\/\b\f\n\r\t"`, `"\u0041\u00e9\u20AC"`, "\"\u007f\u2028é😀\"",
	`"\ud83d\ude00"`, `"\uD83D\uDE00"`, `"\ud83d"`, `"\ude00"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`,
	`"\ud83d\ud83d\ude00"`, `"\ude00\ud83d"`, `"\ufffd\u0000"`,
	`{"a":1,"a":2}`, `{"a":{"x":1},"b":0,"a":{"y":2}}`, `{"a":1,"\u0061":2}`, `{"\u0061":1,"a":2}`, `{"":1}`,
	`{"\"":"}","]":["{",",",":"]}`, `{ "a" : [ 1 , { "b" : "]" } ] , "c" : null }`, `{"\ud83d":1,"\ud83e":2}`,
	`["call2",["user_setattr",1,{"line":"x","name":"a\\","value":"\"}]"}]]`,
}

var badJSON = []string{
	``, ` `, `nul`, `nulL`, `tru`, `truex`, `fals`, `NaN`, `Infinity`, `undefined`, `'a'`, `a`, `,`, `:`, `]`, `}`,
	`-`, `-a`, `+1`, `.5`, `1.`, `1.e1`, `1e`, `1e+`, `01`, `-01`, `0x1`, `1_000`, `1 2`, `[1]2`, `{}{}`,
	`"`, `"a`, `"\`, `"\"`, `"\x"`, `"\u`, `"\u12"`, `"\u12g4"`, `"\U0041"`, "\"\n\"", "\"\x00\"", "\"\x1f\"", `"a"b`,
	`[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1}`, `[01]`, `[nul]`,
	`{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{1:2}`, `{a:1}`, `{"a" 1}`, `{"a":}`, `{"a":1 "b":2}`,
	`{"a":1]`, `{"a`, `{"a" `, `{"a":1 `,
	"\ufeff{}", "\u00a0{}", "{}\x00", "\v1", "//\n1", "\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "[\xff]",
}

func TestParseValueAgreesWithTheStandardLibrary(t *testing.T) {
	for _, text := range goodJSON {
		require.True(t, readsLikeStandard(t, []byte(text)), "want %q taken", text)
	}
	for _, text := range badJSON {
		require.False(t, readsLikeStandard(t, []byte(text)), "want %q refused", text)
	}
}

func TestParseValueAgreesWithTheStandardLibraryOnAnyMixOfTokens(t *testing.T) {
	tokens := strings.Split(`{ } [ ] [ ] , , : : " " "a" "a": "b": \ \u \ud83d \ude00 "\ud83d" \u0061 0 1 -1 .5 e1 true null é`, " ")
	tokens = append(tokens, " ", "\n", "\x01", "\xff")
	rng := rand.New(rand.NewPCG(1, 2))
	good := 0
	for range 50_000 {
		var b []byte
		for range 1 + rng.IntN(9) {
			b = append(b, tokens[rng.IntN(len(tokens))]...)
		}
		if readsLikeStandard(t, b) {
			good++
		}
	}
	assert.Greater(t, good, 500, "the mixes are worth nothing when none is JSON")
}

func TestParseValueBoundsNesting(t *testing.T) {
	nest := func(open, inside, end string, n int) []byte {
		return []byte(strings.Repeat(open, n) + inside + strings.Repeat(end, n))
	}
	for name, tc := range map[string]struct {
		text []byte
		want bool
	}{
		"arrays at the limit":        {nest("[", "1", "]", deepest), true},
		"arrays beyond":              {nest("[", "1", "]", deepest+1), false},
		"empty array at the limit":   {nest("[", "[]", "]", deepest), true},
		"empty array beyond":         {nest("[", "[]", "]", deepest+1), false},
		"objects at the limit":       {nest(`{"a":`, "1", "}", deepest), true},
		"objects beyond":             {nest(`{"a":`, "1", "}", deepest+1), false},
		"siblings do not add up":     {[]byte("[" + strings.Repeat("[[]],", 2*deepest) + "[]]"), true},
		"brackets in text are text":  {[]byte(`"` + strings.Repeat("[", 2*deepest) + `"`), true},
		"a megabyte of open bracket": {bytes.Repeat([]byte("["), 1<<20), false},
		"a megabyte of open objects": {bytes.Repeat([]byte(`{"":`), 1<<18), false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, readsLikeStandard(t, tc.text))
		})
	}
}

func TestZeroValueAnswersNo(t *testing.T) {
	var v wire.Value
	assert.False(t, v.IsObject() || v.IsArray() || v.IsString() || v.IsNumber())
	_, isString := v.Str()
	_, isInt := v.Int()
	_, isFloat := v.Float()
	_, isBool := v.Bool()
	assert.False(t, isString || isInt || isFloat || isBool)
	assert.Empty(t, v.Text())
	assert.Nil(t, v.Get("a"))
	for range v.Members() {
		t.Error("a member of nothing")
	}
	for range v.Elements() {
		t.Error("an element of nothing")
	}
}

func TestValueOfAnotherTypeAnswersNo(t *testing.T) {
	for _, text := range []string{`{"a":1}`, `["a",1]`, `"a"`, `1`, `true`, `null`} {
		v := parse(t, text)
		_, isString := v.Str()
		_, isInt := v.Int()
		_, isFloat := v.Float()
		_, isBool := v.Bool()
		assert.Equal(t, text == `"a"`, isString, text)
		assert.Equal(t, text == `1`, isInt, text)
		assert.Equal(t, text == `1`, isFloat, text)
		assert.Equal(t, text == `true`, isBool, text)
		assert.Equal(t, text == `{"a":1}`, v.Get("a") != nil, text)
	}
}

func TestGetTellsNullFromAbsent(t *testing.T) {
	v := parse(t, `{"a":null}`)
	assert.Equal(t, "null", string(v.Get("a")))
	assert.Nil(t, v.Get("b"))
	assert.Nil(t, v.Get(`\u0061`))
}

func TestIterationStopsWhenAskedTo(t *testing.T) {
	for name := range parse(t, `{"a":1,"b":2}`).Members() {
		assert.Equal(t, "a", name)
		break
	}
	for e := range parse(t, `[1,2]`).Elements() {
		assert.Equal(t, "1", string(e))
		break
	}
}

func TestFloatBeyondRangeIsInfinite(t *testing.T) {
	for text, want := range map[string]float64{"1e400": math.Inf(1), "-1e400": math.Inf(-1), "1e-400": 0, "0.1": 0.1} {
		f, ok := parse(t, text).Float()
		assert.True(t, ok, text)
		assert.Equal(t, want, f, text)
	}
}

// A login's seq and a refusal's ecode beyond an int64 once counted as the largest there is.
func TestIntBeyondRangeIsNone(t *testing.T) {
	for _, text := range []string{`9223372036854775808`, `-9223372036854775809`, `1e3`, `1.0`, `"1"`} {
		n, ok := parse(t, text).Int()
		assert.False(t, ok, text)
		assert.Zero(t, n, text)
	}
	v, ok := wire.ParseVoip(`{"channel":"c","peer":"b","ecode":99999999999999999999}`)
	assert.True(t, ok)
	assert.Zero(t, v.ECode)
	login, err := wire.ParseLogin(parse(t, `{"instance":"i","seq":9223372036854775808}`))
	require.NoError(t, err)
	assert.Equal(t, wire.Login{Instance: "i"}, login)
}

func FuzzValue(f *testing.F) {
	for _, text := range append(goodJSON, badJSON...) {
		f.Add([]byte(text))
	}
	f.Add([]byte(strings.Repeat("[", deepest) + "1" + strings.Repeat("]", deepest)))
	f.Add([]byte(strings.Repeat(`{"":`, deepest+1) + "1" + strings.Repeat("}", deepest+1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if readsLikeStandard(t, b) {
			findsAlike(t, parse(t, string(b)))
		}
	})
}

// parse returns the value of a text that must be JSON.
func parse(tb testing.TB, text string) wire.Value {
	tb.Helper()
	v, err := wire.ParseValue([]byte(text))
	require.NoError(tb, err, "%q", text)
	return v
}

// isJSON says by the standard library what ParseValue has to say of b.
func isJSON(b []byte) bool {
	if !utf8.Valid(b) || !json.Valid(b) {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	for depth := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return true
		}
		switch token {
		case json.Delim(']'), json.Delim('}'):
			depth--
			continue
		}
		if depth > deepest {
			return false
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		}
	}
}

// readsLikeStandard checks that ParseValue judges b as the standard library does, and reads the same from it.
func readsLikeStandard(t *testing.T, b []byte) bool {
	t.Helper()
	v, err := wire.ParseValue(b)
	want := isJSON(b)
	if want != (err == nil) {
		t.Fatalf("want %q taken: %v, got error %v", b, want, err)
	}
	if err != nil {
		require.ErrorIs(t, err, wire.ErrNotJSON)
		require.Nil(t, v)
		return false
	}
	require.Equal(t, string(bytes.Trim(b, " \t\r\n")), string(v))
	sameTokens(t, v, tokensOf(string(b)))
	return true
}

// membersOf returns the members of an object as the standard library reads them, and a function for the texts among them,
// which is "" for whatever else.
func membersOf(t *testing.T, object string) (members map[string]json.RawMessage, text func(name string) string) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(object), &members))
	return members, func(name string) string { return textOf(t, members[name]) }
}

// textOf returns the text of a JSON string as the standard library reads it, "" of anything else.
func textOf(t *testing.T, raw json.RawMessage) (s string) {
	t.Helper()
	if len(raw) > 0 && raw[0] == '"' {
		require.NoError(t, json.Unmarshal(raw, &s))
	}
	return s
}

// tokensOf reads a text by the standard library.
func tokensOf(text string) *json.Decoder {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	return dec
}

func sameTokens(t *testing.T, v wire.Value, dec *json.Decoder) {
	t.Helper()
	next := func() json.Token {
		token, err := dec.Token()
		if err != nil {
			t.Fatalf("%q: %v", v, err)
		}
		return token
	}
	same := func(want, got any) {
		if want != got {
			t.Fatalf("in %q: want %#v, got %#v", v, want, got)
		}
	}
	kind := 0
	switch token := next().(type) {
	case json.Delim:
		if token == '[' {
			kind = 2
			for e := range v.Elements() {
				sameTokens(t, e, dec)
			}
			same(json.Delim(']'), next())
			break
		}
		kind = 1
		last := make(map[string]wire.Value)
		for name, val := range v.Members() {
			same(next(), name)
			sameTokens(t, val, dec)
			last[name] = val
		}
		same(json.Delim('}'), next())
		for name, val := range last {
			got := v.Get(name)
			same(&val[0], &got[0])
			same(len(val), len(got))
		}
	case string:
		kind = 3
		s, ok := v.Str()
		same(true, ok)
		same(token, s)
		same(token, v.Text())
	case json.Number:
		kind = 4
		same(token.String(), string(v))
		var i int64
		err := json.Unmarshal(v, &i)
		n, ok := v.Int()
		same(err == nil, ok)
		if !ok {
			i = 0
		}
		same(i, n)
		var x float64
		err = json.Unmarshal(v, &x)
		f, ok := v.Float()
		same(true, ok)
		same(err != nil, math.IsInf(f, 0))
		same(true, err != nil || x == f)
	case bool:
		kind = 5
		value, _ := v.Bool()
		same(token, value)
	case nil:
		same("null", string(v))
	}
	_, isBool := v.Bool()
	for i, is := range []bool{v.IsObject(), v.IsArray(), v.IsString(), v.IsNumber(), isBool} {
		same(kind == i+1, is)
	}
}
