package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

var texts = []string{
	"", "a", `"`, `\`, `\"`, `a\`, "/", "\b\f\n\r\t", "\x00\x01\x1f\x7f", "\\u0041", "é€😀", "\u2028\u2029", "\ufffd", "\ufeff",
	"<a href='x'>&</a>", "\xff", "a\xffb", "\xff\xfe", "\xc3", "é\xc3", "\xc3\"", "\xf0\x9f\x98", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	`["notify",["recvmsg","[1,\"msg-v2 a b - instant 1 \\\"hi\\\"\"]"]]`,
}

func TestAppendStringWritesWhatEveryClientReads(t *testing.T) {
	for text, want := range map[string]string{
		"":                     `""`,
		"a/b é😀\u2028":         "\"a/b é😀\u2028\"",
		"say \"hi\" \\o/":      `"say \"hi\" \\o/"`,
		"\n\r\t\b\f\x00\x1f":   `"\n\r\t\u0008\u000c\u0000\u001f"`,
		"\x7f":                 "\"\x7f\"",
		"a\xff\xfeb\xc3":       "\"a\ufffd\ufffdb\ufffd\"",
		"\xf0\x9f\x98 \ufffd":  "\"\ufffd\ufffd\ufffd \ufffd\"",
		strings.Repeat("a", 9): `"aaaaaaaaa"`,
	} {
		assert.Equal(t, want, string(wire.AppendString(nil, text)))
		assert.Equal(t, "x"+want, string(wire.AppendString([]byte("x"), []byte(text))))
	}
}

func TestAppendStringRoundTrips(t *testing.T) {
	for _, text := range texts {
		quotesWell(t, text)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(quotesWell)
}

// quotesWell checks that what AppendString makes of text is read as text by the standard library and by Str,
// with U+FFFD for each byte that is not UTF-8, and also when it is quoted twice.
func quotesWell(t *testing.T, text string) {
	t.Helper()
	want := string([]rune(text))
	once := wire.AppendString(nil, text)
	require.Equal(t, string(once), string(wire.AppendString(nil, []byte(text))))
	var got string
	require.NoError(t, json.Unmarshal(once, &got))
	require.Equal(t, want, got)
	require.Equal(t, want, parse(t, string(once)).Text())
	twice := parse(t, string(wire.AppendString(nil, once)))
	require.Equal(t, string(once), twice.Text())
	require.Equal(t, "x"+want, string(parse(t, string(once)).AppendText([]byte("x"))))

	pushed := wire.AppendVersioned(nil, 7, []byte(text))
	require.Equal(t, `["notify",["recvmsg",`+string(wire.AppendString(nil, pushed))+`]]`, string(wire.AppendRecvMsg(nil, 7, []byte(text))))
}
