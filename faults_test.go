package signal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// retry breaks the connection while new ones fare badly, until the client has tried twice.
func retry(on, off func(*signaltest.Network)) func(*testing.T, *enduree) {
	return func(t *testing.T, u *enduree) {
		t.Helper()
		before := u.tries.Load()
		on(u.way)
		u.way.Reset()
		poll(t, func() bool { return u.tries.Load() >= before+2 })
		off(u.way)
	}
}

// twice breaks the connection while new ones reach the server twice, until the client is back.
func twice(what signaltest.Duplication) func(*testing.T, *enduree) {
	return func(t *testing.T, u *enduree) {
		t.Helper()
		before, opened := u.resumes.Load(), u.way.Stats().Duplicates
		u.way.Duplicate(what)
		u.way.Reset()
		poll(t, func() bool { return u.resumes.Load() > before && u.way.Stats().Duplicates > opened })
		u.way.Duplicate(signaltest.NoDuplicates) // a duplicate that resumes takes the session away, see there
	}
}

// Each fault of a real network, twice in the middle of a conversation: once among messages to each other, once among
// those to a channel. Nothing is lost, doubled or out of order, and nobody but the one it meets notices.
func TestEachFault(t *testing.T) {
	t.Parallel()
	type network = *signaltest.Network
	shape := func(s signaltest.Shape) func(*testing.T, *enduree) {
		return func(_ *testing.T, u *enduree) { u.way.Shape(signaltest.Both, s) }
	}
	for name, tt := range map[string]struct {
		fault   func(t *testing.T, alice *enduree)
		resumes bool
	}{
		"latency":     {fault: shape(signaltest.Shape{Latency: 20 * time.Millisecond, Jitter: 20 * time.Millisecond})},
		"small bits":  {fault: shape(signaltest.Shape{Piece: 3})},
		"narrow":      {fault: shape(signaltest.Shape{Rate: 20_000})},
		"cut":         {func(_ *testing.T, u *enduree) { u.way.Cut() }, true},
		"reset":       {func(_ *testing.T, u *enduree) { u.way.Reset() }, true},
		"torn up":     {func(_ *testing.T, u *enduree) { u.way.Tear(signaltest.Up, 100) }, true},
		"torn down":   {func(_ *testing.T, u *enduree) { u.way.Tear(signaltest.Down, 100) }, true},
		"one end":     {func(_ *testing.T, u *enduree) { u.way.Sever(signaltest.Client) }, true},
		"refused":     {retry(func(n network) { n.Refuse(true) }, func(n network) { n.Refuse(false) }), true},
		"nobody home": {retry(func(n network) { assert.NoError(t, n.Shut(true)) }, func(n network) { assert.NoError(t, n.Shut(false)) }), true},
		"no answer": {func(t *testing.T, u *enduree) {
			before := u.way.Stats().Ignored
			u.way.Ignore(true)
			u.way.Reset()
			poll(t, func() bool { return u.way.Stats().Ignored > before })
			u.way.Ignore(false)
		}, true},
		"handshake twice": {twice(signaltest.DuplicateHandshake), true},
		"resume twice":    {twice(signaltest.DuplicateLogin), true},
		"frozen for a moment": {fault: func(_ *testing.T, u *enduree) {
			u.way.Freeze(signaltest.Both)
			u.way.Thaw()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			converse(t, tt.fault, tt.resumes)
		})
	}
}

// converse has two users talk, and a fault meet one of them.
func converse(t *testing.T, fault func(*testing.T, *enduree), resumes bool) {
	t.Helper()
	const each, window = 80, 8 // to the other and to the channel; without an outcome
	srv := signaltest.NewServer(t, server.WithLimits(server.Limits{UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, CallsPerSecond: -1}))
	alice, bob := newEnduree(t, srv, "alice"), newEnduree(t, srv, "bob")
	done := make(chan struct{}, 2)
	for _, u := range []*enduree{alice, bob} {
		u.ChannelJoin("room")
		u.is(t, "joined")
	}
	for u, peer := range map[*enduree]string{alice: "bob", bob: "alice"} {
		go func() {
			u.talk(each, window, func(text string) { u.MessageInstantSend(peer, 0, text, "") })
			u.talk(each, window, func(text string) { u.MessageChannelSend("room", text, "") })
			done <- struct{}{}
		}()
	}
	for i := range int64(2) {
		poll(t, func() bool { return alice.sent.Load() >= i*each+each/4 })
		before := alice.resumes.Load()
		fault(t, alice)
		if resumes {
			poll(t, func() bool { return alice.resumes.Load() > before })
		}
	}
	<-done
	<-done
	for u, peer := range map[*enduree]string{alice: "bob", bob: "alice"} {
		poll(t, func() bool { return u.heard.Load() >= 3*each })
		assert.Equal(t, signal.LoginStateLogined, u.GetStatus())
		assert.EqualValues(t, 2*each, u.sent.Load())
		assert.EqualValues(t, 1, u.lists.Load())
		assert.Zero(t, u.leavers.Load())
		u.mu.Lock()
		assert.Empty(t, u.faults)
		assert.Equal(t, map[string]int{peer: each}, u.instant)
		assert.Equal(t, map[string]int{"alice": each, "bob": each}, u.spoken)
		u.mu.Unlock()
	}
	assert.Zero(t, bob.tries.Load())
	assert.Equal(t, resumes, alice.tries.Load() > 0)
}

// A login that the network delivers twice is one login: the second does not throw out the first.
func TestLoginTwice(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	way := signaltest.NewNetwork(t, srv.URL)
	way.Duplicate(signaltest.DuplicateLogin)
	alice := visitor(t, srv, signal.WithServer(way.URL), signal.WithDialContext(nil))
	for range 10 {
		alice.Login("app", "alice", signal.NoToken, 0, "")
		alice.Expect(t, "OnLoginSuccess")
		poll(t, func() bool { return way.Stats().Duplicates == way.Stats().Connections })
		alice.QueryUserStatus("alice")
		alice.Expect(t, "OnQueryUserStatusResult", "alice", "1")
		alice.Logout()
		alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
	}
}
