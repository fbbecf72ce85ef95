package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// What came while nobody was there is shown, once, and the command ends by itself.
func TestWatchCount(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	require.NoError(t, alice.Send(t.Context(), "bob", "one\n\x1b[2J"))
	require.NoError(t, alice.Send(t.Context(), "bob", "two"))
	o := pl.run("watch", "--account", "bob", "--count", "1", "--only", "message")
	require.Regexp(t, `^\d\d:\d\d:\d\d alice: one\\n\\x1b\[2J\n$`, o.ok())
	r := pl.run("watch", "--account", "bob", "--count", "1", "--only", "message", "--json").record()
	require.Equal(t, "message", r["event"])
	require.Equal(t, "alice", r["from"])
	require.Equal(t, "two", r["text"])
	at, err := time.Parse(time.RFC3339, r["time"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), at, time.Minute)
	require.Empty(t, pl.run("watch", "--account", "bob", "--for", "10ms", "--only", "message").ok())
}

// Everything that happens in a channel, and to the account.
func TestWatchChannel(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	require.NoError(t, alice.SetChannelAttr(t.Context(), "lobby", "topic", "tea"))
	w := pl.start("watch", "-c", "lobby", "--account", "bob", "--json")
	require.Equal(t, "connected", w.awaitRecord("state")["state"])
	require.Equal(t, "lobby", w.awaitRecord("joined")["channel"])
	r := w.awaitRecord("presence")
	require.Equal(t, "sync", r["kind"])
	require.Equal(t, []any{"bob"}, r["accounts"])
	r = w.awaitRecord("attribute")
	require.Equal(t, []any{"set", "topic", "tea"}, []any{r["kind"], r["name"], r["value"]})

	ch, err := alice.Join(t.Context(), "lobby")
	require.NoError(t, err)
	r = w.awaitRecord("presence")
	require.Equal(t, []any{"join", []any{"alice"}}, []any{r["kind"], r["accounts"]})
	require.NoError(t, ch.Send(t.Context(), "hello"))
	r = w.awaitRecord("message")
	require.Equal(t, []any{"alice", "lobby", "hello"}, []any{r["from"], r["channel"], r["text"]})
	require.NoError(t, ch.DeleteAttr(t.Context(), "topic"))
	r = w.awaitRecord("attribute")
	require.Equal(t, []any{"delete", "topic", nil}, []any{r["kind"], r["name"], r["value"]})
	require.NoError(t, ch.ClearAttrs(t.Context())) // of none: no event
	require.NoError(t, ch.SetAttr(t.Context(), "a", ""))
	require.Empty(t, w.awaitRecord("attribute")["value"])
	require.NoError(t, ch.ClearAttrs(t.Context()))
	require.Equal(t, "clear", w.awaitRecord("attribute")["kind"])
	require.NoError(t, ch.Leave(t.Context()))
	require.Equal(t, "leave", w.awaitRecord("presence")["kind"])

	require.NoError(t, alice.Send(t.Context(), "bob", "to you alone"))
	r = w.awaitRecord("message")
	require.Equal(t, "to you alone", r["text"])
	require.NotContains(t, r, "channel")
	call, err := alice.Invite(t.Context(), "bob", signal.CallOptions{Channel: "room", Extra: `{"video":true}`})
	require.NoError(t, err)
	r = w.awaitRecord("call")
	require.Equal(t, []any{"room", "alice", true, "ringing", `{"video":true}`}, []any{r["channel"], r["peer"], r["incoming"], r["state"], r["extra"]})
	require.NoError(t, call.End(t.Context()))
	require.Equal(t, "ended", w.awaitRecord("call")["state"])
}

// The same for people.
func TestWatchChannelText(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	w := pl.start("watch", "-c", "lobby", "--account", "bob")
	w.await("connected")
	w.await("#lobby joined")
	w.await("#lobby here: bob")
	ch, err := alice.Join(t.Context(), "lobby")
	require.NoError(t, err)
	w.await("#lobby alice came in")
	require.NoError(t, ch.Send(t.Context(), "hello"))
	w.await("#lobby alice: hello")
	require.NoError(t, ch.SetAttr(t.Context(), "topic", "tea"))
	w.await("#lobby topic = tea")
	require.NoError(t, ch.DeleteAttr(t.Context(), "topic"))
	w.await("#lobby topic is deleted")
	require.NoError(t, ch.SetAttr(t.Context(), "topic", "tea"))
	require.NoError(t, ch.ClearAttrs(t.Context()))
	w.await("#lobby all attributes are deleted")
	require.NoError(t, ch.Leave(t.Context()))
	w.await("#lobby alice went out")
	call, err := alice.Invite(t.Context(), "bob", signal.CallOptions{Channel: "room"})
	require.NoError(t, err)
	w.await("#room call from alice ringing")
	require.NoError(t, call.End(t.Context()))
	w.await("#room call from alice ended")
}

// A connection that is lost is told of, and all goes on when it is back.
func TestWatchReconnects(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	w := pl.start("watch", "--account", "bob", "--json")
	w.awaitRecord("state")
	pl.srv.Cut("bob")
	require.Equal(t, "reconnecting", w.awaitRecord("state")["state"])
	w.await(`"state":"connected"`)
	require.NoError(t, alice.Send(t.Context(), "bob", "still there?"))
	require.Equal(t, "still there?", w.awaitRecord("message")["text"])
}

// An account that logs in elsewhere ends the session here, and the command says so.
func TestWatchKicked(t *testing.T) {
	pl := newPlace(t)
	w := pl.start("watch", "--account", "bob")
	w.await("connected")
	pl.user("bob")
	require.Contains(t, w.exits(exitFailed), "LOGOUT_E_KICKED (103) (the account logged in elsewhere: --account says another)\n")
}

func TestWatchFor(t *testing.T) {
	pl := newPlace(t)
	out := pl.run("channel", "watch", "lobby", "--account", "bob", "--for", "300ms", "--json").records()
	require.Equal(t, "state", out[0]["event"])
	require.Equal(t, "joined", out[1]["event"])
}
