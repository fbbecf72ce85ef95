package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestLoginAsksForASessionThenForMessages(t *testing.T) {
	h := newHost(t)
	h.begin()
	h.silent()
	h.up()
	l, err := wire.ParseLogin(h.take(wire.EventLogin).Args)
	require.NoError(t, err)
	assert.Equal(t, wire.Login{
		AppID: app, Account: me, Token: "token", Device: wire.DeviceGo, Instance: "instance", Seq: 1,
	}, l)
	h.expect()
	h.admit("")
	h.expect("onLoginSuccess 1")
	poll := h.called(wire.FnGetMsg)
	assert.Zero(t, poll.int("ver_clear"))
	assert.EqualValues(t, wire.MaxPoll, poll.int("max"))
	assert.Equal(t, []engine.State{engine.Logining, engine.Logined}, h.status)
	h.silent()
}

func TestLoginRefusedIsFinal(t *testing.T) {
	for name, tc := range map[string]struct {
		err, ret string
		code     int
	}{
		"kick":                   {wire.ReasonKick, `{"result":"failed"}`, wire.LoginETokenKicked},
		"expired token":          {wire.ReasonTokenExpired, `{"result":"failed"}`, wire.LoginETokenExpired},
		"forged token":           {"TokenErrorSignature", `{"result":"failed"}`, wire.LoginETokenWrong},
		"token":                  {wire.ReasonTokenPrefix, `{"result":"failed"}`, wire.LoginETokenWrong},
		"user":                   {wire.ReasonInvalidUser, `{"result":"failed"}`, wire.LoginEInvalidUser},
		"app":                    {wire.ReasonInvalidApp, `{"result":"failed"}`, wire.LoginEFailed},
		"refused":                {wire.ReasonRefused, `{"result":"failed"}`, wire.LoginEFailed},
		"unknown":                {"Whim", `{"result":"failed"}`, wire.LoginEFailed},
		"unknown with code":      {"Whim", `{"result":"failed","ecode":205}`, wire.LoginEOldVersion},
		"reason in the ret only": {"", `{"result":"failed","reason":"TokenErrorExpired"}`, wire.LoginETokenExpired},
		"no reason at all":       {"", `{}`, wire.LoginEFailed},
		"contradictory":          {wire.ReasonKick, `{"result":"ok","line":"x"}`, wire.LoginETokenKicked},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.begin()
			h.up()
			h.frame(wire.AppendLoginRet(nil, tc.err, []byte(tc.ret)))
			h.expect(say("onLoginFailed", tc.code))
			assert.Equal(t, []engine.State{engine.Logining, engine.NotLogin}, h.status)
			h.idle()
			h.down() // the server's end of it
			h.advance(time.Hour)
			h.expect()
			assert.Len(t, h.dials, 1)
		})
	}
}

// tries returns when, after the login began, it was dialed.
func (h *host) tries(since time.Time) []float64 {
	var at []float64
	for _, d := range h.dials {
		at = append(at, d.Sub(since).Seconds())
	}
	return at
}

func TestLoginTriesAgainWithBackoffUntilOutOfTime(t *testing.T) {
	for name, tc := range map[string]struct {
		random float64
		want   []float64
	}{
		"middle":   {0.5, []float64{0, 0.5, 1.5, 3.5, 7.5, 15.5, 23.5}},
		"shortest": {0, []float64{0, 0.4, 1.2, 2.8, 6, 12.4, 18.8, 25.2}},
		"longest":  {1, []float64{0, 0.6, 1.8, 4.2, 9, 18.6, 28.2}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.random = tc.random
			h.begin()
			for range tc.want[1:] {
				h.down()
				h.advance(h.Next().Sub(h.now))
			}
			h.down()
			h.advance(start.Add(30*time.Second - 1).Sub(h.now))
			h.expect()
			h.advance(1)
			h.expect(say("onLoginFailed", wire.LoginENet))
			assert.InDeltaSlice(t, tc.want, h.tries(start), 1e-6)
			h.idle()
		})
	}
}

func TestLoginTriesAsOftenAsAsked(t *testing.T) {
	for name, tc := range map[string]struct{ count, tries int }{
		"once": {1, 1}, "three times": {3, 3}, "default": {0, 15}, "negative": {-1, 15},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.doLogin(engine.LoginParams{AppID: app, Account: me, RetryTime: time.Hour, RetryCount: tc.count})
			for range tc.tries - 1 {
				h.down()
				h.expect()
				h.advance(8 * time.Second)
			}
			h.down()
			h.expect(say("onLoginFailed", wire.LoginENet))
			assert.Len(t, h.dials, tc.tries)
			h.idle()
		})
	}
}

func TestLoginEndsExactlyAtItsRetryTime(t *testing.T) {
	const limit = 700 * time.Millisecond
	for name, whereTo := range map[string]func(*host){
		"dialing":            func(*host) {},
		"waiting":            func(h *host) { h.down(); h.advance(limit - 1 - 500*time.Millisecond); h.down() },
		"without an answer":  func(h *host) { h.up() },
		"application behind": func(h *host) { h.down(); h.step(func() { h.Pause(h.now, true) }) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.doLogin(engine.LoginParams{AppID: app, Account: me, RetryTime: limit})
			whereTo(h)
			h.advance(start.Add(limit - 1).Sub(h.now))
			h.expect()
			h.advance(1)
			h.expect(say("onLoginFailed", wire.LoginENet))
			h.idle()
		})
	}
}

