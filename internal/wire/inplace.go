package wire

import (
	"encoding/binary"
	"math/bits"
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
	n := skipText(body, 0) // of all that it stops at there are only backslashes in a string
	for i := n; i < len(body); {
		if c := body[i+1]; c == '"' || c == '\\' {
			body[n] = c
			n++
			i += 2
		} else {
			var r rune
			r, i = escaped(body, i+1)
			n = len(utf8.AppendRune(body[:n], r))
		}
		n, i = moveText(body, n, i)
	}
	return body[:n]
}

// moveText moves what comes before the next backslash from i on to n, which is before i. It returns the ends of both.
func moveText(b []byte, n, i int) (to, from int) {
	for ; i+8 <= len(b); n, i = n+8, i+8 {
		w := word(b, i)
		if m := marked(w); m != 0 {
			for range bits.TrailingZeros64(m) / 8 {
				b[n] = b[i]
				n, i = n+1, i+1
			}
			return n, i
		}
		binary.LittleEndian.PutUint64(b[n:], w)
	}
	for i < len(b) && b[i] != '\\' {
		b[n] = b[i]
		n, i = n+1, i+1
	}
	return n, i
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
