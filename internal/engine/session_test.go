package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestHeartbeatGoesOutEvery10Seconds(t *testing.T) {
	h := loggedIn(t)
	for n := range int64(3) {
		h.advance(10*time.Second - 1)
		h.silent()
		h.advance(1)
		ping := h.take(wire.EventPing)
		assert.Equal(t, n+1, ping.N)
		if n == 0 {
			assert.EqualValues(t, 1, h.take(wire.EventAck).N, "the answer to the first poll has come")
		}
		h.silent()
		h.frame(wire.AppendPong(nil, ping.N))
	}
	h.expect()
}

func TestConnectionIsLostAfter25SecondsOfSilence(t *testing.T) {
	h := loggedIn(t)
	h.advance(20 * time.Second)
	h.frame([]byte(`["notify",["rumour",1]]`)) // anything is a sign of life
	h.advance(25*time.Second - 1)
	h.expect()
	h.advance(1)
	h.expect("onReconnecting 1")
	assert.Equal(t, closed, h.links[1])
	assert.Equal(t, dialing, h.links[2])
}

func TestGarbageIsNoSignOfLife(t *testing.T) {
	h := loggedIn(t)
	h.advance(20 * time.Second)
	h.frame([]byte(`{`))
	h.advance(5 * time.Second)
	h.expect("onReconnecting 1")
}

func TestAfterAJumpOfTheClockTheServerHas3Seconds(t *testing.T) {
	h := loggedIn(t)
	h.advance(5 * time.Second)
	h.step(func() { h.Woke(h.now) })
	h.take(wire.EventPing)
	h.advance(3*time.Second - 1)
	h.frame(wire.AppendPong(nil, 1))
	h.advance(10 * time.Second)
	h.expect()

	h.step(func() { h.Woke(h.now) })
	h.advance(3*time.Second - 1)
	h.expect()
	h.advance(1)
	h.expect("onReconnecting 1")
	h.sent = nil
	h.step(func() { h.Woke(h.now) }) // there is nobody to ask
	h.silent()
}

func TestSilenceMeansNothingWhileNothingIsRead(t *testing.T) {
	h := loggedIn(t)
	h.step(func() { h.Pause(h.now, true) })
	h.step(func() { h.Woke(h.now) })
	h.advance(time.Minute)
	h.expect()
	pings := 0
	for _, s := range h.sent {
		if s.Event == wire.EventPing {
			pings++
		}
	}
	assert.Equal(t, 7, pings, "heartbeats go out")
	h.step(func() { h.Pause(h.now, true) })
	h.step(func() { h.Pause(h.now, false) })
	h.tick()
	h.expect()
	h.advance(3*time.Second - 1)
	h.expect()
	h.advance(1)
	h.expect("onReconnecting 1") // for it was asked to show that it lives
}

func TestSilenceCountsAnewOnceReadingGoesOn(t *testing.T) {
	h := loggedIn(t)
	h.step(func() { h.Pause(h.now, true) })
	h.advance(time.Minute)
	h.step(func() { h.Pause(h.now, false) })
	h.advance(25*time.Second - 1)
	h.expect()
	h.advance(1)
	h.expect("onReconnecting 1")
}

func TestReconnectTriesAtOnceThenWithBackoff(t *testing.T) {
	h := loggedIn(t)
	h.advance(10 * time.Second)
	since := h.now
	h.dials = nil
	for n := range 4 {
		h.down()
		if n > 0 {
			h.advance(h.Next().Sub(h.now))
		}
	}
	h.expect("onReconnecting 1", "onReconnecting 2", "onReconnecting 3", "onReconnecting 4")
	assert.Equal(t, []float64{0, 0.5, 1.5, 3.5}, h.tries(since))
	h.up()
	h.resume("")
	h.expect("onReconnected 2")
	h.down()
	h.expect("onReconnecting 1")
	assert.Equal(t, []engine.State{
		engine.Logining, engine.Logined, engine.Reconnecting, engine.Logined, engine.Reconnecting,
	}, h.status)
}

