package main

import (
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":            "plain",
		"日本 👩‍👧 é\u200e":   "日本 👩‍👧 é\u200e",
		"a\x1b[2Jb":        `a\x1b[2Jb`,
		"two\nlines\ttabs": `two\nlines\ttabs`,
		"\u009b31m":        `\u009b31m`,
		"bad \xff utf8":    `bad \xff utf8`,
		"\u202etxt.exe":    `\u202etxt.exe`,
		"nul\x00":          `nul\x00`,
		"real \ufffd one":  "real \ufffd one",
	} {
		require.Equal(t, want, clean(in))
	}
	require.Equal(t, "a\nb\t\\r", clean("a\nb\t\r", '\n', '\t'))
}

// Nothing that is cleaned steers a terminal, and cleaning again changes nothing.
func TestCleanWhatever(t *testing.T) {
	require.NoError(t, quick.Check(func(s string, b []byte) bool {
		got := clean(s + string(b))
		return utf8.ValidString(got) && !strings.ContainsFunc(got, steers) && clean(got) == got
	}, nil))
}
