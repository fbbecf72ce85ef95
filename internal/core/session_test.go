package core_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestOwnerSpreadsAndLineNamesItsCore(t *testing.T) {
	counts := make([]int, 3)
	for i := range 3000 {
		counts[core.Owner(app, "user"+strconv.Itoa(i), 3)]++
	}
	for _, n := range counts {
		assert.InDelta(t, 1000, n, 150)
	}
	for _, bad := range []string{"", "id", "id.", "id.3", "id.-1", "id.zzzzzzzzzzzzz", "id.1.1"} {
		_, ok := core.LineOwner(bad, 3)
		assert.False(t, ok, bad)
	}
	i, ok := core.LineOwner("id.2", 3)
	assert.True(t, ok)
	assert.Equal(t, 2, i)
}

func TestLoginRetHasOwnFieldsForGoOnly(t *testing.T) {
	each(t, func(w *world) {
		web := w.login("web", wire.DeviceWeb)
		assert.NotEmpty(w.t, web.line)
		for _, f := range []string{"epoch", "conn_timeout", "newest", "resumed", "channel"} {
			assert.Nil(w.t, web.ret.Get(f), f)
		}
		assert.Equal(w.t, 0, number(w.t, web.ret.Get("uid")))
		g := w.login("go", wire.DeviceGo)
		assert.NotEmpty(w.t, g.ret.Get("epoch").Text())
		assert.Equal(w.t, 120, number(w.t, g.ret.Get("conn_timeout")))
		assert.Equal(w.t, 0, number(w.t, g.ret.Get("newest")))

		web, _ = web.resume(wire.LineLogin{})
		assert.Nil(w.t, web.ret.Get("resumed"))
		g, _ = g.resume(wire.LineLogin{})
		assert.Equal(w.t, "true", string(g.ret.Get("resumed")))
		assert.Equal(w.t, `""`, string(g.ret.Get("channel")))
	})
}

func TestLoginTakesOver(t *testing.T) {
	each(t, func(w *world) {
		bob := w.login("bob", wire.DeviceGo)
		bob.ok(wire.FnJoin, "name", "room")
		old := w.login("alice", wire.DeviceWeb)
		old.ok(wire.FnJoin, "name", "room")
		bob.take()
		fresh := w.login("alice", wire.DeviceWeb)
		old.expect("close kick", "closed 1000")
		bob.expect("room/3 user_leave alice")
		fresh.nothing()
		assert.NotEqual(w.t, old.line, fresh.line)
		assert.Equal(w.t, 2, w.sessions())

		// What the old socket still says is nobody's.
		old.post(wire.FnJoin, "name", "room")
		old.ack(1)
		old.down()
		assert.Equal(w.t, 2, w.sessions())

		w.wait(130*time.Second - 1)
		_, ok := old.resume(wire.LineLogin{})
		assert.False(w.t, ok)
		n, _ := old.resume(wire.LineLogin{})
		assert.Equal(w.t, wire.ReasonKick, n.ret.Get("reason").Text())
		w.wait(1)
		n, _ = old.resume(wire.LineLogin{})
		assert.Equal(w.t, wire.ReasonLineInvalid, n.ret.Get("reason").Text())
		// The socket stays for a login.
		assert.Zero(w.t, n.closed)
		require.True(w.t, n.login(wire.Login{AppID: app, Account: "alice", Device: wire.DeviceWeb}))
		fresh.expect("close kick", "closed 1000")
	})
}

func TestLateLoginOfSameInstanceIsRefused(t *testing.T) {
	each(t, func(w *world) {
		l := wire.Login{AppID: app, Account: "alice", Device: wire.DeviceGo, Instance: "i", Seq: 2}
		cur, ok := w.tryLogin(l)
		require.True(w.t, ok)
		l.Seq = 1
		late, ok := w.tryLogin(l)
		assert.False(w.t, ok)
		assert.Equal(w.t, wire.ReasonRefused, late.ret.Get("reason").Text())
		late.expect("closed 1000")
		cur.nothing()
		l.Instance = "other"
		_, ok = w.tryLogin(l)
		assert.True(w.t, ok)
		cur.expect("close kick", "closed 1000")
	})
}