func TestReconnectDoesNotStormAServerThatLetsInAndThrowsOut(t *testing.T) {
	h := loggedIn(t)
	since := h.now
	h.dials = nil
	for range 6 {
		h.down()
		h.advance(8 * time.Second)
		h.up()
		h.resume("")
	}
	var pauses []float64
	for n, at := range h.tries(since) {
		pauses = append(pauses, at-8*float64(n))
	}
	assert.Equal(t, []float64{0, 0.5, 1, 2, 4, 8}, pauses)
	h.advance(5 * time.Second)
	h.dials, since = nil, h.now
	h.down()
	assert.Equal(t, []float64{0}, h.tries(since), "a connection that lived is replaced at once")
}

func TestLineLoginSaysHowFarTheClientIs(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.say(room, 11, "x")
	h.push(1, "a")
	h.push(2, "b")
	h.handled = func() uint64 { return 1 } // of what has come the application has done with the first
	h.down()
	h.up()
	l, err := wire.ParseLineLogin(h.take(wire.EventLineLogin).Args)
	require.NoError(t, err)
	assert.Equal(t, wire.LineLogin{Line: h.line, Resume: true, VerClear: 1, Channel: room, MsgID: 11}, l)
	h.silent()
}

func TestResumeTellsNothingTwice(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.say(room, 11, "before")
	h.push(1, "a")
	h.push(2, "b")
	h.handled = func() uint64 { return 1 }
	h.flushEvents()
	h.down()
	h.up()
	h.take(wire.EventLineLogin)
	h.resume(`"channel":"room"`)
	h.push(2, "b") // was not acknowledged: comes again
	h.push(3, "c")
	h.say(room, 11, "before")
	h.say(room, 12, "missed")
	h.expect("onReconnecting 1", "onReconnected 2", "onMessageInstantReceive bob c", "onMessageChannelReceive room bob missed")
	h.silent()
}

func TestReconnectPausesWithTheApplication(t *testing.T) {
	h := loggedIn(t)
	h.step(func() { h.Pause(h.now, true) })
	h.down()
	h.advance(30 * time.Second)
	h.expect()
	h.step(func() { h.Pause(h.now, false) })
	h.expect("onReconnecting 1")
	assert.Equal(t, h.now.Add(20*time.Second), h.Next(), "the dial has its whole time")
	h.up()
	h.resume("")
	h.expect("onReconnected 2")
}

func TestReconnectGivesUpTenSecondsAfterTheSession(t *testing.T) {
	for name, tc := range map[string]struct {
		limit time.Duration
		set   func(*host)
	}{
		"as the login said":    {70 * time.Second, func(*host) {}},
		"as it was set":        {35 * time.Second, func(h *host) { h.setConnTimeout("25") }},
		"clamped from below":   {30 * time.Second, func(h *host) { h.setConnTimeout("-7") }},
		"clamped from above":   {130 * time.Second, func(h *host) { h.setConnTimeout("1000") }},
		"not what was refused": {70 * time.Second, func(h *host) { h.setConnTimeout("x") }},
		"as set too late": {35 * time.Second, func(h *host) {
			h.do(engine.Request{Op: engine.OpSetAttr, Name: wire.AttrConnTimeout, Text: "25"})
			c := h.called(wire.FnSetAttr)
			h.frame(wire.AppendPong(nil, 0))
			h.advance(11 * time.Second) // told as failed
			h.ok(c, "")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			tc.set(h)
			h.flushEvents()
			h.down()
			since := h.now
			for h.State() == engine.Reconnecting {
				h.advance(h.Next().Sub(h.now))
				h.flushEvents()
			}
			assert.Equal(t, tc.limit, h.now.Sub(since))
			h.idle()
		})
	}
}

func (h *host) setConnTimeout(seconds string) {
	h.t.Helper()
	h.do(engine.Request{Op: engine.OpSetAttr, Name: wire.AttrConnTimeout, Text: seconds})
	h.ok(h.called(wire.FnSetAttr), "")
}

func TestConnTimeoutOfTheLoginIsClampedAndMayBeMissing(t *testing.T) {
	for said, limit := range map[string]time.Duration{
		`"conn_timeout":1`: 30 * time.Second, `"conn_timeout":9999`: 130 * time.Second, `"conn_timeout":"?"`: 130 * time.Second,
	} {
		h := newHost(t)
		h.begin()
		h.up()
		h.admit(said)
		h.down()
		h.advance(limit - 1)
		assert.Equal(t, engine.Reconnecting, h.State(), said)
		h.advance(1)
		assert.Equal(t, engine.NotLogin, h.State(), said)
	}
}

