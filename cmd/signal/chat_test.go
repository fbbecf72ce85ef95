package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Piped: each line is a message, what others say goes out, and the end of the input is the end.
func TestChatPiped(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	require.Empty(t, pl.runWith("hello\n/quit\n\n", "chat", "bob", "--account", "alice").ok())
	for _, want := range []string{"hello", "/quit", ""} { // commands are for people
		require.Equal(t, want, message(t, bob).Text)
	}
	p := pl.start("chat", "bob", "--account", "alice", "--json")
	p.awaitRecord("state")
	p.write("one\ntwo")
	require.EqualValues(t, 3, p.awaitRecord("sent")["bytes"])
	require.Equal(t, "one", message(t, bob).Text)
	require.NoError(t, bob.Send(t.Context(), "alice", "hi"))
	require.Equal(t, "hi", p.awaitRecord("message")["text"])
	require.NoError(t, p.stdin.Close())
	require.Empty(t, p.exits(0))
	require.Equal(t, "two", message(t, bob).Text)
}

// With --wait it listens on.
func TestChatWaits(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	ch, err := bob.Join(t.Context(), "lobby")
	require.NoError(t, err)
	p := pl.start("chat", "#lobby", "--account", "alice", "--wait", "1m")
	p.write("anybody here?\n")
	require.NoError(t, p.stdin.Close())
	for m, err := range ch.Messages(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, "anybody here?", m.Text)
		break
	}
	require.NoError(t, ch.Send(t.Context(), "me"))
	p.await("bob: me")
	pl.user("alice") // takes the account over
	require.Contains(t, p.exits(exitFailed), "LOGOUT_E_KICKED")
}

// At a terminal: a prompt, what others say above it, commands, and lines that can be edited.
func TestChatAtATerminal(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	ch, err := bob.Join(t.Context(), "lobby")
	require.NoError(t, err)
	term := pl.open("chat", "-c", "lobby", "--account", "alice")
	term.sees("#lobby> ")
	term.sees("here: alice, bob")
	term.types("helo\x7flo\r") // a slip that is mended
	next := func() string {
		for m, err := range ch.Messages(t.Context()) {
			require.NoError(t, err)
			if m.From == "alice" {
				return m.Text
			}
		}
		return ""
	}
	require.Equal(t, "hello", next())
	require.NoError(t, ch.Send(t.Context(), "hi \x1b[2J"))
	term.sees(`: hi \x1b[2J`)
	term.types("/who\r")
	term.sees("  bob")
	term.types("/help\r")
	term.sees("say /TEXT")
	term.types("//not a command\r")
	require.Equal(t, "/not a command", next())
	term.types("\r/quit\r")
	term.exits(0)
	require.False(t, online(t, bob, "alice"))
	require.NotContains(t, term.screen.String(), "alice\x1b[0m: ", "one's own words are there once")
}

// What cannot be sent is no end of the talk for a person.
func TestChatGoesOn(t *testing.T) {
	pl := newPlace(t)
	term := pl.open("chat", "bob", "--account", "alice")
	term.sees("bob> ")
	pl.user("bob")
	term.types("/who\r")
	term.sees("online")
	term.types("\x04") // Ctrl-D
	term.exits(0)
	term = pl.open("chat", "bob", "--account", "alice")
	term.sees("bob> ")
	term.types("\x03") // Ctrl-C
	term.exits(130)
}