func TestAccountsOfTwoAppsAreStrangers(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		_, ok := w.tryLogin(wire.Login{AppID: "other", Account: "alice"})
		require.True(w.t, ok)
		a.nothing()
	})
}

func TestSessionOutlivesItsSocketByConnTimeout(t *testing.T) {
	for value, seconds := range map[string]int{"": 120, "30": 30, "0": 20, "-7": 20, "999999999999999999999999": 120, "=45": 45} {
		each(t, func(w *world) {
			bob := w.login("bob", wire.DeviceGo)
			bob.ok(wire.FnJoin, "name", "room")
			a := w.login("alice", wire.DeviceGo)
			if value != "" {
				a.ok(wire.FnSetAttr, "name", "_conn_timeout", "value", value)
				assert.Equal(w.t, strconv.Itoa(seconds), bob.ok(wire.FnGetAttr, "account", "alice", "name", "_conn_timeout").Get("value").Text())
			}
			a.ok(wire.FnJoin, "name", "room")
			bob.take()
			w.at(10 * time.Second)
			a.down()
			w.at(time.Duration(10+seconds)*time.Second - 1)
			bob.nothing()
			assert.Equal(w.t, 1, number(w.t, bob.ok(wire.FnQueryStatus, "account", "alice").Get("status")))
			w.at(time.Duration(10+seconds) * time.Second)
			bob.expect("room/3 user_leave alice")
			assert.Equal(w.t, 0, number(w.t, bob.ok(wire.FnQueryStatus, "account", "alice").Get("status")))
			n, ok := a.resume(wire.LineLogin{})
			assert.False(w.t, ok)
			assert.Equal(w.t, wire.ReasonLineInvalid, n.ret.Get("reason").Text())
			if value != "" { // the attribute stays with the account
				a = w.login("alice", wire.DeviceGo)
				assert.Equal(w.t, seconds, number(w.t, a.ret.Get("conn_timeout")))
			}
		})
	}
}

func TestBadConnTimeout(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		for _, bad := range []string{"", "1.5", " 30", "+30", "3e1", "-", "x", "=1.5", "=true"} {
			assert.Equal(w.t, 1004, a.code(wire.FnSetAttr, "name", "_conn_timeout", "value", bad), bad)
		}
	})
}

func TestLogoutIsAnsweredThenClosed(t *testing.T) {
	each(t, func(w *world) {
		bob := w.login("bob", wire.DeviceGo)
		bob.ok(wire.FnJoin, "name", "room")
		a := w.login("alice", python)
		a.ok(wire.FnJoin, "name", "room")
		bob.take()
		a.post(wire.FnLogout)
		a.expect("ret 2 0", "closed 1000")
		bob.expect("room/3 user_leave alice")
		a.down()
		n, _ := a.resume(wire.LineLogin{})
		assert.Equal(w.t, wire.ReasonLineInvalid, n.ret.Get("reason").Text())
	})
}

func TestLogoutWaitsForAnswersUnderWay(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	room := elsewhere(w, a.core)
	w.held = true
	a.post(wire.FnJoin, "name", room)
	a.post(wire.FnJoin, "name", room+"2")
	a.post(wire.FnExtCall, "package", "p", "func", "f", "args", "{}")
	a.post(wire.FnLogout)
	a.post(wire.FnQueryNum, "name", room) // too late
	a.nothing()
	w.deliver()
	a.expect("ret 1 0", "ret 2 0", "ret 3 1001", "ret 4 0", "closed 1000")
	bob := w.login("bob", wire.DeviceGo)
	for _, name := range []string{room, room + "2"} {
		assert.Equal(t, 0, number(t, bob.ok(wire.FnQueryNum, "name", name).Get("num")))
	}

	// A socket that goes away meanwhile ends the session at once.
	a = w.login("alice", wire.DeviceGo)
	w.held = true
	a.post(wire.FnJoin, "name", room)
	a.post(wire.FnLogout)
	a.down()
	w.deliver()
	assert.Equal(t, 1, w.sessions())
	assert.Equal(t, 0, number(t, bob.ok(wire.FnQueryNum, "name", room).Get("num")))
	w.wait(0)
	_, ok := a.resume(wire.LineLogin{})
	assert.False(t, ok)
}

