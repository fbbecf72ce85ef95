package signal_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	fenced = regexp.MustCompile("(?s)\n```.*?\n```\n")
	inline = regexp.MustCompile("`[^`]+`")
	linked = regexp.MustCompile(`\]\(([^)]+)\)`)
)

// The README says the same in both languages: it names the same things, links to the same places, and shows as many programs.
func TestReadmesAreInStep(t *testing.T) {
	t.Parallel()
	english, chinese := readme(t, "README.md"), readme(t, "README.zh-CN.md")
	assert.Equal(t, len(fenced.FindAllString(english, -1)), len(fenced.FindAllString(chinese, -1)), "programs") //nolint:testifylint // Len would print them all
	assert.Equal(t, strings.Count(english, "\n## "), strings.Count(chinese, "\n## "), "sections")

	english, chinese = fenced.ReplaceAllString(english, "\n"), fenced.ReplaceAllString(chinese, "\n")
	for _, of := range []*regexp.Regexp{inline, linked} {
		assert.Empty(t, missing(all(of, english), all(of, chinese)), "only in English")
		assert.Empty(t, missing(all(of, chinese), all(of, english)), "only in Chinese")
	}
}

// Every name of the client's in the README exists.
func TestReadmeNamesWhatExists(t *testing.T) {
	t.Parallel()
	known := declared(t)
	ours := regexp.MustCompile("`((?:Client|Channel|Call)\\.[A-Z]\\w*|signal\\.[A-Z]\\w*)")
	n := 0
	for _, m := range ours.FindAllStringSubmatch(readme(t, "README.md"), -1) {
		n++
		assert.True(t, known[strings.TrimPrefix(m[1], "signal.")], "there is no %s", m[1])
	}
	assert.Greater(t, n, 30)
}

func readme(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// missing returns which of some are not among others. The links from one README to the other do not count.
func missing(some, others []string) []string {
	return slices.DeleteFunc(some, func(s string) bool { return slices.Contains(others, s) || strings.HasPrefix(s, "](README") })
}

// all returns what an expression finds in a text, each once, in order, with single spaces.
func all(of *regexp.Regexp, text string) []string {
	var found []string
	for _, f := range of.FindAllString(text, -1) {
		found = append(found, strings.Join(strings.Fields(f), " "))
	}
	slices.Sort(found)
	return slices.Compact(found)
}
