package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

const certificate = "s3cr3t-certificate-of-the-app"

// file writes a file of the test's own.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// A certificate may be said in four ways, and what is made of it logs in.
func TestTokenMake(t *testing.T) {
	pl := newPlace(t, server.WithApp("app", certificate))
	named := file(t, certificate+"\n")
	for _, o := range []outcome{
		pl.run("token", "make", "alice", "--certificate-file", named),
		pl.run("SIGNAL_CERTIFICATE_FILE="+named, "token", "make", "alice"),
		pl.run("SIGNAL_CERTIFICATE="+certificate, "token", "make", "alice"),
		pl.runWith(certificate, "token", "make", "alice", "--certificate-file", "-"),
	} {
		token := strings.TrimSpace(o.ok())
		pl.user("alice", signal.WithToken(token))
		require.Empty(t, o.err)
	}
	r := pl.run("SIGNAL_CERTIFICATE="+certificate, "token", "make", "alice", "--for", "12h", "--json").record()
	expires, err := time.Parse(time.RFC3339, r["expires"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(12*time.Hour), expires, time.Minute)
	require.Equal(t, []any{"app", "alice", signal.NewToken("app", certificate, "alice", expires)}, []any{r["app"], r["account"], r["token"]})
}

// The same for logging in: by a token, or by the certificate for whatever account.
func TestTokenLogsIn(t *testing.T) {
	pl := newPlace(t, server.WithApp("app", certificate))
	token := signal.NewToken("app", certificate, "alice", time.Now().Add(time.Hour))
	tokenFile, certificateFile := file(t, token+"\n"), file(t, certificate)
	for _, args := range [][]string{
		{"--token", token, "who"}, {"--token-file", tokenFile, "who"}, {"SIGNAL_TOKEN=" + token, "who"}, {"SIGNAL_TOKEN_FILE=" + tokenFile, "who"},
		{"--certificate-file", certificateFile, "who"}, {"SIGNAL_CERTIFICATE_FILE=" + certificateFile, "who"}, {"SIGNAL_CERTIFICATE=" + certificate, "who"},
		{"SIGNAL_TOKEN=wrong", "--certificate-file", certificateFile, "who"},
	} {
		require.Equal(t, "alice", pl.run(append(args, "--account", "alice", "--json")...).record()["account"])
	}
	require.Equal(t, "alice", pl.runWith(token, "who", "--token-file", "-", "--account", "alice", "--json").record()["account"])

	pl.run("who").fails(exitFailed, "this app demands a token")
	pl.run("who", "--token", token, "--account", "bob").fails(exitFailed, "LOGIN_E_TOKENWRONG (206)")
	old := signal.NewToken("app", certificate, "alice", time.Now().Add(-time.Hour))
	pl.run("who", "--token", old, "--account", "alice").fails(exitFailed, "TokenErrorExpired (the token has run out: signal token make makes another)")
	pl.run("who", "--app", "another").fails(exitFailed, "does the server serve this app?")
}

func TestTokenInspect(t *testing.T) {
	pl := nowhere(t)
	expires := time.Now().Add(72 * time.Hour).Truncate(time.Second)
	token := signal.NewToken("my:app", certificate, "alice", expires)
	for _, o := range []outcome{
		pl.run("token", "inspect", token, "--json"), pl.runWith(token+"\n", "token", "inspect", "-", "--json"),
		pl.run("SIGNAL_TOKEN="+token, "token", "inspect", "--json"), pl.run("token", "inspect", "--token", token, "--json"),
		pl.run("token", "inspect", "--token-file", file(t, token), "--json"),
	} {
		require.Equal(t, map[string]any{"app": "my:app", "expires": expires.UTC().Format(time.RFC3339), "expired": false}, o.record())
	}
	text := pl.run("token", "inspect", token).ok()
	require.Contains(t, text, "app        my:app\n")
	require.Contains(t, text, "(in 2 days)")

	proof := "SIGNAL_CERTIFICATE=" + certificate
	require.Contains(t, pl.run(proof, "token", "inspect", token, "--account", "alice").ok(), "signature  right")
	r := pl.run(proof, "SIGNAL_TOKEN="+token, "token", "inspect", "--account", "alice", "--json").record()
	require.Equal(t, []any{"alice", true}, []any{r["account"], r["valid"]})
	o := pl.run(proof, "token", "inspect", token, "--account", "bob")
	o.fails(exitFailed, "the signature is wrong")
	require.Contains(t, o.out, "signature  wrong")
	o = pl.run("token", "inspect", signal.NewToken("app", certificate, "alice", time.Now().Add(-3*time.Hour)), "--json")
	o.fails(exitFailed, "has expired 3 hours ago")
	require.Equal(t, true, object(t, o.out)["expired"])
	pl.run("token", "inspect", signal.NoToken).fails(exitUsage, "apps without a certificate")
}
