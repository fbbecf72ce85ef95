package core_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// functions is every function of call2, and one that there is not.
var functions = []string{
	wire.FnLogout, wire.FnSendMsg, wire.FnGetMsg, wire.FnGetMsg2, wire.FnQueryStatus, wire.FnSetAttr, wire.FnGetAttr, wire.FnGetAttrAll,
	wire.FnExtCall, wire.FnJoin, wire.FnLeave, wire.FnChannelSend, wire.FnChannelSetAttr, wire.FnChannelDelAttr, wire.FnChannelClear,
	wire.FnQueryNum, wire.FnQueryIsIn, wire.FnQueryList, wire.FnQueryListAll, wire.FnInvite, wire.FnInviteAck, wire.FnInviteAccept,
	wire.FnInviteRefuse, wire.FnInviteBye, wire.FnInviteMsg, "no_such_func",
}

// devices is one of each kind of client.
var devices = []string{wire.DeviceGo, wire.DeviceWeb, python}

// Whatever the arguments of a call, of whatever function, it has one answer, in the shape that its clients read, and one
// more when it is sent again; others go on; and when all have gone home nothing of it is left.
func FuzzCallArgs(f *testing.F) {
	for fn := range functions {
		f.Add(uint8(fn), uint8(fn), []byte(`{"account":"bob","name":"room","channel":"room","channelName":"room","peer":"bob","extra":"","value":"v"}`))
	}
	for _, args := range []string{
		`{"peer":"bob","flag":"v1:E:60","t":"instant","content":{"a":"\ud83d"},"messageID":"m"}`,
		`{"peer":"carol","flag":"v1:E:99999999999999999999","t":"instant","content":""}`,
		`{"name":"room","msg":"hi","force":true,"msgID":"m"}`, `{"name":"_userNotification","channel":"room","value":0}`,
		`{"name":"_channel_ttl","channel":"new","value":"2592000"}`, `{"name":"_auto_update_num","channel":"room","value":1}`,
		`{"name":"_conn_timeout","value":"-0"}`, `{"ver_clear":"1","max":-1,"after":1e3,"clear_msgs":["id2.1",1,null]}`,
		`{"channelName":"room","peer":"bob","extra":{"_timeout":1.5,"_ring_timeout":600,"_require_peer_online":1}}`,
		`{"channelName":"room","peer":"bob","extra":{"msgtype":"dtmf","msgdata":"12#"},"call":"id9"}`,
		`{"package":"p","func":"f","args":"{}","callid":1}`, `{"name":"room","num":"9223372036854775808"}`,
		`{"name":"__agora_user_online"}`, `{"name":"a\u0000b","account":"a b"}`, `{"line":1}`, `[]`, `null`, `"x"`, `1e400`,
	} {
		for fn := range functions {
			f.Add(uint8(fn), uint8(len(args)), []byte(args))
		}
	}
	f.Fuzz(func(t *testing.T, fn, device uint8, args []byte) {
		frame := []byte(`["call2",["f",1,` + string(args) + `]]`)
		if len(frame) > wire.MaxFrame {
			return
		}
		if _, err := wire.ParseClientFrame(frame); err != nil {
			return // a bad frame, which no Core gets to see
		}
		c := argsClient(t, devices[int(device)%len(devices)], device > 127)
		callWith(c, functions[int(fn)%len(functions)], args)
	})
}

// argsClient returns a client in a world in which there is something to everything: bob and it are in a channel with an
// attribute, a message waits for it, and there is a call each way.
func argsClient(t *testing.T, device string, byID bool) *client {
	t.Helper()
	w := newWorldOf(t, 3, core.Config{DialectByID: byID, MayWatch: func(_, account string) bool { return account == "alice" }})
	bob, c := w.login("bob", wire.DeviceGo), w.login("alice", device)
	bob.ok(wire.FnJoin, "name", "room")
	c.ok(wire.FnJoin, "name", "room")
	bob.ok(wire.FnChannelSetAttr, "channel", "room", "name", "a", "value", "1")
	bob.say("alice", "hi")
	bob.ok(wire.FnInvite, "channelName", "room", "peer", "alice")
	c.ok(wire.FnInvite, "channelName", "room", "peer", "bob")
	c.take()
	return c
}

