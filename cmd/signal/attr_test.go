package main

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
)

func TestAttr(t *testing.T) {
	pl := newPlace(t)
	o := pl.run("attr", "set", "mood", "happy", "--account", "alice")
	require.Empty(t, o.ok())
	require.Equal(t, "Set.\n", o.err)
	r := pl.runWith("two\nlines\n", "attr", "set", "text", "--account", "alice", "--json").record()
	require.Equal(t, map[string]any{"account": "alice", "name": "text", "value": "two\nlines"}, r)
	require.Equal(t, "happy\n", pl.run("attr", "get", "mood", "--of", "alice").ok())
	require.Equal(t, "happy\n", pl.run("attr", "get", "mood", "--account", "alice").ok())
	require.Equal(t, "\n", pl.run("attr", "get", "nothing", "--of", "alice").ok())
	require.Equal(t, map[string]any{"account": "alice", "name": "mood", "value": "happy"}, pl.run("attr", "get", "mood", "--of", "alice", "--json").record())
	require.Equal(t, "mood = happy\ntext = two\\nlines\n", pl.run("attr", "list", "--of", "alice").ok())
	require.Len(t, pl.run("attr", "list", "--of", "alice", "--json").records(), 2)
	require.Empty(t, pl.run("attr", "list", "--of", "nobody").ok())
	pl.run("attr", "set", "_conn_timeout", "soon").fails(exitFailed, "GENERAL_E_WRONG_PARAM (1004)")
}

func TestChannelAttr(t *testing.T) {
	pl := newPlace(t)
	require.Equal(t, "Set.\n", pl.run("channel", "attr", "set", "lobby", "topic", "tea").err)
	pl.run("channel", "attr", "set", "lobby", "a", "").ok()
	require.Equal(t, "a = \ntopic = tea\n", pl.run("channel", "attr", "get", "lobby").ok())
	require.Equal(t, "tea\n", pl.run("channel", "attr", "get", "lobby", "topic").ok())
	require.Equal(t, map[string]any{"channel": "lobby", "name": "topic", "value": "tea"}, pl.run("channel", "attr", "get", "lobby", "topic", "--json").record())
	require.Equal(t, map[string]any{"channel": "lobby", "name": "b", "value": "x"}, pl.run("channel", "attr", "set", "lobby", "b", "x", "--json").record())
	require.Equal(t, map[string]any{"channel": "lobby", "name": "b", "deleted": true}, pl.run("channel", "attr", "del", "lobby", "b", "--json").record())
	pl.run("channel", "attr", "del", "lobby", "b").ok() // of what is not there
	require.Equal(t, map[string]any{"channel": "lobby", "cleared": true}, pl.run("channel", "attr", "clear", "lobby", "--json").record())
	require.Empty(t, pl.run("channel", "attr", "get", "lobby").ok())
}

func TestWho(t *testing.T) {
	pl := newPlace(t)
	for _, account := range []string{"alice", "bob"} {
		_, err := pl.user(account).Join(t.Context(), "lobby")
		require.NoError(t, err)
	}
	require.Equal(t, "alice online\ncarol offline\n#lobby 2\n  bob\n  alice\n", pl.run("who", "alice", "carol", "#lobby").ok())
	require.Equal(t, []map[string]any{
		{"account": "alice", "online": true}, {"account": "carol", "online": false},
		{"channel": "lobby", "count": 2., "members": []any{"bob", "alice"}},
	}, pl.run("who", "alice", "carol", "#lobby", "--json").records())
	require.Equal(t, "2\n", pl.run("channel", "count", "lobby").ok())
	require.Equal(t, map[string]any{"channel": "lobby", "count": 2.}, pl.run("channel", "count", "lobby", "--json").record())
	require.Equal(t, "#lobby 2\n  bob\n  alice\n", pl.run("channel", "members", "lobby").ok())
	require.Equal(t, map[string]any{"channel": "nobody", "count": 0., "members": []any{}}, pl.run("channel", "members", "nobody", "--json").record())
	require.Regexp(t, `^carol of app app, \d+\.\d ms there and back\n$`, pl.run("who", "--account", "carol").ok())
	r := pl.run("who", "--account", "carol", "--json").record()
	require.Equal(t, []any{"carol", "app"}, []any{r["account"], r["app"]})
	require.Positive(t, r["latency_ms"])
}

// Who says nothing of an account gets one of his own each time.
func TestRandomAccount(t *testing.T) {
	pl := newPlace(t)
	one, two := pl.run("who", "--json").record()["account"], pl.run("who", "--json").record()["account"]
	require.Regexp(t, `^[^ ]+-[a-z2-7]{8}$`, one)
	require.NotEqual(t, one, two)
	require.Equal(t, "bob", accountOf(`DOMAIN\bob`))
	require.Equal(t, "bobross", accountOf("bob ross\n"))
	require.Equal(t, "user", accountOf(" "))
	require.Len(t, accountOf(fmt.Sprintf("%0100d", 1)), maxUserName)
}

func TestInvoke(t *testing.T) {
	pl := newPlace(t, server.WithInvokeHandler("shop", func(_ context.Context, caller server.Caller, fn, args string) (string, error) {
		text, err := json.Marshal(map[string]string{"caller": caller.Account, "fn": fn, "args": args})
		return string(text), err
	}))
	r := pl.run("invoke", "channel_query_num", `{"name":"lobby"}`, "--json").record()
	require.EqualValues(t, 0, r["num"])
	require.Equal(t, pl.run("invoke", "channel_query_num", `{"name":"lobby"}`).ok(), pl.runWith(`{"name":"lobby"}`, "invoke", "io.agora.signal.channel_query_num", "-").ok())
	r = pl.run("invoke", "shop.order", `{"n":1}`, "--account", "alice", "--json").record()
	require.Equal(t, "alice", r["caller"], "%v", r)
	require.Equal(t, "order", r["fn"])
	require.JSONEq(t, `{"n":1}`, r["args"].(string))
	pl.run("invoke", "nowhere.f").fails(exitFailed, "GENERAL_E_WRONG_PARAM (1004)")
}
