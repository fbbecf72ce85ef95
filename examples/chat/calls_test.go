//go:build unix

package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// rings has bob call alice, until she sees that.
func rings(t *testing.T, s scene) *signal.Call {
	t.Helper()
	call, err := s.bob.Invite(s.bob.ctx, "alice", signal.CallOptions{RequireOnline: true})
	require.NoError(t, err)
	s.alice.shows("☎ bob calls you", "[a] accept  [r] refuse")
	return call
}

func TestIncomingCallAccepted(t *testing.T) {
	t.Parallel()
	s := begin(t)
	call := rings(t, s)
	s.alice.press("x") // in the middle of a line letters are letters
	s.alice.shows("[alt-a] accept  [alt-r] refuse")
	s.alice.press("a\x7f")
	s.alice.shows("> x ", "☎ bob calls you")
	s.alice.press("\x7fa")
	_, err := call.Wait(s.bob.ctx)
	require.NoError(t, err)
	s.alice.shows("☎ in a call with bob", "›bob", "* ☎ you answer bob")

	s.alice.enter("/keys 12#")
	assert.Equal(t, "12#", hears(s.bob, func(signal.Tone) bool { return true }).Keys)
	require.NoError(t, call.DTMF(s.bob.ctx, "9"))
	s.alice.shows("* ☎ bob pressed 9")
	require.NoError(t, call.End(s.bob.ctx))
	s.alice.shows("* ☎ the call is over")
	s.alice.hides("in a call with bob")
}

func TestIncomingCallRefused(t *testing.T) {
	t.Parallel()
	s := begin(t)
	call := rings(t, s)
	s.alice.press("r")
	_, err := call.Wait(s.bob.ctx)
	require.ErrorIs(t, err, signal.ErrRefused)
	s.alice.hides("calls you   ")
	s.alice.hides("[a] accept")

	call = rings(t, s) // and once more, by keys that are good in the middle of a line too
	s.alice.press("text\x1br")
	_, err = call.Wait(s.bob.ctx)
	require.ErrorIs(t, err, signal.ErrRefused)
	s.alice.shows("> text")
}

func TestOutgoingCall(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.alice.enter("/call bob")
	call := hears(s.bob, func(signal.IncomingCall) bool { return true })
	s.alice.shows("☎ it rings at bob's")
	require.NoError(t, call.Accept(s.bob.ctx, ""))
	s.alice.shows("☎ in a call with bob")
	s.alice.enter("/hangup")
	select {
	case <-call.Done():
	case <-s.bob.ctx.Done():
		require.FailNow(t, "the call does not end")
	}
	s.alice.hides("in a call with bob")

	s.alice.enter("/call bob")
	call = hears(s.bob, func(signal.IncomingCall) bool { return true })
	require.NoError(t, call.Refuse(context.Background(), ""))
	s.alice.shows("* ☎ the call is over: refused")
}