// callWith makes a call, sends it again, and checks what came of it.
func callWith(c *client, fn string, args []byte) {
	w := c.w
	w.t.Helper()
	c.id++
	send := func(args string) {
		w.t.Helper()
		up := c.peer != nil && c.closed == 0
		c.raw(strconv.Itoa(c.id), fn, args)
		for _, x := range w.extCall {
			w.step(x.Core, core.ExtReturn{Session: x.Session, Request: x.Request, Ret: x.Args})
		}
		w.extCall = nil
		if up {
			answerIsSound(w.t, fn, c.answer(c.id))
		}
		for _, f := range c.frames[c.seen:] {
			require.NotEqual(w.t, wire.EventCallRet, f.Event, "answered twice")
			require.Contains(w.t, []string{wire.EventNotify, wire.EventClose}, f.Event)
		}
		c.seen = len(c.frames)
	}
	v, err := wire.ParseValue(args)
	require.NoError(w.t, err)
	send(string(args)) // without its line, most likely
	if v.IsObject() {
		var own wire.Object
		withLine := string(own.Members(v).Str("line", c.line).Bytes())
		c.id++
		send(withLine)
		send(withLine)
	}

	bob := w.login("bob", wire.DeviceGo)
	bob.ok(wire.FnQueryStatus, "account", "alice")
	bob.ok(wire.FnJoin, "name", "other")
	require.Equal(w.t, []string{"bob"}, members(bob.ok(wire.FnQueryList, "name", "other")))
	require.LessOrEqual(w.t, w.accounts(), 3)
	require.LessOrEqual(w.t, w.channels(), 3)

	bob.ok(wire.FnLogout)
	if c.closed == 0 {
		c.ok(wire.FnLogout)
	}
	w.wait(31 * 24 * time.Hour)
	require.Zero(w.t, w.sessions())
	require.Zero(w.t, w.channels())
	require.LessOrEqual(w.t, w.accounts(), 1, "only attributes stay")
	for _, core := range w.cores {
		_, due := core.Next()
		require.False(w.t, due, "nothing is left to be done")
	}
}

// answerIsSound checks an answer by the standard library, as original clients read it.
func answerIsSound(t *testing.T, fn string, ret wire.Value) {
	t.Helper()
	var a struct {
		Result, Reason string
		ECode          int
		Data           struct{ Result string }

		Num, Msgid, Status, IsIn *uint64
		VerClear                 *uint64 `json:"ver_clear"`
		Msgs                     *[][2]any
		List                     *[][2]any
		Attrs                    *map[string]string
		JSON, Value, Ret         *string
	}
	require.NoError(t, json.Unmarshal(ret, &a), "%s", ret)
	switch a.Result {
	case "failed":
		require.NotEmpty(t, a.Reason)
		require.Equal(t, a.Reason, a.Data.Result)
		require.NotEmpty(t, wire.CodeName(a.ECode), "%d", a.ECode)
		require.NotEqual(t, wire.Success, a.ECode)
		if fn == wire.FnGetMsg || fn == wire.FnLogout { // which never fail, but for no line or no object
			require.Contains(t, []string{wire.ReasonLineInvalid, "WrongParam"}, a.Reason)
		}
		return
	case "ok":
	default:
		t.Fatalf("want ok or failed, got %s", ret)
	}
	var missing bool
	switch fn {
	case wire.FnGetMsg:
		missing = a.VerClear == nil || a.Msgs == nil
	case wire.FnGetMsg2:
		missing = a.Msgs == nil
	case wire.FnQueryStatus:
		missing = a.Status == nil
	case wire.FnGetAttr:
		missing = a.Value == nil
	case wire.FnGetAttrAll:
		if missing = a.JSON == nil || a.Attrs == nil; !missing {
			var inside map[string]string
			require.NoError(t, json.Unmarshal([]byte(*a.JSON), &inside))
			require.Equal(t, *a.Attrs, inside)
		}
	case wire.FnJoin:
		missing = a.List == nil || a.Attrs == nil || a.Msgid == nil
	case wire.FnQueryNum:
		missing = a.Num == nil
	case wire.FnQueryIsIn:
		missing = a.IsIn == nil
	case wire.FnQueryList, wire.FnQueryListAll:
		missing = a.Num == nil || a.List == nil
	case wire.FnExtCall:
		missing = a.Ret == nil
	}
	require.False(t, missing, "%s misses something: %s", fn, ret)
}
