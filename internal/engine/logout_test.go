package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestLogoutEndsWithTheAnswer(t *testing.T) {
	for name, answer := range map[string]func(*host, sent){
		"good":   func(h *host, c sent) { h.ok(c, "") },
		"bad":    func(h *host, c sent) { h.fail(c, "Whim", wire.GeneralEFailed) },
		"closed": func(h *host, _ sent) { h.down() },
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.joined(room, "")
			h.logout()
			bye := h.called(wire.FnLogout)
			h.silent()
			h.expect()
			assert.Equal(t, engine.NotLogin, h.State(), "GetStatus tells of a Logout at once")
			assert.Equal(t, open, h.links[1])
			answer(h, bye)
			h.expect("onChannelLeaved room 603", "onLogout 101")
			h.idle()
		})
	}
}

func TestLogoutWaitsTwoSecondsAtMost(t *testing.T) {
	h := loggedIn(t)
	h.logout()
	h.called(wire.FnLogout)
	h.advance(2*time.Second - 1)
	h.expect()
	h.advance(1)
	h.expect("onLogout 101")
	h.idle()
}

func TestLogoutWhenLoggedOut(t *testing.T) {
	h := newHost(t)
	h.logout()
	h.expect("onLogout 108")
	h.login()
	h.logout()
	h.expect()
	h.logout() // the first one is over then
	h.expect("onLogout 101", "onLogout 108")
	h.idle()
}

func TestLogoutWhileReconnectingNeedsNobody(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.invited()
	h.down()
	h.flushEvents()
	h.do(engine.Request{Op: engine.OpQueryNum, Channel: room})
	h.logout()
	h.expect("onChannelQueryUserNumResult room 502 0", "onChannelLeaved room 603", "onLogout 101")
	h.idle()
}

func TestLoginRightAfterLogout(t *testing.T) {
	h := loggedIn(t)
	h.logout()
	h.called(wire.FnLogout)
	h.begin()
	h.expect("onLogout 101")
	assert.Equal(t, closed, h.links[1], "hung up; what was queued goes out first")
	require.Equal(t, 2, h.conn)

	kick := wire.AppendClose(nil, wire.CloseKick)
	h.frameOn(1, kick)
	h.up()
	h.take(wire.EventLogin)
	h.frameOn(1, kick)
	h.downOf(1)
	h.admit("")
	h.frameOn(1, kick)
	h.expect("onLoginSuccess 2")
	assert.Equal(t, engine.Logined, h.State())
}

func TestLogoutIsNotMovedByOtherFrames(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.send("m1")
	h.called(wire.FnSendMsg)
	h.logout()
	bye := h.called(wire.FnLogout)
	h.frame(wire.AppendClose(nil, wire.CloseKick))
	h.push(1, "not now")
	h.say(room, 11, "not now")
	h.frame(wire.AppendPong(nil, 1))
	h.frame([]byte(`{`))
	h.expect()
	h.ok(bye, "")
	h.expect("onMessageSendError m1 400", "onChannelLeaved room 603", "onLogout 101")
}

func TestLogoutLetsAnswersUnderWayCount(t *testing.T) {
	h := loggedIn(t)
	h.send("m1")
	m1 := h.called(wire.FnSendMsg)
	h.join(room)
	join := h.called(wire.FnJoin)
	h.logout()
	bye := h.called(wire.FnLogout)
	h.ok(m1, "")
	h.ok(join, roomState(3, "", me))
	h.do(engine.Request{Op: engine.OpLeave, Channel: room})
	h.ok(bye, "")
	h.expect("onMessageSendSuccess m1", "onChannelJoined room", "onChannelUserList room [alice]",
		"onChannelLeaved room 1003", "onChannelLeaved room 603", "onLogout 101")
	h.idle()
}

func TestLogoutEndsAtOnceWhatWasNotSent(t *testing.T) {
	h := loggedIn(t)
	for range wire.AnswersKept + 1 {
		h.do(engine.Request{Op: engine.OpQueryNum, Channel: room})
	}
	require.Len(t, h.sent, wire.AnswersKept)
	h.logout()
	h.expect("onChannelQueryUserNumResult room 502 0")
	h.advance(2 * time.Second)
	require.Len(t, h.events, wire.AnswersKept+1)
	h.idle()
}

func TestLogoutFlushesTheAcknowledgement(t *testing.T) {
	for name, end := range map[string]func(*host){"logout": (*host).logout, "destroy": (*host).destroy} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.push(1, "a")
			h.push(2, "b")
			end(h)
			assert.EqualValues(t, 2, h.called(wire.FnGetMsg).int("ver_clear"))
			h.called(wire.FnLogout)
			h.silent()
		})
	}
}

