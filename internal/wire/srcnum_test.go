package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
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
