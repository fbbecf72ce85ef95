package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// ends reads the one outcome there was. What stands behind a failure's code is checked elsewhere.
func (h *host) ends(t *testing.T, tag uint64, want ...string) {
	t.Helper()
	for i, ev := range h.events {
		if ev.Kind == engine.InvokeRet && ev.Name != "" && i < len(want) {
			require.Contains(t, ev.Text, `"result":"failed"`)
			require.Contains(t, ev.Text, fmt.Sprintf(`"ecode":%s`, ev.Name))
			h.events[i].Text = "!"
			want[i] += " !"
		}
	}
	h.expect(want...)
	assert.Equal(t, 1, h.outcomes[tag])
}

func TestRequestEndsInOneOutcome(t *testing.T) {
	for name, op := range ops {
		failure := func(code int) string { return fmt.Sprintf(op.failure, code) }
		var over []string // what is told of the call that rings when the session ends
		if op.rings {
			over = []string{`onInviteEndByPeer room bob ""`}
		}
		ready := func(t *testing.T) *host {
			t.Helper()
			h := loggedIn(t)
			if op.rings {
				h.invited()
			}
			return h
		}
		asked := func(t *testing.T) (h *host, c sent, tag uint64) {
			t.Helper()
			h = ready(t)
			tag = h.do(op.req)
			h.expect()
			c = h.called(op.fn)
			return h, c, tag
		}
		t.Run(name+"/success", func(t *testing.T) {
			h, c, tag := asked(t)
			assert.JSONEq(t, `{"line":"line1",`+op.args+"}", string(c.Args))
			h.ok(c, op.ret)
			h.ends(t, tag, op.success...)
			h.ok(c, op.ret) // a second answer is none
			h.fail(c, "Whim", 1)
			h.advance(20 * time.Second)
			h.expect()
		})
		t.Run(name+"/refused", func(t *testing.T) {
			h, c, tag := asked(t)
			h.fail(c, "Whim", 999)
			h.ends(t, tag, failure(999))
		})
		t.Run(name+"/refused with a reason alone", func(t *testing.T) {
			h, c, tag := asked(t)
			h.frame(wire.AppendCallRet(nil, c.ID, []byte(`{"result":"failed","reason":"Whim"}`)))
			if op.req.Op == engine.OpInvoke {
				h.expect(`onInvokeRet i1 1001 {"result":"failed","reason":"Whim"}`)
				return
			}
			h.ends(t, tag, failure(op.other))
		})
		t.Run(name+"/refused in another way", func(t *testing.T) {
			h, c, tag := asked(t)
			h.frame(fmt.Appendf(nil, `["call2-ret",[%s,"Whim","{\"result\":\"failed\",\"ecode\":%d}"]]`, c.ID, op.other))
			h.ends(t, tag, failure(op.other))
		})
		t.Run(name+"/too fast", func(t *testing.T) {
			h, c, tag := asked(t)
			h.fail(c, wire.ReasonRateLimited, op.other)
			told := []string{failure(op.other)}
			if strings.HasPrefix(op.failure, "onError") {
				told[0] += " RateLimited"
			} else {
				told = append(told, "onError "+op.req.Method+" 1001 RateLimited")
			}
			h.ends(t, tag, told...)
		})
		t.Run(name+"/timeout", func(t *testing.T) {
			h, c, tag := asked(t)
			h.frame(wire.AppendPong(nil, 0))
			h.advance(10*time.Second - 1)
			h.expect()
			h.advance(1)
			h.ends(t, tag, failure(op.timeout))
			h.fail(c, "Whim", 999) // too late
			h.expect()
		})
		t.Run(name+"/timeout while reconnecting", func(t *testing.T) {
			h := ready(t)
			h.down()
			h.flushEvents()
			tag := h.do(op.req)
			h.advance(10*time.Second - 1)
			h.expect()
			h.advance(1)
			h.ends(t, tag, failure(op.timeout))
			h.up()
			h.take(wire.EventLineLogin)
			h.resume("")
			h.silent()
		})
		t.Run(name+"/logout", func(t *testing.T) {
			h, _, tag := asked(t)
			h.logout()
			h.expect()
			h.advance(2 * time.Second)
			h.ends(t, tag, failure(op.ended), "onLogout 101")
		})
		t.Run(name+"/kicked", func(t *testing.T) {
			h, _, tag := asked(t)
			h.frame(wire.AppendClose(nil, wire.CloseKick))
			h.ends(t, tag, append(append([]string{failure(op.ended)}, over...), "onLogout 103")...)
		})
		t.Run(name+"/lost for good", func(t *testing.T) {
			h, _, tag := asked(t)
			h.frame(wire.AppendClose(nil, wire.CloseExpired))
			h.ends(t, tag, append(append([]string{failure(op.gone)}, over...), "onLogout 102")...)
		})
		t.Run(name+"/destroyed", func(t *testing.T) {
			h, _, tag := asked(t)
			h.destroy()
			h.ends(t, tag, failure(op.ended))
		})
		t.Run(name+"/one too many", func(t *testing.T) {
			h := loggedIn(t)
			h.down()
			for range 1000 {
				h.send("m")
			}
			h.expect("onReconnecting 1")
			h.ids = 0
			tag := h.do(op.req)
			h.ends(t, tag, failure(op.other))
		})
		t.Run(name+"/not logged in", func(t *testing.T) {
			for state, prepare := range map[string]func(*host){
				"new":        func(*host) {},
				"logining":   func(h *host) { h.begin(); h.up() },
				"logged out": func(h *host) { h.login(); h.logout() },
			} {
				h := newHost(t)
				prepare(h)
				tag := h.do(op.req)
				h.ends(t, tag, failure(wire.GeneralENotLogin))
				assert.NotEmpty(t, state)
			}
		})
	}
}