func TestLogoutHandsOutWhatAPollBringsAtLast(t *testing.T) {
	h := loggedIn(t)
	h.push(3, "gap")
	poll := h.called(wire.FnGetMsg)
	h.logout()
	bye := h.called(wire.FnLogout)
	h.ok(poll, msgs(1, instant("a"), callLine(wire.FnInvite, wire.Voip{Call: "c1"})))
	h.advance(time.Second)
	h.ok(bye, "")
	h.expect("onMessageInstantReceive bob a", `onInviteReceived room bob ""`, "onLogout 101")
	h.idle()
}

// Destroy

func TestDestroyEndsWhatIsPending(t *testing.T) {
	ended := []string{ // decision 7
		"onMessageSendError m1 400", "onMessageSendError m2 400", "onChannelQueryUserNumResult room 502 0",
		"onChannelJoinFailed other 300", "onChannelLeaved room 603", `onInviteFailed room bob 700 {"a":1}`,
		`onInvokeRet i1 1001 {"result":"failed","reason":"the login ended first","ecode":1001,"data":{"result":"the login ended first"}}`,
		"onError setAttr 1001",
	}
	pending := func(h *host) {
		h.send("m1")
		h.do(engine.Request{Op: engine.OpChannelSend, Channel: room, ID: "m2"})
		h.do(engine.Request{Op: engine.OpQueryNum, Channel: room})
		h.join("other")
		h.leave(room)
		h.call(engine.OpInvite, `{"a":1}`)
		h.do(engine.Request{Op: engine.OpInvoke, Name: "echo.say", Text: "{}", ID: "i1"})
		h.do(engine.Request{Op: engine.OpSetAttr, Method: "setAttr", Name: "a"})
	}
	for name, tc := range map[string]struct {
		state func(*host)
		want  []string
	}{
		"new":      {func(*host) {}, nil},
		"logining": {func(h *host) { h.begin() }, []string{"onLoginFailed 203"}},
		"login unanswered": {func(h *host) { h.begin(); h.up() },
			[]string{"onLoginFailed 203"}},
		"login between tries": {func(h *host) { h.begin(); h.down() }, []string{"onLoginFailed 203"}},
		"logined, idle":       {func(h *host) { h.login(); h.joined(room, ""); h.invited() }, nil},
		"logined, busy":       {func(h *host) { h.login(); h.joined(room, ""); pending(h) }, ended},
		"reconnecting, idle":  {func(h *host) { h.login(); h.joined(room, ""); h.invited(); h.down() }, nil},
		"reconnecting, busy":  {func(h *host) { h.login(); h.joined(room, ""); h.down(); pending(h) }, ended},
		"resuming": {func(h *host) { h.login(); h.joined(room, ""); pending(h); h.down(); h.up() },
			ended},
		"logging out": {func(h *host) { h.login(); h.joined(room, ""); h.logout() },
			[]string{"onChannelLeaved room 603", "onLogout 101"}},
		"logged out": {func(h *host) { h.login(); h.logout(); h.down() }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			tc.state(h)
			h.flushEvents()
			h.destroy()
			h.expect(tc.want...)
			assert.Equal(t, engine.NotLogin, h.State())
			h.advance(200 * time.Millisecond)
			assert.True(t, h.Done())
			h.expect()
			h.idle()
		})
	}
}

func TestDestroyGivesTheServer200Milliseconds(t *testing.T) {
	for name, tc := range map[string]struct {
		end   func(*host, sent)
		after time.Duration
	}{
		"answered":     {func(h *host, c sent) { h.ok(c, "") }, 50 * time.Millisecond},
		"closed":       {func(h *host, _ sent) { h.down() }, 50 * time.Millisecond},
		"not answered": {func(*host, sent) {}, 200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.send("m1")
			m1 := h.called(wire.FnSendMsg)
			h.destroy()
			h.expect("onMessageSendError m1 400")
			bye := h.called(wire.FnLogout)
			h.advance(50 * time.Millisecond)
			h.ok(m1, "") // its outcome has been told
			require.False(t, h.Done())
			tc.end(h, bye)
			h.advance(tc.after - 50*time.Millisecond - 1)
			require.Equal(t, tc.after == 50*time.Millisecond, h.Done())
			h.advance(1)
			require.True(t, h.Done())
			h.expect()
			h.idle()
		})
	}
}

func TestAfterDestroyNothingHappens(t *testing.T) {
	h := loggedIn(t)
	h.destroy()
	h.called(wire.FnLogout)
	h.advance(time.Second)
	h.destroy()
	h.begin()
	h.logout()
	h.send("m1")
	h.step(func() { h.Woke(h.now) })
	h.step(func() { h.Pause(h.now, true) })
	h.step(func() { h.Pause(h.now, false) })
	h.push(1, "a")
	h.down()
	h.up()
	h.advance(time.Hour)
	h.expect()
	h.silent()
	h.idle()
	assert.Len(t, h.dials, 1)
}
