package main

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a text that came from elsewhere fit to be seen: what steers a terminal, ends a line or turns the direction
// of writing is written as Go would escape it, except the characters that are allowed.
func clean(s string, allowed ...rune) string {
	if !strings.ContainsFunc(s, steers) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i])|0x100, 16)[1:])
		case steers(r) && !slices.Contains(allowed, r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// steers reports whether a terminal would do something by the character instead of showing it.
func steers(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || // line and paragraph separators
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' // bidirectional embeddings, overrides, isolates
}
