package main

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain, 你好, é, 🇩🇪":           "plain, 你好, é, 🇩🇪",
		"\x1b[31mred\x1b[m":          "␛[31mred␛[m",
		"a\tb\r\nc":                  "a b␍\nc",
		"\x00\x7f\u0085\u009b1m":     "␀␡\ufffd\ufffd1m",
		"\u202eabc\u2066\u200f":      "\ufffdabc\ufffd\ufffd",
		"\u2028\u2029\ufeff\u00ad":   "\ufffd\ufffd\ufffd\ufffd",
		"👍🏽 ❤\ufe0f 👨\u200d👩\u200d👧": "👍 ❤ 👨👩👧",
		"क्\u200dष می\u200cخواهم":    "क्\u200dष می\u200cخواهم",
		"broken \xff\xfe":            "broken \ufffd\ufffd",
	} {
		assert.Equal(t, want, clean(text), "%q", text)
		assert.Equal(t, strings.ReplaceAll(want, "\n", "␊"), cleanLine(text), "%q", text)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		cells int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 20, []string{"one two three"}},
		{"one  two", 4, []string{"one", "two"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"ab 一二三四", 5, []string{"ab 一", "二三", "四"}},
		{"一二 ab", 4, []string{"一二", "ab"}},
		{"a\n\nb", 4, []string{"a", "", "b"}},
		{"一", 1, []string{"一"}}, // nothing is narrower than two
	} {
		assert.Equal(t, c.want, ruler{}.wrap(c.text, c.cells), "%q in %d", c.text, c.cells)
	}
}

func TestWrapKeepsEverything(t *testing.T) {
	t.Parallel()
	text := "Some words, 一些中文字 and averyverylongword; é̂ 🇩🇪 क्षि한국어 end"
	for _, r := range []ruler{{ansi.WcWidth}, {ansi.GraphemeWidth}} {
		for cells := 4; cells < 60; cells++ {
			rows := r.wrap(text, cells)
			for _, row := range rows {
				assert.LessOrEqual(t, r.width(row), cells)
			}
			assert.Equal(t, strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(strings.Join(rows, ""), " ", ""))
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		cells int
		want  string
	}{
		{"abc", 5, "abc  "}, {"abcdef", 4, "abc…"}, {"一二三", 4, "一… "}, {"一二", 4, "一二"}, {"abc", 0, ""}, {"abc", -1, ""},
	} {
		assert.Equal(t, c.want, ruler{}.fit(c.text, c.cells), "%q in %d", c.text, c.cells)
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before, after string
		cells         int
		want          string
		at            int
	}{
		{"abc", "def", 10, "abcdef", 3},
		{"abcdef", "", 4, "def", 3},
		{"abc", "defgh", 4, "abcd", 3},
		{"一二三", "四", 5, "二三", 4},
		{"", "一二三", 5, "一二", 0},
	} {
		shown, at := ruler{}.window(c.before, c.after, c.cells)
		assert.Equal(t, c.want, shown, "%q, %q in %d", c.before, c.after, c.cells)
		assert.Equal(t, c.at, at)
	}
}
