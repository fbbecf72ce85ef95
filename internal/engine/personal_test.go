package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestPushedMessagesAreToldOnceAndInOrder(t *testing.T) {
	h := loggedIn(t)
	h.push(1, "a")
	h.push(1, "a")
	h.push(2, "b")
	h.expect("onMessageInstantReceive bob a", "onMessageInstantReceive bob b")
	h.silent()
}

func TestAGapIsPolledFor(t *testing.T) {
	h := loggedIn(t)
	h.push(1, "a")
	h.push(3, "c") // 2 is missing
	poll := h.called(wire.FnGetMsg)
	assert.EqualValues(t, 1, poll.int("ver_clear"))
	h.push(4, "d") // still a gap: asked for again after the answer
	h.ok(poll, msgs(2, instant("b"), instant("c")))
	h.expect("onMessageInstantReceive bob a", "onMessageInstantReceive bob b", "onMessageInstantReceive bob c")
	poll = h.called(wire.FnGetMsg)
	assert.EqualValues(t, 3, poll.int("ver_clear"))
	h.ok(poll, msgs(4, instant("d")))
	h.expect("onMessageInstantReceive bob d")
}

// A poll's messages are read where they stand, so that nothing behind them can be looked up afterwards.
func TestAPollBringsTextsThatNeedEscapes(t *testing.T) {
	for _, text := range []string{`a"b`, `"`, `"""`, `\`, `x\"]}`, "\n\"", `a"b"c"d`, `{"more":true}`} {
		t.Run(text, func(t *testing.T) {
			h := loggedIn(t)
			h.push(3, "c") // 1 and 2 are missing
			h.ok(h.called(wire.FnGetMsg), msgs(1, instant(text), instant("b"))+`,"more":true`)
			h.expect("onMessageInstantReceive bob "+text, "onMessageInstantReceive bob b")
			h.called(wire.FnGetMsg)
		})
	}
}

func TestEntriesThatVanishedAreNoGap(t *testing.T) {
	h := loggedIn(t)
	h.push(9, "i")
	h.ok(h.called(wire.FnGetMsg), msgs(7, instant("g"), instant("h"), instant("i")))
	h.expect("onMessageInstantReceive bob g", "onMessageInstantReceive bob h", "onMessageInstantReceive bob i")
	h.push(20, "t")
	h.ok(h.called(wire.FnGetMsg), `"ver_clear":20,"msgs":[]`)
	h.push(21, "u")
	h.expect("onMessageInstantReceive bob u")
}

func TestAPollGoesOnWhileThereIsMore(t *testing.T) {
	h := loggedIn(t)
	h.frame(wire.AppendMsg(nil, 40))
	lines := make([]string, wire.MaxPoll)
	for i := range lines {
		lines[i] = instant("x")
	}
	h.ok(h.called(wire.FnGetMsg), msgs(1, lines...))
	poll := h.called(wire.FnGetMsg)
	assert.EqualValues(t, wire.MaxPoll, poll.int("ver_clear"))
	h.ok(poll, msgs(31, instant("y"))+`,"more":true`)
	poll = h.called(wire.FnGetMsg)
	h.ok(poll, msgs(32, instant("z")))
	h.silent()
	assert.Len(t, h.events, 32)
}

func TestMessagesAreAcknowledgedASecondAfterTheyCame(t *testing.T) {
	h := loggedIn(t)
	h.advance(300 * time.Millisecond)
	h.push(1, "a")
	h.advance(999 * time.Millisecond)
	h.push(2, "b")
	h.silent()
	h.advance(time.Millisecond)
	ack := h.called(wire.FnGetMsg)
	assert.EqualValues(t, 2, ack.int("ver_clear"))
	h.ok(ack, `"ver_clear":2,"msgs":[]`)
	h.advance(9 * time.Second)
	h.skipBeats()
	h.silent() // nothing new: nothing said
}

func TestOnlyWhatTheApplicationHasHandledIsAcknowledged(t *testing.T) {
	h := loggedIn(t)
	h.handled = func() uint64 { return 0 }
	h.push(1, "a")
	h.push(2, "b")
	h.push(3, "c")
	h.advance(3 * time.Second)
	h.silent()
	first := h.events[0].Mark
	h.handled = func() uint64 { return first }
	h.advance(time.Second)
	ack := h.called(wire.FnGetMsg)
	assert.EqualValues(t, 1, ack.int("ver_clear"))
	assert.EqualValues(t, 3, ack.int("after"), "what came is not to be sent again")
	h.ok(ack, `"ver_clear":3,"msgs":[]`)
	h.down()
	h.up()
	resume := h.take(wire.EventLineLogin)
	assert.EqualValues(t, 1, resume.int("ver_clear"))
	h.flushEvents()
	h.resume("")
	h.push(2, "b") // not acknowledged, so it comes again
	h.push(3, "c")
	h.push(4, "d")
	h.expect("onReconnected 2", "onMessageInstantReceive bob d")
}