// busy has the user in a channel, with a call of each kind and requests under way.
func busy(t *testing.T) *host {
	t.Helper()
	h := loggedIn(t)
	h.joined(room, "")
	h.invited()
	h.ring("c2")
	h.accepted("c3")
	h.ask()
	h.flushEvents()
	return h
}

// ask makes requests of several kinds.
func (h *host) ask() {
	h.t.Helper()
	h.send("m1")
	h.do(engine.Request{Op: engine.OpQueryNum, Channel: room})
	h.call(engine.OpInvite, "")
}

// Lost for good: what was pending, the channel, the calls, the logout; decisions 7, 9, 29, 42.
var lostForGood = []string{
	"onMessageSendError m1 400", "onChannelQueryUserNumResult room 500 0", `onInviteFailed room bob 702 ""`,
	"onChannelLeaved room 604",
	`onInviteEndByPeer room bob ""`, `onInviteFailed room bob 702 {"n":"c2"}`, `onInviteEndByPeer room bob ""`,
}

func TestSessionIsOver(t *testing.T) {
	ended := []string{
		"onMessageSendError m1 400", "onChannelQueryUserNumResult room 502 0", `onInviteFailed room bob 700 ""`,
		"onChannelLeaved room 601",
		`onInviteEndByPeer room bob ""`, `onInviteFailed room bob 700 {"n":"c2"}`, `onInviteEndByPeer room bob ""`,
		"onLogout 103",
	}
	afterLoss := func(err string) func(*host) {
		return func(h *host) {
			h.down()
			h.up()
			h.refuse(wire.ReasonLineInvalid)
			h.refuse(err)
		}
	}
	for name, tc := range map[string]struct {
		over func(*host)
		want []string
	}{
		"kicked":           {func(h *host) { h.frame(wire.AppendClose(nil, wire.CloseKick)) }, ended},
		"kicked meanwhile": {func(h *host) { h.down(); h.up(); h.refuse(wire.ReasonKick) }, ended},
		"expired":          {func(h *host) { h.frame(wire.AppendClose(nil, wire.CloseExpired)) }, append(lostForGood, "onLogout 102")},
		"removed":          {func(h *host) { h.frame(wire.AppendClose(nil, wire.CloseRemoved)) }, append(lostForGood, "onLogout 100")},
		"not back in time": {func(h *host) {
			h.down()
			h.advance(65 * time.Second)
			h.flushEvents()
			h.ask() // younger than its deadline
			h.advance(5 * time.Second)
		}, append(lostForGood, "onLogout 102")},
		"token expired":      {afterLoss(wire.ReasonTokenExpired), append(lostForGood, "onLogout 105")},
		"token wrong":        {afterLoss("TokenErrorSignature"), append(lostForGood, "onLogout 107")},
		"refused":            {afterLoss(wire.ReasonRefused), append(lostForGood, "onLogout 100")},
		"refused as a kick":  {afterLoss(wire.ReasonKick), append(lostForGood, "onLogout 100")},
		"refused as unknown": {afterLoss(wire.ReasonInvalidUser), append(lostForGood, "onLogout 100")},
	} {
		t.Run(name, func(t *testing.T) {
			h := busy(t)
			tc.over(h)
			if h.events[0].Kind == engine.ReconnectTry {
				h.events = h.events[1:]
			}
			h.expect(tc.want...)
			h.idle()
			h.sent = nil
			h.login() // and all of it is forgotten
			h.join(room)
			h.ok(h.called(wire.FnJoin), roomState(1, "", me))
			h.expect("onChannelJoined room", "onChannelUserList room [alice]")
		})
	}
}

func TestServerEndsTheConnectionAlone(t *testing.T) {
	for _, reason := range []string{wire.CloseBadFrame, wire.CloseSlow, wire.CloseTimeout, "whim", ""} {
		t.Run(reason, func(t *testing.T) {
			h := busy(t)
			h.frame(wire.AppendClose(nil, reason))
			h.expect("onReconnecting 1")
			assert.Equal(t, closed, h.links[1])
			h.downOf(1)
			h.up()
			h.resume(`"channel":"room"`)
			h.expect("onReconnected 2")
		})
	}
}

