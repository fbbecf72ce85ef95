package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// code returns the code of a refusal, 0 when there is none.
func code(bad *wire.Invalid) int {
	if bad == nil {
		return 0
	}
	return bad.Code
}

const (
	wrongParam = 1004
	largeParam = 1005
)

func TestNamesAreOneTo128PrintableBytes(t *testing.T) {
	for name, tc := range map[string]struct {
		text           string
		asName, asUser int
	}{
		"empty":                        {"", wrongParam, wrongParam},
		"one byte":                     {"a", 0, 0},
		"128 bytes":                    {strings.Repeat("a", 128), 0, 0},
		"129 bytes":                    {strings.Repeat("a", 129), wrongParam, wrongParam},
		"128 bytes of two each":        {strings.Repeat("é", 64), 0, 0},
		"129 bytes, the last rune 2":   {strings.Repeat("a", 127) + "é", wrongParam, wrongParam},
		"130 bytes in 65 runes":        {strings.Repeat("é", 65), wrongParam, wrongParam},
		"128 bytes of four each":       {strings.Repeat("😀", 32), 0, 0},
		"half a rune in byte 128":      {strings.Repeat("a", 127) + "\xc3", wrongParam, wrongParam},
		"not UTF-8":                    {"a\xffb", wrongParam, wrongParam},
		"half a surrogate pair":        {"\xed\xa0\x80", wrongParam, wrongParam},
		"overlong":                     {"\xc0\xaf", wrongParam, wrongParam},
		"replacement character":        {"\ufffd", 0, 0},
		"quotes, percent, punctuation": {`"'\/%:;.,-_@#*<>`, 0, 0},
		"space inside":                 {"a b", 0, wrongParam},
		"space alone":                  {" ", 0, wrongParam},
		"space behind":                 {"a ", 0, wrongParam},
		"NUL":                          {"a\x00", wrongParam, wrongParam},
		"newline":                      {"a\n", wrongParam, wrongParam},
		"DEL":                          {"\x7f", wrongParam, wrongParam},
		"no-break space":               {"a\u00a0b", wrongParam, wrongParam},
		"soft hyphen":                  {"a\u00adb", wrongParam, wrongParam},
		"zero width space":             {"a\u200bb", wrongParam, wrongParam},
		"right to left override":       {"a\u202eb", wrongParam, wrongParam},
		"byte order mark":              {"\ufeffa", wrongParam, wrongParam},
		"private use":                  {"\ue000", wrongParam, wrongParam},
		"noncharacter":                 {"\uffff", wrongParam, wrongParam},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.asName, code(wire.CheckName("name", tc.text)), "%v", wire.CheckName("name", tc.text))
			assert.Equal(t, tc.asUser, code(wire.CheckAccount("account", tc.text)), "%v", wire.CheckAccount("account", tc.text))
		})
	}
}

func TestNoSpaceOfUnicodePassesInAnAccount(t *testing.T) {
	spaces := 0
	for r := range rune(unicode.MaxRune + 1) {
		if !unicode.IsSpace(r) {
			continue
		}
		spaces++
		for _, account := range []string{string(r), string(r) + "a", "a" + string(r), "a" + string(r) + "b"} {
			assert.Equal(t, wrongParam, code(wire.CheckAccount("account", account)), "%U", r)
		}
		assert.Equal(t, r == ' ', wire.CheckName("name", string(r)) == nil, "%U", r)
	}
	assert.Greater(t, spaces, 20)
}

func TestTextsAreBoundedInBytes(t *testing.T) {
	for what, limit := range map[string]struct{ got, want int }{
		"attribute value": {wire.MaxValue, 8096},
		"instant message": {wire.MaxInstant, 8196},
		"channel message": {wire.MaxChannelText, 8192},
		"extra":           {wire.MaxExtra, 8192},
	} {
		n := limit.want
		require.Equal(t, n, limit.got, what)
		for name, tc := range map[string]struct {
			text string
			want int
		}{
			"empty":                    {"", 0},
			"any control character":    {"\x00\n\x7f\u00a0\u202e", 0},
			"the limit":                {strings.Repeat("a", n), 0},
			"one more":                 {strings.Repeat("a", n+1), largeParam},
			"a rune up to the limit":   {strings.Repeat("a", n-2) + "é", 0},
			"a rune across the limit":  {strings.Repeat("a", n-1) + "é", largeParam},
			"fewer runes, too many":    {strings.Repeat("é", n/2+1), largeParam},
			"four bytes to the limit":  {strings.Repeat("😀", n/4), 0},
			"four bytes across":        {strings.Repeat("😀", n/4) + "a", largeParam},
			"half a rune at the limit": {strings.Repeat("a", n-1) + "\xc3", wrongParam},
			"not UTF-8":                {"\xff", wrongParam},
			"half a surrogate pair":    {"\xed\xa0\x80", wrongParam},
			"too large and not UTF-8":  {strings.Repeat("\xff", n+1), largeParam},
		} {
			t.Run(what+"/"+name, func(t *testing.T) {
				assert.Equal(t, tc.want, code(wire.CheckText("text", tc.text, limit.got)))
			})
		}
	}
}