func TestAnotherLifeOfTheListBeginsAtZero(t *testing.T) {
	h := loggedIn(t)
	h.push(1, "a")
	h.push(2, "b")
	h.down()
	h.up()
	h.take(wire.EventLineLogin)
	h.refuse(wire.ReasonLineInvalid)
	h.take(wire.EventLogin)
	h.flushEvents()
	h.admit(`"epoch":"another"`)
	poll := h.called(wire.FnGetMsg)
	assert.EqualValues(t, 0, poll.int("ver_clear"))
	h.ok(poll, msgs(1, instant("new")))
	h.expect("onReconnected 2", "onMessageInstantReceive bob new")
}

func TestTheSameAccountAgainGoesOnWhereItWas(t *testing.T) {
	h := loggedIn(t)
	h.push(1, "a")
	h.logout()
	h.downOf(h.conn)
	h.sent = nil
	h.begin()
	h.up()
	h.take(wire.EventLogin)
	h.flushEvents()
	h.admit("")
	poll := h.called(wire.FnGetMsg)
	assert.EqualValues(t, 1, poll.int("ver_clear"))
	h.ok(poll, msgs(1, instant("a"), instant("b"))) // a server that sends too much
	h.expect("onLoginSuccess 2", "onMessageInstantReceive bob b")
}

func TestAPollThatFailsIsRepeated(t *testing.T) {
	h := loggedIn(t)
	h.frame(wire.AppendMsg(nil, 5))
	h.fail(h.called(wire.FnGetMsg), "Busy", 1001)
	h.advance(999 * time.Millisecond)
	h.silent()
	h.advance(time.Millisecond)
	h.called(wire.FnGetMsg)
	h.advance(10 * time.Second) // no answer at all
	h.skipBeats()
	h.advance(time.Second)
	h.skipBeats()
	h.called(wire.FnGetMsg)
}

func TestMessagesAreAskedForEveryMinute(t *testing.T) {
	h := loggedIn(t)
	for range 6 {
		h.advance(10 * time.Second)
		h.skipBeats()
		if len(h.sent) > 0 {
			break
		}
		h.frame(wire.AppendPong(nil, 1))
	}
	h.called(wire.FnGetMsg)
}

func TestLinesNotUnderstoodAreSkippedNotStuckAt(t *testing.T) {
	h := loggedIn(t)
	h.pushLine(1, "no line")
	h.pushLine(2, callLine("voip_unknown", wire.Voip{}))
	h.push(3, "c")
	h.expect("onMessageInstantReceive bob c")
}

func TestTheServerItselfHasNoAccount(t *testing.T) {
	h := loggedIn(t)
	h.pushLine(1, "msg-v2 - alice - instant 1 from the operator")
	h.pushLine(2, "msg-v2 - alice v1:E:60 instant 1 from a user of that name")
	h.expect(`onMessageInstantReceive "" from the operator`, "onMessageInstantReceive - from a user of that name")
}

func TestAcknowledgementGoesOnAfterAResume(t *testing.T) {
	h := loggedIn(t)
	h.handled = func() uint64 { return 0 }
	h.push(1, "a")
	h.reconnect()
	h.resume("")
	h.push(1, "a")
	h.handled = func() uint64 { return h.marks }
	h.advance(time.Second) // not a minute later: a crash may repeat a second's worth, no more
	assert.EqualValues(t, 1, h.called(wire.FnGetMsg).int("ver_clear"))
}

func TestPollUnderWayEndsWithTheConnection(t *testing.T) {
	h := loggedIn(t)
	h.push(2, "b")
	h.called(wire.FnGetMsg)
	h.reconnect()
	h.resume("")
	h.silent() // the server sends what was missed by itself
	h.push(1, "a")
	h.push(2, "b")
	h.expect("onReconnected 2", "onMessageInstantReceive bob a", "onMessageInstantReceive bob b")
}

func TestAcknowledgementGoesOutOnceASecondAtMost(t *testing.T) {
	h := loggedIn(t)
	var acks []time.Time
	for ver := range uint64(500) {
		h.push(ver+1, "x")
		h.advance(10 * time.Millisecond)
		for _, s := range h.sent {
			acks = append(acks, s.at)
			h.ok(s, `"ver_clear":0,"msgs":[]`)
		}
		h.sent = nil
	}
	assert.Len(t, acks, 5, "in 5 s")
	for i, at := range acks {
		assert.GreaterOrEqual(t, at, start.Add(time.Duration(i+1)*time.Second))
	}
}