func TestDeadLineLeadsToALoginOnTheSameSocket(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.down()
	h.up()
	h.take(wire.EventLineLogin)
	h.refuse(wire.ReasonLineInvalid)
	l, err := wire.ParseLogin(h.take(wire.EventLogin).Args)
	require.NoError(t, err)
	assert.Equal(t, "token", l.Token)
	assert.EqualValues(t, 2, l.Seq)
	h.admit("")
	h.expect("onReconnecting 1", "onReconnected 2")
	rejoin := h.called(wire.FnJoin)
	poll := h.called(wire.FnGetMsg)
	h.ok(rejoin, roomState(1, "", me))
	h.ok(poll, msgs(1))
	h.expect("onError channel 1001", "onChannelUserList room [alice]")
	assert.Len(t, h.dials, 2)
}

func TestNewSessionAfterALossEndsTheCallsOfTheOld(t *testing.T) {
	h := loggedIn(t)
	h.invited()
	h.ring("c2")
	h.accepted("c3")
	h.down()
	h.up()
	h.refuse(wire.ReasonLineInvalid)
	h.admit("")
	h.expect("onReconnecting 1", "onReconnected 2",
		`onInviteEndByPeer room bob ""`, `onInviteFailed room bob 702 {"n":"c2"}`, `onInviteEndByPeer room bob ""`)
}

func TestMuteTryToResumeIsRepeated(t *testing.T) {
	h := loggedIn(t)
	h.down()
	h.advance(20 * time.Second) // no Up
	h.advance(500 * time.Millisecond)
	h.up()
	h.take(wire.EventLineLogin)
	h.advance(10 * time.Second) // no login_ret
	h.advance(time.Second)
	h.expect("onReconnecting 1", "onReconnecting 2", "onReconnecting 3")
	h.up()
	h.take(wire.EventLineLogin)
	h.resume("")
	h.expect("onReconnected 2")
}

func TestStaleConnectionsAreNoNews(t *testing.T) {
	h := loggedIn(t)
	h.down()
	h.expect("onReconnecting 1")
	h.links[1] = open
	h.step(func() { h.Up(h.now, 1) })
	assert.Equal(t, closed, h.links[1])
	h.frameOn(1, wire.AppendClose(nil, wire.CloseKick))
	h.downOf(1)
	h.expect()
	assert.Equal(t, dialing, h.links[2])
	h.up()
	h.resume("")
	h.frame(wire.AppendLoginRet(nil, wire.ReasonKick, []byte(`{}`))) // nobody asked
	h.step(func() { h.Down(h.now, 0, nil) })
	h.expect("onReconnected 2")
	h.advance(5 * time.Second)
	h.step(func() { h.Down(h.now, h.conn, nil) }) // closed without an error is closed
	h.expect("onReconnecting 1")
}

func TestClientsOfAServerThatRestartsComeSpread(t *testing.T) {
	h := loggedIn(t)
	h.random = 0.25
	h.frame(wire.AppendClose(nil, wire.CloseRestart))
	h.expect()
	h.advance(250*time.Millisecond - 1)
	h.expect()
	h.advance(1)
	h.expect("onReconnecting 1")
}

func TestClientsThatAreSentFromNodeToNodeDoNotWaitForLong(t *testing.T) {
	h := loggedIn(t)
	for range 10 {
		h.frame(wire.AppendClose(nil, wire.CloseRestart))
		h.advance(2 * time.Second)
		h.flushEvents()
		h.up()
		h.resume("")
		h.flushEvents()
	}
	h.frame(wire.AppendClose(nil, wire.CloseRestart))
	h.advance(2*time.Second - 1)
	h.expect()
	h.advance(1)
	h.expect("onReconnecting 1")
}

func TestRemovedWhileAway(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.down()
	h.up()
	h.take(wire.EventLineLogin)
	h.flushEvents()
	h.refuse(wire.CloseRemoved)
	h.expect("onChannelLeaved room 604", "onLogout 100")
	h.idle()
}