func TestRefusalNamesParameterLimitAndSize(t *testing.T) {
	for want, bad := range map[string]*wire.Invalid{
		"msg: want at most 8192 bytes, got 8193":      wire.CheckText("msg", strings.Repeat("a", 8193), wire.MaxChannelText),
		"msg: want valid UTF-8":                       wire.CheckText("msg", "\xff", wire.MaxChannelText),
		"name: want 1 to 128 bytes, got none":         wire.CheckName("name", ""),
		"name: want 1 to 128 bytes, got 129":          wire.CheckName("name", strings.Repeat("a", 129)),
		"name: want valid UTF-8":                      wire.CheckName("name", "\xff"),
		"name: want printable characters, got U+000A": wire.CheckName("name", "\n"),
		"account: want no space in an account":        wire.CheckAccount("account", "a b"),
		"dtmf: want 1 to 128 keys, got 0":             wire.CheckDTMF("dtmf", ""),
		"dtmf: want only 0-9, * and #":                wire.CheckDTMF("dtmf", "a"),
		`extra: want "" or a JSON object`:             wire.CheckExtra("extra", "[]"),
	} {
		if assert.NotNil(t, bad, want) {
			assert.EqualError(t, bad, want)
			param, _, _ := strings.Cut(want, ":")
			assert.Equal(t, param, bad.Param)
		}
	}
}

func TestDTMFIsOneTo128Keys(t *testing.T) {
	for keys, want := range map[string]int{
		"":                           wrongParam,
		"0":                          0,
		"0123456789*#":               0,
		"##**":                       0,
		strings.Repeat("#", 128):     0,
		strings.Repeat("#", 129):     wrongParam,
		"a":                          wrongParam,
		"A":                          wrongParam,
		"1a2":                        wrongParam,
		"1 2":                        wrongParam,
		"1\n":                        wrongParam,
		"\x00":                       wrongParam,
		"+1":                         wrongParam,
		"１":                          wrongParam,
		"1\xff":                      wrongParam,
		"1" + strings.Repeat("é", 9): wrongParam,
	} {
		assert.Equal(t, want, code(wire.CheckDTMF("dtmf", keys)), "%q", keys)
	}
}

var extras = map[string]int{
	"":                 0,
	`{}`:               0,
	" {\n} ":           0,
	`{"a":1,"a":[{}]}`: 0,
	`{"é":"\ud83d"}`:   0,
	`{"a":"` + strings.Repeat("a", 8184) + `"}`:                               0,
	`{"a":"` + strings.Repeat("a", 8185) + `"}`:                               largeParam,
	`{"a":"` + strings.Repeat("é", 4092) + `"}`:                               0,
	`{"a":"` + strings.Repeat("é", 4092) + `a"}`:                              largeParam,
	strings.Repeat(" ", 8191) + `{}`:                                          largeParam,
	strings.Repeat("\xff", 8193):                                              largeParam,
	strings.Repeat(`{"a":`, deepest) + `1` + strings.Repeat("}", deepest):     0,
	strings.Repeat(`{"a":`, deepest+1) + `1` + strings.Repeat("}", deepest+1): wrongParam,
	" ":              wrongParam,
	"x":              wrongParam,
	`[]`:             wrongParam,
	`null`:           wrongParam,
	`1`:              wrongParam,
	`"{}"`:           wrongParam,
	`{`:              wrongParam,
	`{}{}`:           wrongParam,
	`{"a":1,}`:       wrongParam,
	`{'a':1}`:        wrongParam,
	"{\"a\":\"\n\"}": wrongParam,
	"{\"\xff\":1}":   wrongParam,
	"\ufeff{}":       wrongParam,
}

func TestExtraIsNothingOrAnObject(t *testing.T) {
	for extra, want := range extras {
		bad := wire.CheckExtra("extra", extra)
		assert.Equal(t, want, code(bad), "%.50q: %v", extra, bad)
	}
}

func TestParseObjectTakesStringsAndBytes(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, ` {"a":1} `: true, `[]`: false, `null`: false, ``: false, `{`: false} {
		fromString, ok := wire.ParseObject(text)
		assert.Equal(t, want, ok, text)
		fromBytes, ok := wire.ParseObject([]byte(text))
		assert.Equal(t, want, ok, text)
		assert.Equal(t, fromString, fromBytes, text)
	}
}

// Whatever the extra, it and its options are judged and read as the standard library does it, the options stay within
// their bounds, its refusal is fit to be shown, and it can be taken over into another object.
func FuzzExtra(f *testing.F) {
	for extra := range extras {
		f.Add(extra)
	}
	for _, tc := range inviteOptions {
		f.Add(tc.extra)
	}
	f.Add(wire.DTMFExtra("12#"))
	f.Fuzz(func(t *testing.T, extra string) {
		bad := wire.CheckExtra("extra", extra)
		object := isJSON([]byte(extra)) && strings.HasPrefix(strings.TrimLeft(extra, " \t\r\n"), "{")
		switch {
		case len(extra) > 8192:
			require.Equal(t, largeParam, code(bad))
		case extra == "" || object:
			require.Nil(t, bad)
		default:
			require.Equal(t, wrongParam, code(bad))
		}

		o, badOption := wire.ParseInviteOptions("extra", extra)
		if bad != nil {
			require.Equal(t, bad, badOption)
			return
		}
		if badOption != nil {
			require.Equal(t, wrongParam, badOption.Code)
			require.True(t, utf8.ValidString(badOption.Why), "%q", badOption.Why)
		}
		optionsAreInBounds(t, o)
		if !object {
			return
		}
		optionsLikeStandard(t, extra, o, badOption)
		msgLikeStandard(t, extra)
		var merged wire.Object
		text := merged.Str("srcNum", "1").Members([]byte(extra)).Bytes()
		require.True(t, json.Valid(text), "%q", text)
		v, whole := parse(t, extra), parse(t, string(text))
		for name := range v.Members() {
			require.True(t, bytes.Equal(v.Get(name), whole.Get(name)), "%q", name)
		}
	})
}

// msgLikeStandard checks the reading of a voip_invite_msg.
func msgLikeStandard(t *testing.T, extra string) {
	t.Helper()
	_, text := membersOf(t, extra)
	msgType, msgData := wire.ParseInviteMsg(extra)
	require.Equal(t, text("msgtype"), msgType)
	require.Equal(t, text("msgdata"), msgData)
}
