package contexts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/cmd/signal/internal/contexts"
)

func TestSavedIsLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "er", "config.json")
	f, err := contexts.Load(path)
	require.NoError(t, err)
	require.Empty(t, f.Names())
	f.Contexts["prod"] = contexts.Context{Servers: []string{"wss://a/"}, App: "x", Token: "secret"}
	f.Contexts["dev"] = contexts.Context{Discovery: []string{"http://b"}, Timeout: "3s"}
	f.Selected = "dev"
	require.NoError(t, f.Save(path))
	again, err := contexts.Load(path)
	require.NoError(t, err)
	require.Equal(t, f, again)
	require.Equal(t, []string{"dev", "prod"}, again.Names())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing is left beside the file")
}

func TestSaveKeepsALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target.json"), filepath.Join(dir, "link.json")
	require.NoError(t, os.WriteFile(target, []byte(`{"contexts":{}}`), 0o600))
	require.NoError(t, os.Symlink(target, link))
	require.NoError(t, (&contexts.File{Selected: "a"}).Save(link))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink)
	f, err := contexts.Load(target)
	require.NoError(t, err)
	require.Equal(t, "a", f.Selected)
}

func TestLoadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON":      `hello`,
		"unknown field": `{"contexts":{"a":{"servr":["x"]}}}`,
		"too long":      `{"selected":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.json")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := contexts.Load(path)
			require.ErrorContains(t, err, path)
		})
	}
}

func TestGet(t *testing.T) {
	f := &contexts.File{Contexts: map[string]contexts.Context{"a": {App: "A"}, "b": {App: "B"}}}
	c, err := f.Get("")
	require.NoError(t, err)
	require.Equal(t, contexts.Context{}, c)
	f.Selected = "a"
	c, err = f.Get("")
	require.NoError(t, err)
	require.Equal(t, "A", c.App)
	c, err = f.Get("b")
	require.NoError(t, err)
	require.Equal(t, "B", c.App)
	_, err = f.Get("c")
	require.EqualError(t, err, `there is no context "c"`)
}

func TestOver(t *testing.T) {
	below := contexts.Context{
		Servers: []string{"s"}, Discovery: []string{"d"}, App: "app", Account: "acc", Token: "tok", TokenFile: "tf", CertificateFile: "cf", TLSCA: "ca", Timeout: "1s",
	}
	assert.Equal(t, below, contexts.Context{}.Over(below))
	assert.Equal(t, below, below.Over(contexts.Context{App: "other", Token: "other"}))

	got := contexts.Context{Discovery: []string{"mine"}, CertificateFile: "mine"}.Over(below)
	assert.Empty(t, got.Servers, "an address of one's own is the only one")
	assert.Empty(t, got.Token, "and so is a proof")
	assert.Empty(t, got.TokenFile)
	assert.Equal(t, "mine", got.CertificateFile)
	assert.Equal(t, "app", got.App)
}

func TestCheckName(t *testing.T) {
	for _, good := range []string{"a", "prod-1", "a.b_c", strings.Repeat("x", 64)} {
		assert.NoError(t, contexts.CheckName(good), good)
	}
	for _, bad := range []string{"", "-a", ".a", "a b", "a/b", "ä", strings.Repeat("x", 65)} {
		assert.Error(t, contexts.CheckName(bad), bad)
	}
}
