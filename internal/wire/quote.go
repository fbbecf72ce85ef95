package wire

import (
	"bytes"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote returns the text of a JSON string that has been checked before, quotes included.
// Half a surrogate pair becomes U+FFFD.
func unquote(v Value) string {
	body := v[1 : len(v)-1]
	if bytes.IndexByte(body, '\\') < 0 {
		return string(body)
	}
	return string(appendUnquoted(make([]byte, 0, len(body)), v))
}

func appendUnquoted(out []byte, v Value) []byte {
	body := v[1 : len(v)-1]
	for {
		slash := skipText(body, 0) // there is no quote without one before it
		out = append(out, body[:slash]...)
		if slash == len(body) {
			return out
		}
		body = body[slash+1:]
		c := body[0]
		body = body[1:]
		switch c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(body, 0)
			body = body[4:]
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if len(body) >= 6 && body[0] == '\\' && body[1] == 'u' {
					low = hex4(body, 2)
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					body = body[6:]
				}
			}
			out = utf8.AppendRune(out, r)
		default: // a quote, a slash, a backslash
			out = append(out, c)
		}
	}
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	return append(appendEscaped(append(dst, '"'), s, 1), '"')
}

// appendEscaped appends s as it stands between the quotes of a JSON string that is itself in a string, and so on,
// in depth strings altogether. It is what AppendString does so many times, the quotes left out.
func appendEscaped[T string | []byte](dst []byte, s T, depth int) []byte {
	slashes := slashes[:1<<depth]
	for {
		n := plain(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; len(s) == 0 {
			return dst
		}
		switch c := s[0]; {
		case c >= utf8.RuneSelf:
			n = foreign(s)
			if text := s[:n]; validText(text) {
				dst = append(dst, text...)
			} else {
				dst = appendValid(dst, text)
			}
			s = s[n:]
			continue
		case c == '"':
			dst = append(append(dst, slashes[1:]...), c)
		case c == '\\':
			dst = append(dst, slashes...)
		default:
			dst = appendControl(append(dst, slashes[:len(slashes)/2]...), c)
		}
		s = s[1:]
	}
}

const slashes = `\\\\\\\\` // as many as three strings in each other want for one

// appendControl appends what stands behind the backslash for a control character.
func appendControl(dst []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(dst, 'n')
	case '\r':
		return append(dst, 'r')
	case '\t':
		return append(dst, 't')
	}
	return append(dst, 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// plain returns how many bytes at the beginning of s are ASCII that stands for itself in a JSON string.
func plain[T string | []byte](s T) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := word(s, i)
		if m := marked(w) | w&highs; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// foreign returns how many bytes at the beginning of s are not ASCII.
func foreign[T string | []byte](s T) int {
	i := 0
	for i < len(s) && s[i] >= utf8.RuneSelf {
		i++
	}
	return i
}

// appendValid appends bytes of which none is ASCII, with U+FFFD for each that is not UTF-8.
func appendValid[T string | []byte](dst []byte, s T) []byte {
	for len(s) > 0 {
		r, size := decodeRune(s)
		dst = utf8.AppendRune(dst, r)
		s = s[size:]
	}
	return dst
}

func validText[T string | []byte](s T) bool {
	for len(s) > 0 {
		r, size := decodeRune(s)
		if r == utf8.RuneError && size == 1 {
			return false
		}
		s = s[size:]
	}
	return true
}

func decodeRune[T string | []byte](s T) (rune, int) {
	var b [utf8.UTFMax]byte
	n := copy(b[:], s)
	return utf8.DecodeRune(b[:n])
}