func TestAnotherAccountHasAListOfItsOwn(t *testing.T) {
	h := loggedIn(t)
	h.push(1, "a")
	h.push(2, "b")
	for _, p := range []engine.LoginParams{{AppID: app, Account: "carol"}, {AppID: "other", Account: me}, {AppID: app, Account: me}} {
		h.logout()
		h.down()
		h.sent = nil
		h.doLogin(p)
		h.up()
		h.take(wire.EventLogin)
		h.admit("")
		h.flushEvents()
		poll := h.called(wire.FnGetMsg)
		assert.Zero(t, poll.int("ver_clear"))
		h.ok(poll, msgs(1, instant("1")))
		h.expect("onMessageInstantReceive bob 1")
	}
}

func TestHandledOfAnotherListAcknowledgesNothing(t *testing.T) {
	h := loggedIn(t)
	h.handled = func() uint64 { return 2 } // stays behind: a slow handler of the old list's third
	for ver := range uint64(3) {
		h.push(ver+1, "x")
	}
	h.reconnect()
	h.refuse(wire.ReasonLineInvalid)
	h.take(wire.EventLogin)
	h.admit(`"epoch":"another"`)
	h.ok(h.called(wire.FnGetMsg), msgs(1, instant("new"), instant("new")))
	h.advance(3 * time.Second)
	h.silent()
	h.handled = func() uint64 { return 4 } // the new list's first
	h.advance(time.Second)
	ack := h.called(wire.FnGetMsg)
	assert.EqualValues(t, 1, ack.int("ver_clear"))
	assert.EqualValues(t, 2, ack.int("after"))
}

func TestNothingIsPolledForWhileNothingIsRead(t *testing.T) {
	h := loggedIn(t)
	h.push(1, "a")
	h.step(func() { h.Pause(h.now, true) })
	h.push(3, "c") // read before
	h.silent()
	h.advance(time.Second)
	ack := h.called(wire.FnGetMsg)
	assert.EqualValues(t, 1, ack.int("ver_clear"), "what is handled is acknowledged all the same")
	h.advance(time.Minute)
	h.skipBeats()
	h.silent()
	h.step(func() { h.Pause(h.now, false) })
	poll := h.called(wire.FnGetMsg)
	h.ok(ack, msgs(2, instant("b"))) // nobody waits for this answer
	h.ok(poll, msgs(2, instant("b"), instant("c")))
	h.expect("onMessageInstantReceive bob a", "onMessageInstantReceive bob b", "onMessageInstantReceive bob c")
}

func TestMarksRiseWithVersionsOverAllLists(t *testing.T) {
	h := loggedIn(t)
	h.push(1, "a")
	h.pushLine(2, "not understood")
	h.push(3, "c")
	h.down()
	h.up()
	h.take(wire.EventLineLogin)
	h.refuse(wire.ReasonLineInvalid)
	h.take(wire.EventLogin)
	h.admit(`"epoch":"another"`)
	h.ok(h.called(wire.FnGetMsg), msgs(1, instant("new"), callLine(wire.FnInvite, wire.Voip{Call: "c"})))
	var marks []uint64
	for _, ev := range h.events {
		if ev.Mark != 0 {
			marks = append(marks, ev.Mark)
		}
	}
	assert.Equal(t, []uint64{1, 3, 4, 5}, marks)
}

// Who gets many messages lets the server forget them before its list is full, a second would be too late.
func TestManyMessagesAreAcknowledgedAtOnce(t *testing.T) {
	h := loggedIn(t)
	for ver := range 300 {
		h.push(uint64(ver+1), "a")
		h.expect("onMessageInstantReceive bob a")
	}
	assert.EqualValues(t, 256, h.called(wire.FnGetMsg).int("ver_clear"))
	h.silent()
}

// Who logs in does not ask for messages when the server says that none wait.
func TestALoginThatSaysThatNothingWaits(t *testing.T) {
	h := newHost(t)
	h.begin()
	h.up()
	h.take(wire.EventLogin)
	h.admit(`"newest":7`)
	h.flushEvents()
	h.silent()
	h.push(7, "old")
	h.push(8, "a")
	h.expect("onMessageInstantReceive bob a")
	h.advance(time.Second)
	assert.EqualValues(t, 8, h.called(wire.FnGetMsg).int("ver_clear"))
}

// The first message that a new client gets may be the list's 300th. It is not acknowledged before it is handled.
func TestALateFirstMessageIsNotAcknowledgedUnhandled(t *testing.T) {
	h := newHost(t)
	h.handled = func() uint64 { return 0 }
	h.begin()
	h.up()
	h.take(wire.EventLogin)
	h.admit("")
	h.expect("onLoginSuccess 1")
	poll := h.called(wire.FnGetMsg)
	assert.Zero(t, poll.int("ver_clear"))
	h.ok(poll, msgs(300, instant("a"), instant("b")))
	h.expect("onMessageInstantReceive bob a", "onMessageInstantReceive bob b")
	h.silent()
	h.push(302, "c")
	h.expect("onMessageInstantReceive bob c")
	h.silent()
}
