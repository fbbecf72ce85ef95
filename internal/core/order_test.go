package core_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// Joins and leaves that a client asks for again are answered in the order in which it asked, wherever their channels
// live: it believes the last one.
func TestJoinsAndLeavesAreAnsweredAgainInOrder(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	far := elsewhere(w, a.core)
	a.postAs(1, wire.FnJoin, "name", far)
	a.postAs(2, wire.FnLeave, "name", far)
	a.postAs(3, wire.FnJoin, "name", "alice") // here
	a.postAs(4, wire.FnJoin, "name", far)
	a, _ = a.resume(wire.LineLogin{Resume: true})
	a.take()
	w.held = true
	a.postAs(1, wire.FnJoin, "name", far)
	a.postAs(2, wire.FnLeave, "name", far)
	a.postAs(3, wire.FnJoin, "name", "alice")
	a.postAs(4, wire.FnJoin, "name", far)
	a.postAs(5, wire.FnQueryNum, "name", far)
	w.deliver()
	a.expect("ret 1 0", "ret 2 0", "ret 3 0", "ret 4 0", "ret 5 0")
}

// A resume waits until the session stands still: which channel it is in is then told for good.
func TestResumeWaitsForTheMoveUnderWay(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	far := elsewhere(w, a.core)
	w.held = true
	a.postAs(1, wire.FnJoin, "name", far)
	a.postAs(2, wire.FnLeave, "name", far)
	a.postAs(3, wire.FnJoin, "name", far)
	decided := 0
	n := w.socketFor(a.account)
	n.core, n.id = a.core, a.id
	w.step(a.core, core.LineLogin{
		Peer: n.peer, Line: wire.LineLogin{Line: a.line, Resume: true}, Done: func(string) { decided++ },
	})
	assert.Zero(t, decided)
	assert.Empty(t, n.frames)
	w.deliver()
	assert.Equal(t, 1, decided)
	n.takeLogin(true)
	assert.Equal(t, far, n.ret.Get("channel").Text())
	n.nothing() // the answers went to the socket that is gone, and are given again
	n.postAs(3, wire.FnJoin, "name", far)
	n.expect("ret 3 0")
}

// One who was thrown out of a channel before he heard that he was in hears both.
func TestThrownOutBeforeTheJoinWasHeardOf(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		a.postAs(1, wire.FnJoin, "name", "room")
		w.step(core.Owner(app, "room", len(w.cores)), core.KickFromChannel{App: app, Channel: "room", Account: "alice"})
		a, _ = a.resume(wire.LineLogin{Resume: true})
		assert.Empty(w.t, a.ret.Get("channel").Text())
		a.postAs(1, wire.FnJoin, "name", "room")
		a.expect("ret 1 0", "kicked from room")
		in, told := a.frames[1].Ret.Get("in").Bool()
		assert.True(w.t, told)
		assert.False(w.t, in)
	})
}
