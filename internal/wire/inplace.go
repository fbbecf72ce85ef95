package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// textInPlace returns the text of a JSON string, or nil for anything else. It writes the text over the string, which is
// never shorter: neither v nor what holds it can be read any more.
func (v Value) textInPlace() []byte {
	if !v.IsString() {
		return nil
	}
	body := []byte(v[1 : len(v)-1])
	n := bytes.IndexByte(body, '\\')
	if n < 0 {
		return body
	}
	for i := n; i < len(body); {
		run := bytes.IndexByte(body[i:], '\\')
		if run < 0 {
			run = len(body) - i
		}
		n += copy(body[n:], body[i:i+run])
		if i += run; i == len(body) {
			break
		}
		var r rune
		r, i = escaped(body, i+1)
		n = len(utf8.AppendRune(body[:n], r))
	}
	return body[:n]
}

// escaped returns the character whose escape goes on at i, behind the backslash, and where it ends. Half a surrogate
// pair is U+FFFD.
func escaped(b []byte, i int) (r rune, end int) {
	switch c := b[i]; c {
	case 'b':
		return '\b', i + 1
	case 'f':
		return '\f', i + 1
	case 'n':
		return '\n', i + 1
	case 'r':
		return '\r', i + 1
	case 't':
		return '\t', i + 1
	case 'u':
		r, i = hex4(b, i+1), i+5
		if !utf16.IsSurrogate(r) {
			return r, i
		}
		if i+6 <= len(b) && b[i] == '\\' && b[i+1] == 'u' {
			if pair := utf16.DecodeRune(r, hex4(b, i+2)); pair != utf8.RuneError {
				return pair, i + 6
			}
		}
		return utf8.RuneError, i
	default: // a quote, a slash, a backslash
		return rune(c), i + 1
	}
}

// name returns the one of names that the JSON string v is, without building it, or else its text.
func (v Value) name(names ...string) string {
	if v.IsString() {
		body := v[1 : len(v)-1]
		for _, n := range names {
			if string(body) == n {
				return n
			}
		}
	}
	return v.Text()
}