func TestRequestTimeoutIsAsConfigured(t *testing.T) {
	h := newHost(t)
	h.Engine = engine.New(engine.Config{
		CallTimeout: 3 * time.Second, NewID: func() string { return "id" }, Random: func() float64 { return 0 },
	}, h)
	h.login()
	h.send("m1")
	h.advance(3*time.Second - 1)
	h.expect()
	h.advance(1)
	h.expect("onMessageSendError m1 401")
}

func TestRequestChecksItsArgumentsBeforeTheLogin(t *testing.T) {
	long := strings.Repeat("x", 129)
	const bad, large = wire.GeneralEWrongParam, wire.GeneralELargeParam
	type r = engine.Request
	for name, tc := range map[string]struct {
		req  r
		want string
	}{
		"account":        {r{Op: engine.OpQueryStatus, Method: "queryUserStatus"}, say("onError queryUserStatus", bad, "account")},
		"account spaced": {r{Op: engine.OpGetAttrAll, Method: "getUserAttrAll", Account: "a b"}, say("onError getUserAttrAll", bad, "account")},
		"attribute":      {r{Op: engine.OpSetAttr, Method: "setAttr"}, say("onError setAttr", bad, "name")},
		"value": {r{Op: engine.OpSetAttr, Method: "setAttr", Name: "a", Text: strings.Repeat("x", 8097)},
			say("onError setAttr", large, "value: want at most 8096 bytes, got 8097")},
		"value not UTF-8": {r{Op: engine.OpSetAttr, Method: "setAttr", Name: "a", Text: "\xff"}, say("onError setAttr", bad, "value")},
		"attribute asked": {r{Op: engine.OpGetAttr, Method: "getAttr", Self: true, Name: long}, say("onError getAttr", bad, "name")},
		"both wrong":      {r{Op: engine.OpGetAttr, Method: "getUserAttr"}, say("onError getUserAttr", bad, "account")},
		"peer":            {r{Op: engine.OpSend, ID: "m1", Account: "a b"}, say("onMessageSendError m1", bad)},
		"text":            {r{Op: engine.OpSend, ID: "m1", Account: peer, Text: strings.Repeat("x", 8197)}, say("onMessageSendError m1", large)},
		"text not UTF-8":  {r{Op: engine.OpSend, ID: "m1", Account: peer, Text: "\xff"}, say("onMessageSendError m1", bad)},
		"message ID":      {r{Op: engine.OpSend, ID: "m\n", Account: peer}, say("onMessageSendError m\n", bad)},
		"empty ID":        {r{Op: engine.OpSend, Account: ""}, say("onMessageSendError id1", bad)},
		"channel":         {r{Op: engine.OpJoin}, say(`onChannelJoinFailed ""`, bad)},
		"channel too long": {r{Op: engine.OpLeave, Channel: long},
			say("onChannelLeaved", long, bad)},
		"channel asked": {r{Op: engine.OpQueryNum, Channel: "\n"}, say("onChannelQueryUserNumResult \n", bad, 0)},
		"channel's text": {r{Op: engine.OpChannelSend, ID: "m1", Channel: room, Text: strings.Repeat("x", 8193)},
			say("onMessageSendError m1", large)},
		"channel's message ID": {r{Op: engine.OpChannelSend, ID: long, Channel: room}, say("onMessageSendError", long, bad)},
		"sent to no channel":   {r{Op: engine.OpChannelSend, ID: "m1"}, say("onMessageSendError m1", bad)},
		"channel attribute":    {r{Op: engine.OpChannelSet, Method: "channelSetAttr", Channel: room}, say("onError channelSetAttr", bad, "name")},
		"channel value": {r{Op: engine.OpChannelSet, Method: "channelSetAttr", Channel: room, Name: "a", Text: strings.Repeat("x", 8097)},
			say("onError channelSetAttr", large, "value")},
		"deleted":       {r{Op: engine.OpChannelDel, Method: "channelDelAttr", Channel: room}, say("onError channelDelAttr", bad, "name")},
		"cleared":       {r{Op: engine.OpChannelClear, Method: "channelClearAttr"}, say("onError channelClearAttr", bad, "channelID")},
		"invite's peer": {r{Op: engine.OpInvite, Channel: room}, say("onInviteFailed room \"\"", bad, "")},
		"invite's extra": {r{Op: engine.OpInvite, Channel: room, Account: peer, Extra: "[]"},
			say("onInviteFailed room bob", bad, "[]")},
		"invite's timeout": {r{Op: engine.OpInvite, Channel: room, Account: peer, Extra: `{"_timeout":"5"}`},
			say("onInviteFailed room bob", bad, `{"_timeout":"5"}`)},
		"accept's extra": {r{Op: engine.OpAccept, Method: "channelInviteAccept", Channel: room, Account: peer, Extra: "x"},
			say("onError channelInviteAccept", bad, "extra")},
		"refuse's extra": {r{Op: engine.OpRefuse, Method: "channelInviteRefuse", Channel: room, Account: peer,
			Extra: `{"a":"` + strings.Repeat("x", 8192) + `"}`}, say("onError channelInviteRefuse", large, "extra")},
		"end's channel": {r{Op: engine.OpEnd, Method: "channelInviteEnd", Account: peer}, say("onError channelInviteEnd", bad, "channelID")},
		"keys": {r{Op: engine.OpDTMF, Method: "channelInviteDTMF", Channel: room, Account: peer, Text: "12a"},
			say("onError channelInviteDTMF", bad, "dtmf")},
		"no keys": {r{Op: engine.OpDTMF, Method: "channelInviteDTMF", Channel: room, Account: peer},
			say("onError channelInviteDTMF", bad, "dtmf")},
		"keys for nobody": {r{Op: engine.OpDTMF, Method: "channelInviteDTMF", Channel: room, Text: "1"},
			say("onError channelInviteDTMF", bad, "phoneNum")},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			tag := h.do(tc.req)
			h.ends(t, tag, tc.want)
			h.login()
			tag = h.do(tc.req)
			require.Len(t, h.events, 1)
			assert.Equal(t, 1, h.outcomes[tag])
			h.silent()
		})
	}
}

func TestUnsupportedRequestFailsLikeAMessage(t *testing.T) {
	r := engine.Request{Op: engine.OpUnsupported, Method: "messageDTMFSend", Text: "not supported"}
	h := newHost(t)
	h.do(r)
	h.expect("onMessageSendError id1 1003")
	h.login()
	r.ID = "m1"
	h.do(r)
	h.expect("onMessageSendError m1 1001", "onError messageDTMFSend 1001 not supported")
	h.silent()
}

func TestWireKeyOfAMessageIsNotItsID(t *testing.T) {
	h := loggedIn(t)
	h.send("same")
	h.send("same")
	first, second := h.called(wire.FnSendMsg), h.called(wire.FnSendMsg)
	keys := []string{first.str("messageID"), second.str("messageID")}
	assert.Equal(t, []string{"id1", "id2"}, keys)
	h.ok(second, "")
	h.ok(first, "")
	h.expect("onMessageSendSuccess same", "onMessageSendSuccess same")
	assert.False(t, slices.Contains(keys, "same"))
}
