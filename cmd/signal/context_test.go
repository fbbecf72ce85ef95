package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

func TestContexts(t *testing.T) {
	pl := nowhere(t)
	require.Equal(t, "There are none: signal context add makes one.\n", pl.run("context", "list").err)
	r := pl.run("context", "add", "prod", "--discovery", "https://sig.example.com", "--app", "my-app", "--timeout", "3s", "--tls-ca", "ca.pem", "--json").record()
	require.Equal(t, []any{"prod", true, "my-app", "3s", []any{"https://sig.example.com"}}, []any{r["name"], r["selected"], r["app"], r["timeout"], r["discovery"]})
	require.True(t, strings.HasSuffix(r["tls_ca"].(string), "/ca.pem"), "from any directory: %v", r["tls_ca"])
	pl.run("context", "add", "prod", "--app", "other").fails(exitUsage, "--replace")
	pl.run("context", "add", "dev", "--server", "ws://127.0.0.1:1/,ws://127.0.0.1:2/", "--account", "alice").ok()
	list := pl.run("context", "list", "--json").records()
	require.Len(t, list, 2)
	require.Equal(t, []any{"dev", false, "prod", true}, []any{list[0]["name"], list[0]["selected"], list[1]["name"], list[1]["selected"]})
	require.Contains(t, pl.run("context", "list").ok(), "* prod")

	require.Contains(t, pl.run("context", "select", "dev").ok(), "dev (selected)")
	require.Contains(t, pl.run("context", "show").ok(), "ws://127.0.0.1:1/ ws://127.0.0.1:2/")
	require.Contains(t, pl.run("context", "show", "prod").ok(), "my-app")
	require.Equal(t, "new", pl.run("context", "add", "prod", "--app", "new", "--replace", "--select", "--json").record()["app"])
	require.Equal(t, "prod", pl.run("context", "show", "--json").record()["name"])
	require.Equal(t, map[string]any{"name": "prod", "removed": true}, pl.run("context", "remove", "prod", "--json").record())
	pl.run("context", "show").fails(exitUsage, "no context is selected")
}

// A context says where and as whom; the environment wins over it, and flags over both.
func TestContextIsUsed(t *testing.T) {
	pl := newPlace(t, server.WithApp("prod-app", certificate), server.WithApp("open-app", ""), server.WithApp("app", ""))
	url := pl.srv.URL
	pl.env = slicesWithout(pl.env, "SIGNAL_SERVER", "SIGNAL_APP")
	secret := file(t, certificate)
	pl.run("context", "add", "prod", "--server", url, "--app", "prod-app", "--account", "alice", "--certificate-file", secret).ok()
	pl.run("context", "add", "open", "--discovery", pl.srv.HTTPURL, "--app", "open-app").ok()
	who := func(args ...string) (account, app, context any) {
		r := pl.run(append(args, "who", "--json")...).record()
		return r["account"], r["app"], r["context"]
	}
	expect := func(account, app, context any, args ...string) {
		t.Helper()
		gotAccount, gotApp, gotContext := who(args...)
		require.Equal(t, []any{account, app, context}, []any{gotAccount, gotApp, gotContext})
	}
	expect("alice", "prod-app", "prod")
	expect("bob", "prod-app", "prod", "--account", "bob")
	expect("bob", "prod-app", "prod", "SIGNAL_ACCOUNT=bob")
	expect("carol", "prod-app", "prod", "SIGNAL_ACCOUNT=bob", "--account", "carol")
	expect("bob", "open-app", "open", "--context", "open", "--account", "bob")
	expect("bob", "open-app", "open", "SIGNAL_CONTEXT=open", "--account", "bob")
	expect("alice", "prod-app", "prod", "SIGNAL_CONTEXT=open", "--context", "prod")
	pl.run("who", "--server", "ws://127.0.0.1:1/", "--timeout", "100ms").fails(exitFailed, "connection refused") // and not the context's
}

func slicesWithout(env []string, names ...string) (left []string) {
	for _, v := range env {
		keep := true
		for _, n := range names {
			keep = keep && !strings.HasPrefix(v, n+"=")
		}
		if keep {
			left = append(left, v)
		}
	}
	return left
}

// Nothing that is secret is ever written, but the token that is asked for; the file is for its owner alone.
func TestSecretsAreNotShown(t *testing.T) {
	pl := newPlace(t, server.WithApp("app", certificate))
	token := signal.NewToken("app", certificate, "alice", time.Now().Add(time.Hour))
	signature := token[strings.LastIndexByte(token, ':')+1:]
	secret := file(t, certificate)
	var said strings.Builder
	for _, args := range [][]string{
		{"context", "add", "a", "--token", token, "--account", "alice"}, {"context", "add", "b", "--certificate-file", secret},
		{"context", "show", "a"}, {"context", "show", "a", "--json"}, {"context", "list"}, {"context", "list", "--json"}, {"context", "select", "a"},
		{"who", "-v"}, {"doctor", "-v"}, {"doctor", "--json"}, {"who", "--context", "b", "-v"}, {"doctor", "--context", "b", "-v"},
		{"SIGNAL_CERTIFICATE=" + certificate, "bench", "requests", "--messages", "2", "-v"}, {"who", "--account", "bob", "-v"},
		{"token", "inspect", token}, {"token", "inspect", token + "x"}, {"who", "--token", token, "--certificate-file", secret},
		{"who", "--token", token, "--account", "bob"},
	} {
		o := pl.run(args...)
		said.WriteString(o.out + o.err)
	}
	require.Contains(t, said.String(), "********")
	require.NotContains(t, said.String(), signature)
	require.NotContains(t, said.String(), certificate)
	var config string
	for _, v := range pl.env {
		if path, ok := strings.CutPrefix(v, "SIGNAL_CONFIG="); ok {
			config = path
		}
	}
	info, err := os.Stat(config)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(config)
	require.NoError(t, err)
	require.NotContains(t, string(text), certificate)
}
