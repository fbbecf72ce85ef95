package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// detailed returns a host whose Engine tells in detail, and begins a login that asks for its token and never gives up.
func detailed(t *testing.T) *host {
	t.Helper()
	h := newHostOf(t, engine.Config{Detailed: true})
	h.doLogin(engine.LoginParams{Method: "login", AppID: app, Account: me, AskToken: true, ReconnectFor: -1})
	require.True(t, h.LoggingIn())
	return h
}

// upWith has the connection come up with a token, and returns the one that it logs in with.
func (h *host) upWith(token string) string {
	h.t.Helper()
	h.Token(token)
	h.up()
	l, err := wire.ParseLogin(h.take(wire.EventLogin).Args)
	require.NoError(h.t, err)
	return l.Token
}

func (h *host) downFor(err error) {
	h.t.Helper()
	h.links[h.conn] = closed
	h.step(func() { h.Down(h.now, h.conn, err) })
}

func TestEachLoginHasATokenOfItsOwn(t *testing.T) {
	h := detailed(t)
	assert.Equal(t, "one", h.upWith("one"))
	h.admit("")
	h.ok(h.called(wire.FnGetMsg), `"ver_clear":0,"msgs":[]`)
	h.flushEvents()

	h.down()
	assert.False(t, h.LoggingIn(), "a session that is resumed needs none")
	h.up()
	h.take(wire.EventLineLogin)
	h.refuse(wire.ReasonLineInvalid)
	assert.True(t, h.LoggingIn(), "another session does")
	h.expect("connection lost: broken", "onReconnecting 1", "onReconnecting 2")
	assert.Equal(t, "two", h.upWith("two"))
	h.admit("")
	h.expect("onReconnected 2")
}

func TestWithoutATokenTheLoginIsOver(t *testing.T) {
	none := fmt.Errorf("token source: %w", engine.ErrUnauthorized)
	t.Run("the first one", func(t *testing.T) {
		h := detailed(t)
		h.downFor(none)
		h.expect(say("try failed:", 1, none), say("onLoginFailed", wire.LoginETokenWrong))
		h.idle()
	})
	t.Run("one after a loss", func(t *testing.T) {
		h := detailed(t)
		h.upWith("good")
		h.admit("")
		h.flushEvents()
		h.down()
		h.up()
		h.refuse(wire.ReasonLineInvalid)
		h.flushEvents()
		h.downFor(none)
		h.expect(say("try failed:", 2, none), say("onLogout", wire.LogoutETokenWrong))
		h.idle()
	})
	t.Run("another failure is only that of a try", func(t *testing.T) {
		h := detailed(t)
		h.downFor(fmt.Errorf("token source: busy"))
		h.expect("try failed: 1 token source: busy")
		assert.Equal(t, engine.Logining, h.State())
	})
	t.Run("one that no frame holds", func(t *testing.T) {
		h := detailed(t)
		h.Token(strings.Repeat("x", wire.MaxFrame))
		h.up()
		h.expect("try failed: 1 the token does not fit a frame of 64 KiB", say("onLoginFailed", wire.LoginETokenWrong))
	})
	t.Run("refused by the server", func(t *testing.T) {
		h := detailed(t)
		h.upWith("bad")
		h.refuse(wire.ReasonTokenExpired)
		h.expect("try failed: 1 login refused: "+wire.ReasonTokenExpired, say("onLoginFailed", wire.LoginETokenExpired))
	})
}

func TestConnectionMayBeHadBackForAsLongAsOneLikes(t *testing.T) {
	for name, tc := range map[string]struct {
		patience time.Duration
		ends     time.Duration
	}{
		"as long as the session": {0, 70 * time.Second},
		"shorter":                {5 * time.Second, 5 * time.Second},
		"longer":                 {time.Hour, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.doLogin(engine.LoginParams{Method: "login", AppID: app, Account: me, Token: "token", ReconnectFor: tc.patience})
			h.up()
			h.take(wire.EventLogin)
			h.admit("")
			h.down()
			lost := h.now
			for h.State() == engine.Reconnecting {
				if h.links[h.conn] == dialing {
					h.down()
				}
				h.advance(100 * time.Millisecond)
			}
			assert.InDelta(t, tc.ends.Seconds(), h.now.Sub(lost).Seconds(), 0.2)
			assert.Equal(t, say("onLogout", wire.LogoutENet), tell(h.events[len(h.events)-1]))
		})
	}
	t.Run("for ever", func(t *testing.T) {
		h := detailed(t)
		h.upWith("good")
		h.admit("")
		h.flushEvents()
		h.down()
		for end := h.now.Add(24 * time.Hour); h.now.Before(end); h.advance(time.Minute) {
			if h.links[h.conn] == dialing {
				h.down()
			}
		}
		assert.Equal(t, engine.Reconnecting, h.State())
	})
}

func TestOneWhoNeverGivesUpLogsInAfterHisSessionExpired(t *testing.T) {
	h := detailed(t)
	h.upWith("good")
	h.admit("")
	h.flushEvents()
	h.advance(10 * time.Second)
	h.sent = nil
	h.frame(wire.AppendClose(nil, wire.CloseExpired))
	h.expect("connection lost: the session has expired", "onReconnecting 1")
	assert.Equal(t, "again", h.upWith("again"))
	h.admit("")
	h.expect("onReconnected 2")
}

func TestCallsMayBeNamed(t *testing.T) {
	h := loggedIn(t)
	for _, id := range []string{"a", "b"} {
		h.nextCall(wire.FnInvite, wire.Voip{Call: id})
		h.ok(h.called(wire.FnInviteAck), "")
	}
	h.flushEvents()
	do := func(op engine.Op, id string) {
		h.do(engine.Request{Op: op, Method: "method", Channel: room, Account: peer, ID: id})
	}
	do(engine.OpAccept, "b")
	c := h.called(wire.FnInviteAccept)
	assert.Equal(t, "b", c.str("call"))
	h.ok(c, `"call":"b"`)
	do(engine.OpAccept, "b")
	h.expect("onError method 1001 no such call") // it was accepted already
	do(engine.OpEnd, "a")
	c = h.called(wire.FnInviteBye)
	assert.Equal(t, "a", c.str("call"), "though the other one was accepted")
	h.ok(c, `"call":"a"`)
	h.expect("onInviteEndByMyself room bob")
	do(engine.OpEnd, "a")
	do(engine.OpRefuse, "c")
	h.expect("onError method 1001 no such call", "onError method 1001 no such call")
}

func TestMessageThatMayHaveBeenRefusedForItsRateIsNotSentInAnotherSession(t *testing.T) {
	for name, tc := range map[string]struct {
		again func(*host)
		fails bool
	}{
		"resumed":     {func(h *host) { h.resume("") }, false},
		"new session": {func(h *host) { h.refuse(wire.ReasonLineInvalid); h.take(wire.EventLogin); h.admit("") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			for n := range 70 { // 60 are allowed
				h.send(fmt.Sprint("m", n))
			}
			h.sent = nil
			h.reconnect()
			tc.again(h)
			var failed int
			for _, ev := range h.events {
				if ev.Kind == engine.SendError {
					require.Equal(t, wire.SendMessageEOther, ev.Code)
					failed++
				}
			}
			if !tc.fails {
				assert.Zero(t, failed)
				return
			}
			assert.InDelta(t, 15, failed, 3, "those above the rate, and a margin")
		})
	}
}