func TestLoginGivesUpAMuteConnection(t *testing.T) {
	h := newHost(t)
	h.doLogin(engine.LoginParams{AppID: app, Account: me, RetryTime: time.Hour})
	h.advance(20*time.Second - 1)
	assert.Equal(t, dialing, h.links[1])
	h.advance(1)
	assert.Equal(t, closed, h.links[1], "no Up within 20 s")

	h.advance(2 * time.Second)
	h.up()
	h.take(wire.EventLogin)
	h.advance(10*time.Second - 1)
	assert.Equal(t, open, h.links[2])
	h.advance(1)
	assert.Equal(t, closed, h.links[2], "no login_ret within 10 s")

	h.advance(time.Second)
	h.up()
	l, err := wire.ParseLogin(h.take(wire.EventLogin).Args)
	require.NoError(t, err)
	assert.EqualValues(t, 2, l.Seq, "seq rises with each frame")
	h.admit("")
	h.expect("onLoginSuccess 1")
}

func TestLoginIsNotMovedByOtherFrames(t *testing.T) {
	h := newHost(t)
	h.begin()
	h.frame(wire.AppendLoginRet(nil, "", []byte(`{"result":"ok","line":"x"}`))) // not up yet
	h.up()
	h.take(wire.EventLogin)
	for _, frame := range []string{
		`["close","kick"]`, `["notify",["msg",9]]`, `["call2-ret",[1,"","{\"result\":\"ok\"}"]]`, `["pong",1]`,
		`["login_ret",["","no object"]]`, `["login_ret",[""]]`, `[]`, `{`, "\xff", ``,
	} {
		h.frame([]byte(frame))
	}
	h.push(1, "hello")
	h.say(room, 1, "hello")
	h.expect()
	h.silent()
	assert.Contains(t, h.logs.String(), "frame not understood")

	h.down() // as close promised: a try that failed
	h.advance(500 * time.Millisecond)
	h.up()
	h.admit("")
	h.expect("onLoginSuccess 1")
}

func TestLoginWhileNotLoggedOutLeavesTheSessionAlone(t *testing.T) {
	again := engine.LoginParams{Method: "login2", AppID: "other", Account: "carol"}
	for name, state := range map[string]func(*host){
		"logining":     func(h *host) { h.begin(); h.up(); h.take(wire.EventLogin) },
		"logined":      func(h *host) { h.login() },
		"reconnecting": func(h *host) { h.login(); h.down(); h.flushEvents() },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			state(h)
			was, next := h.State(), h.Next()
			h.doLogin(again)
			h.expect("onError login2 208")
			h.silent()
			assert.Equal(t, was, h.State())
			assert.Equal(t, next, h.Next())
		})
	}
}

func TestLoginChecksItsArgumentsBeforeItDials(t *testing.T) {
	long := strings.Repeat("x", 129)
	for name, tc := range map[string]struct {
		p    engine.LoginParams
		code int
	}{
		"no account":              {engine.LoginParams{AppID: app}, wire.LoginEInvalidUser},
		"account with a space":    {engine.LoginParams{AppID: app, Account: "a b"}, wire.LoginEInvalidUser},
		"account with a line end": {engine.LoginParams{AppID: app, Account: "a\n"}, wire.LoginEInvalidUser},
		"account too long":        {engine.LoginParams{AppID: app, Account: long}, wire.LoginEInvalidUser},
		"account not UTF-8":       {engine.LoginParams{AppID: app, Account: "\xff"}, wire.LoginEInvalidUser},
		"no app":                  {engine.LoginParams{Account: me}, wire.LoginEFailed},
		"app too long":            {engine.LoginParams{AppID: long, Account: me}, wire.LoginEFailed},
		"token beyond a frame":    {engine.LoginParams{AppID: app, Account: me, Token: strings.Repeat("x", 64<<10)}, wire.LoginETokenWrong},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.doLogin(tc.p)
			h.expect(say("onLoginFailed", tc.code))
			assert.Empty(t, h.dials)
			assert.Equal(t, []engine.State{engine.Logining, engine.NotLogin}, h.status)
			h.idle()
			h.login() // and nothing is in the way of a good one
		})
	}
}

func TestLoginCancelledByLogout(t *testing.T) {
	for name, whereTo := range map[string]func(*host){
		"dialing":            func(*host) {},
		"waiting":            func(h *host) { h.down() },
		"without an answer":  func(h *host) { h.up() },
		"application behind": func(h *host) { h.step(func() { h.Pause(h.now, true) }); h.down(); h.advance(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.begin()
			whereTo(h)
			h.logout()
			h.expect("onLoginFailed 203", "onLogout 101")
			h.idle()
			h.up() // a dial that came true too late
			h.idle()
			h.frame(wire.AppendLoginRet(nil, "", []byte(`{"result":"ok","line":"x"}`)))
			h.expect()
		})
	}
}

func TestLoginWaitsWhileNothingCouldBeRead(t *testing.T) {
	h := newHost(t)
	h.step(func() { h.Pause(h.now, true) })
	h.begin()
	h.advance(10 * time.Second)
	assert.Empty(t, h.dials)
	h.step(func() { h.Pause(h.now, false) })
	assert.Len(t, h.dials, 1)
	h.step(func() { h.Pause(h.now, false) })
	assert.Len(t, h.dials, 1)
	h.up()
	h.admit("")
	h.expect("onLoginSuccess 1")
}

func TestLoginCountsConnections(t *testing.T) {
	h := loggedIn(t)
	h.down()
	h.up()
	h.resume("")
	h.logout()
	h.begin()
	h.up()
	h.admit("")
	h.expect("onReconnecting 1", "onReconnected 2", "onLogout 101", "onLoginSuccess 3")
}