// elsewhere names a channel or an account whose Core is not i.
func elsewhere(w *world, i int) string {
	for n := 0; ; n++ {
		name := "far" + strconv.Itoa(n)
		if core.Owner(app, name, len(w.cores)) != i {
			return name
		}
	}
}

func TestCallsThatAreNoCalls(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", python)
		a.raw("0", wire.FnQueryStatus, `[]`)
		a.raw("1", wire.FnQueryStatus, `{"account":"alice"}`)
		a.raw("2", wire.FnQueryStatus, `{"account":"alice","line":7}`)
		a.raw("3", wire.FnQueryStatus, `{"account":"alice","line":"`+a.line+`x"}`)
		a.raw("4", "make_coffee", a.args())
		a.raw("5.5", wire.FnQueryStatus, a.args("account", "alice"))
		assert.Contains(w.t, a.take()[5], `["call2-ret",[5.5,"",`)
		var codes []int
		for _, f := range a.frames[1:6] {
			codes = append(codes, codeOf(f.Ret))
			assert.Equal(w.t, f.Ret.Get("reason").Text(), f.Ret.Get("data").Get("result").Text())
		}
		assert.Equal(w.t, []int{1004, 1003, 1003, 1003, 1004}, codes)
		assert.Equal(w.t, "NoSuchFunc", a.frames[5].Ret.Get("reason").Text())
	})
}

func TestExtCall(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		one := a.post(wire.FnExtCall, "package", "p", "func", "f", "args", `{"a":1}`)
		two := a.post(wire.FnExtCall, "package", "p", "func", "g", "args", "={}")
		require.Len(w.t, w.extCall, 2)
		x := w.extCall[0]
		assert.Equal(w.t, []string{app, "alice", "p", "f", `{"a":1}`}, []string{x.AppID, x.Account, x.Package, x.Func, x.Args})
		a.nothing()
		y := w.extCall[1]
		w.step(y.Core, core.ExtReturn{Session: y.Session, Request: y.Request, Reason: "NoSuchFunc", Code: 1004})
		assert.Equal(w.t, 1004, codeOf(a.answer(two)))
		w.step(x.Core, core.ExtReturn{Session: x.Session, Request: x.Request, Ret: "yes"})
		assert.Equal(w.t, "yes", a.answer(one).Get("ret").Text())
		w.step(x.Core, core.ExtReturn{Session: x.Session, Request: x.Request, Ret: "twice"})
		w.step(x.Core, core.ExtReturn{Session: 99, Request: x.Request, Ret: "nobody"})
		a.nothing()
		assert.Equal(w.t, 1004, a.code(wire.FnExtCall, "package", "p", "args", "x"))
		assert.Equal(w.t, 1004, a.code(wire.FnExtCall, "package", "p", "func", "f", "args", "=1"))
	})
	c := core.New(core.Config{NewID: func() string { return "id" }}, 0)
	s := &socket{}
	p := core.NewPeer(s)
	now := time.Unix(1, 0)
	c.Step(now, core.Login{Peer: p, Login: wire.Login{AppID: app, Account: "a"}, Done: func(bool) {}})
	f, err := wire.ParseClientFrame([]byte(`["call2",["user_ext_call",1,{"line":"id.0","package":"p","func":"f"}]]`))
	require.NoError(t, err)
	c.Step(now, core.Call{Peer: p, Frame: f})
	assert.Equal(t, "NoSuchFunc", s.frames[1].Ret.Get("reason").Text())
}

