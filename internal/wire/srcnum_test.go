package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMergeSrcNum(t *testing.T) {
	for _, tt := range []struct{ extra, num, want string }{
		{``, `+123`, `{"srcNum":"+123"}`},
		{``, ``, ``},
		{`{"srcNum":"1"}`, ``, `{"srcNum":"1"}`},
		{`{}`, `1`, `{"srcNum":"1"}`},
		{` { } `, `1`, `{"srcNum":"1"}`},
		{`{"srcNum":"7"}`, `1`, `{"srcNum":"1"}`},
		{`{"srcNum":{"a":[1]},"srcNum":2}`, `1`, `{"srcNum":"1"}`},
		{`{"src\u004eum":7}`, `1`, `{"srcNum":"1"}`},
		{`{"a": 1.50e1 , "srcNum":"7", "b\u0041":"\u00e4 }","c":[ 1, {"srcNum":2} ]}`, `a"b`,
			`{"a":1.50e1,"b\u0041":"\u00e4 }","c":[ 1, {"srcNum":2} ],"srcNum":"a\"b"}`},
		{`[1]`, `1`, `[1]`},
		{`{"a":}`, `1`, `{"a":}`},
	} {
		assert.Equal(t, tt.want, MergeSrcNum(tt.extra, tt.num), tt.extra)
	}
}

// What is wrong before is wrong after, and too much is too much.
func TestMergeSrcNumKeepsWhatIsWrong(t *testing.T) {
	code := func(extra string) int {
		if bad := CheckExtra("extra", extra); bad != nil {
			return bad.Code
		}
		return Success
	}
	pad := func(n int) string { return `{"a":"` + strings.Repeat("x", n-len(`{"a":""}`)) + `"}` }
	assert.Equal(t, GeneralEWrongParam, code(MergeSrcNum("{", "1")))
	assert.Equal(t, GeneralEWrongParam, code(MergeSrcNum("", "\xff")))
	assert.Equal(t, GeneralELargeParam, code(MergeSrcNum(pad(MaxExtra+1), "1")))
	added := len(`,"srcNum":"1"`)
	assert.Equal(t, Success, code(MergeSrcNum(pad(MaxExtra-added), "1")))
	assert.Equal(t, GeneralELargeParam, code(MergeSrcNum(pad(MaxExtra-added+1), "1")))
}

// The merged extra is, by the standard library, the object that there was with one member set; every other member is
// byte by byte as it was. What was no object is handed on untouched, and no number that is not UTF-8 becomes some.
func FuzzMergeSrcNum(f *testing.F) {
	for _, extra := range []string{
		``, `{}`, ` { } `, `{"srcNum":"7"}`, `{"srcNum":{"a":[1]},"srcNum":2}`, `{"src\u004eum":7}`, `{"a":}`, `[1]`,
		`{"a": 1.50e1 , "srcNum":"7", "b\u0041":"\u00e4 }","c":[ 1, {"srcNum":2} ]}`,
	} {
		f.Add(extra, "+123")
		f.Add(extra, "a\"b\\\xff")
		f.Add(extra, "")
	}
	f.Fuzz(func(t *testing.T, extra, num string) {
		merged := MergeSrcNum(extra, num)
		before, ok := ParseObject(extra)
		if extra == "" {
			before, ok = Value(`{}`), true
		}
		if num == "" || len(extra) > MaxExtra || !ok {
			require.Equal(t, extra, merged)
			return
		}
		after, ok := ParseObject(merged)
		require.Equal(t, utf8.ValidString(num), ok)
		if !ok {
			return
		}
		var was, is map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(before, &was))
		require.NoError(t, json.Unmarshal([]byte(merged), &is))
		delete(was, "srcNum")
		var got string
		require.NoError(t, json.Unmarshal(is["srcNum"], &got))
		require.Equal(t, num, got)
		delete(is, "srcNum")
		require.Equal(t, was, is)
		for name, val := range before.Members() {
			if name != "srcNum" {
				require.Equal(t, string(before.Get(name)), string(after.Get(name)), "%s", val)
			}
		}
	})
}
