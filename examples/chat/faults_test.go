//go:build unix

package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

func TestReconnecting(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.srv.Refuse(true)
	s.srv.Cut("alice")
	s.alice.shows("reconnecting, try")
	s.alice.enter("said meanwhile")
	s.alice.enter("and more")
	s.alice.shows("alice: said meanwhile …", "alice: and more …", "reconnecting, try 2")
	require.NoError(t, s.room.Send(s.bob.ctx, "can you hear me?"))
	s.srv.Refuse(false)
	s.alice.shows("alice · connected", "connected again", "bob: can you hear me?")
	s.alice.hides(" …")
	s.bob.reads("said meanwhile")
	s.bob.reads("and more")
}

func TestServerRestarts(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.srv.Refuse(true)
	s.srv.Restart(false)
	s.alice.shows("reconnecting, try")
	s.srv.Refuse(false)
	// Nobody gets what was said before he was in again: bob sees when both are.
	hears(s.bob, func(e signal.StateChanged) bool { return e.State == signal.StateReconnecting })
	hears(s.bob, func(e signal.StateChanged) bool { return e.State == signal.StateConnected })
	hears(s.bob, func(e signal.Presence) bool { return slices.Contains(e.Accounts, "alice") })
	s.alice.shows("alice · connected", "MEMBERS 2")
	s.alice.enter("are you back?")
	s.bob.reads("are you back?")
	require.NoError(t, s.room.Send(s.bob.ctx, "yes"))
	s.alice.shows("bob: yes")
}

func TestLeavingWhileReconnecting(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.srv.Refuse(true)
	s.srv.Cut("alice")
	s.alice.shows("reconnecting, try", "no connection: ")
	s.alice.press(ctrlC)
	assert.Zero(t, s.alice.ends())
	restored(t, s.alice)
}

func TestLeavingWithLettersThatWait(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.srv.Refuse(true)
	s.srv.Cut("alice")
	s.alice.shows("reconnecting, try")
	s.alice.enter("the last word")
	s.alice.shows("alice: the last word …")
	s.alice.press(ctrlC)
	s.alice.shows("sending what waits")
	s.srv.Refuse(false)
	assert.Zero(t, s.alice.ends())
	s.bob.reads("the last word")
}

func TestKicked(t *testing.T) {
	t.Parallel()
	s := begin(t)
	comes(t, s.srv, "alice")
	s.alice.shows("closed: this account logged in elsewhere")
	s.alice.enter("hello?")
	s.alice.shows("! ")
	s.alice.press(ctrlC)
	assert.Equal(t, 1, s.alice.ends())
	s.alice.shows("chat: the session ended before you did: ")
	restored(t, s.alice)
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	s := begin(t)
	alice := start(t, 120, 24, "-server", s.srv.URL, "-app", testApp, "-account", "two words")
	assert.Equal(t, 1, alice.ends())
	alice.shows("chat: log in as two words", signal.LoginEInvalidUser.String())
}