func TestSessionsAreBounded(t *testing.T) {
	w := newWorld(t, 1, core.Limits{Sessions: 1})
	w.login("alice", wire.DeviceGo)
	_, ok := w.tryLogin(wire.Login{AppID: app, Account: "bob"})
	assert.False(t, ok)
	w.login("alice", wire.DeviceGo) // takes a place that is hers
}

func TestForgottenAccountBeginsANewLife(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		epoch := a.ret.Get("epoch").Text()
		a.ok(wire.FnLogout)
		assert.Zero(w.t, w.accounts())
		_, timers := w.cores[a.core].Next()
		assert.False(w.t, timers)
		a = w.login("alice", wire.DeviceGo)
		assert.NotEqual(w.t, epoch, a.ret.Get("epoch").Text())
		a.ok(wire.FnSetAttr, "name", "n", "value", "v")
		epoch = a.ret.Get("epoch").Text()
		a.ok(wire.FnLogout)
		assert.Equal(w.t, 1, w.accounts())
		assert.Equal(w.t, epoch, w.login("alice", wire.DeviceGo).ret.Get("epoch").Text())
	})
}

func TestWaitingCallsAreBounded(t *testing.T) {
	w := newWorld(t, 3, core.Limits{Waiting: 2})
	a := w.login("alice", wire.DeviceGo)
	far := elsewhere(w, a.core)
	w.held = true
	a.post(wire.FnJoin, "name", far)
	a.post(wire.FnLeave, "name", far)
	a.post(wire.FnQueryNum, "name", far)
	a.post(wire.FnChannelSend, "name", far, "msg", "x")
	a.post(wire.FnGetMsg)
	a.expect("ret 3 1001", "ret 4 400", "ret 5 0")
	w.deliver()
	a.expect("ret 1 0", "ret 2 0")
}

func TestTimeNeverRunsBackwards(t *testing.T) {
	w := newWorld(t, 1, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	a.down()
	w.now = w.now.Add(-time.Hour)
	a, ok := a.resume(wire.LineLogin{})
	require.True(t, ok)
	a.down()
	next, _ := w.cores[0].Next()
	assert.Equal(t, w.start.Add(120*time.Second), next)
}

func TestLongNamesAndValuesAreRefused(t *testing.T) {
	long, huge := strings.Repeat("x", 129), strings.Repeat("x", 8197)
	text := strings.Repeat("x", 8192)
	for _, tt := range []struct {
		want int
		fn   string
		args []string
	}{
		{1004, wire.FnSendMsg, []string{"peer", "a b", "flag", "v1:E:1", "t", "instant", "content", "x"}},
		{1005, wire.FnSendMsg, []string{"peer", "bob", "flag", "v1:E:1", "t", "instant", "content", huge}},
		{1004, wire.FnSendMsg, []string{"peer", "bob", "flag", "v1:E:x", "t", "instant", "content", "x"}},
		{1004, wire.FnSendMsg, []string{"peer", "bob", "flag", "v1:E:1", "t", "late", "content", "x"}},
		{1004, wire.FnSendMsg, []string{"peer", "bob", "flag", "v1:E:1", "t", "instant"}},
		{1004, wire.FnSendMsg, []string{"peer", "bob", "flag", "v1:E:1", "t", "instant", "content", "=5"}},
		{1004, wire.FnSendMsg, []string{"peer", "bob", "flag", "v1:E:1", "t", "instant", "content", "x", "messageID", long}},
		{1004, wire.FnSendMsg, []string{"peer", "=7", "flag", "v1:E:1", "t", "instant", "content", "x"}},
		{0, wire.FnSendMsg, []string{"peer", "bob", "flag", "v1:E:1", "t", "instant", "content", "", "messageID", "=7"}},
		{0, wire.FnSendMsg, []string{"peer", "alice", "flag", "v1:E:1", "t", "instant", "content", `={"a":1}`}},
		{1004, wire.FnQueryStatus, nil},
		{1004, wire.FnGetAttr, []string{"account", "bob"}},
		{1004, wire.FnGetAttrAll, []string{"account", ""}},
		{1004, wire.FnSetAttr, []string{"name", long, "value", "v"}},
		{1004, wire.FnSetAttr, []string{"name", "n"}},
		{1005, wire.FnSetAttr, []string{"name", "n", "value", text}},
		{1004, wire.FnJoin, []string{"name", long}},
		{1004, wire.FnLeave, nil},
		{1004, wire.FnChannelSend, []string{"msg", "x"}},
		{1004, wire.FnChannelSend, []string{"name", "room", "force", "=true"}},
		{1005, wire.FnChannelSend, []string{"name", "room", "msg", text + "x", "force", "=true"}},
		{0, wire.FnChannelSend, []string{"name", "room", "msg", text, "force", "=true"}},
		{400, wire.FnChannelSend, []string{"name", "room", "msg", "x"}},
		{400, wire.FnChannelSend, []string{"name", "room", "msg", "x", "force", "=1"}},
		{600, wire.FnLeave, []string{"name", "room"}},
		{1004, wire.FnChannelSetAttr, []string{"channel", "room", "value", "v"}},
		{1004, wire.FnChannelSetAttr, []string{"channel", "room", "name", "n", "value", "={}"}},
		{1005, wire.FnChannelSetAttr, []string{"channel", "room", "name", "n", "value", text}},
		{1004, wire.FnChannelDelAttr, []string{"channel", "room"}},
		{1004, wire.FnChannelClear, []string{"name", "room"}},
		{1004, wire.FnQueryNum, nil},
		{1004, wire.FnQueryIsIn, []string{"name", "room"}},
		{1004, wire.FnQueryListAll, []string{"name", "room", "num", "=-1"}},
		{1004, wire.FnInvite, []string{"channelName", "room"}},
		{1004, wire.FnInvite, []string{"channelName", "room", "peer", "alice"}},
		{1004, wire.FnInvite, []string{"channelName", "room", "peer", "bob", "extra", "x"}},
		{1004, wire.FnInvite, []string{"channelName", "room", "peer", "bob", "extra", "=5"}},
		{1004, wire.FnInvite, []string{"channelName", "room", "peer", "bob", "extra", `{"_timeout":"5"}`}},
		{1004, wire.FnInvite, []string{"channelName", "room", "peer", "bob", "extra", `{"_require_peer_online":2}`}},
		{1005, wire.FnInvite, []string{"channelName", "room", "peer", "bob", "extra", `{"a":"` + text + `"}`}},
		{1004, wire.FnInviteMsg, []string{"channelName", "room", "peer", "bob", "extra", wire.DTMFExtra("1x")}},
		{1004, wire.FnInviteAck, []string{"channelName", "room", "peer", "bob", "extra", "=5"}},
		{1001, wire.FnInviteBye, []string{"channelName", "room", "peer", "bob", "extra", "=null"}},
		{1001, wire.FnInviteAck, []string{"channelName", "room", "peer", "bob"}},
	} {
		w := newWorld(t, 1, core.Limits{})
		assert.Equal(t, tt.want, w.login("alice", wire.DeviceGo).code(tt.fn, tt.args...), "%s %.80s", tt.fn, tt.args)
	}
}

func TestAppsAreBounded(t *testing.T) {
	w := newWorld(t, 1, core.Limits{Apps: 2})
	one := w.login("alice", wire.DeviceGo)
	_, ok := w.tryLogin(wire.Login{AppID: "second", Account: "alice"})
	assert.True(t, ok)
	_, ok = w.tryLogin(wire.Login{AppID: "third", Account: "alice"})
	assert.False(t, ok)
	_, ok = w.tryLogin(wire.Login{AppID: "second", Account: "bob"})
	assert.True(t, ok, "an app that has sessions may have more")
	one.ok(wire.FnLogout)
	_, ok = w.tryLogin(wire.Login{AppID: "third", Account: "alice"})
	assert.True(t, ok)
}
