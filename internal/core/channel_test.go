package core_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

func (c *client) join(name string) wire.Value {
	c.w.t.Helper()
	return c.ok(wire.FnJoin, "name", name)
}

func (c *client) sayIn(name, text string) int {
	c.w.t.Helper()
	return c.code(wire.FnChannelSend, "name", name, "msg", text)
}

func (c *client) setIn(name, attr, value string) int {
	c.w.t.Helper()
	return c.code(wire.FnChannelSetAttr, "channel", name, "name", attr, "value", value)
}

func (w *world) num(c *client, name string) int {
	return number(w.t, c.ok(wire.FnQueryNum, "name", name).Get("num"))
}

func TestJoinTellsTheOthers(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceWeb)
		ret := a.join("my room")
		assert.Equal(w.t, []string{"alice"}, members(ret))
		assert.Equal(w.t, "{}", string(ret.Get("attrs")))
		assert.Equal(w.t, 1, number(w.t, ret.Get("msgid")))
		epoch := ret.Get("epoch").Text()
		assert.NotEmpty(w.t, epoch)
		a.setIn("my room", "n", "v")
		ret = b.join("my room")
		assert.Equal(w.t, []string{"bob", "alice"}, members(ret), "newest first")
		assert.Equal(w.t, `{"n":"v"}`, string(ret.Get("attrs")))
		assert.Equal(w.t, 3, number(w.t, ret.Get("msgid")))
		assert.Equal(w.t, epoch, ret.Get("epoch").Text())
		a.expect("my room/2 attr_update alice update n=v", "my room/3 user_join bob")
		b.nothing()

		assert.Zero(w.t, b.sayIn("my room", "hi"))
		a.expect("my room/4 msg bob hi")
		b.expect("my room/4 msg bob hi")

		ret = b.join("my room") // again: list and attributes, and nobody is told
		assert.Equal(w.t, []string{"bob", "alice"}, members(ret))
		assert.Equal(w.t, 4, number(w.t, ret.Get("msgid")))
		a.nothing()
		assert.Zero(w.t, a.sayIn("my room", "still here?"))
		b.expect("my room/5 msg alice still here?")
		a.take()

		b.ok(wire.FnLeave, "name", "my room")
		b.nothing()
		a.expect("my room/6 user_leave bob")
		assert.Equal(w.t, 400, b.sayIn("my room", "x"))
		assert.Equal(w.t, 600, b.code(wire.FnLeave, "name", "my room"))
		assert.Zero(w.t, b.code(wire.FnChannelSend, "name", "my room", "msg", "forced", "force", "=true"))
		a.expect("my room/7 msg bob forced")
		assert.Zero(w.t, b.code(wire.FnChannelSend, "name", "nowhere", "msg", "forced", "force", "=true"))
		assert.Equal(w.t, 1, w.channels())
	})
}

func TestJoiningAnotherChannelLeavesTheFirst(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceWeb), w.login("bob", wire.DeviceGo)
		a.join("one")
		b.join("one")
		a.take()
		a.join("two")
		b.expect("one/3 user_leave alice")
		b.sayIn("one", "anyone?")
		a.nothing()
		assert.Equal(w.t, 600, a.code(wire.FnLeave, "name", "one"))
		assert.Equal(w.t, 1, w.num(a, "one"))
		assert.Equal(w.t, 1, w.num(a, "two"))
	})
}

// TestOneChannelPerUserInEveryOrder holds the messages between Cores back and lets them arrive in many orders.
func TestOneChannelPerUserInEveryOrder(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(t, 3, core.Limits{})
		w.rnd = rand.New(rand.NewPCG(seed, 0))
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", python)
		rooms := []string{"r0", "r1", "r2", "r3"}
		current := ""
		held := func() { w.held = true }
		held()
		var want []string
		for range 12 {
			held()
			room := rooms[w.rnd.IntN(len(rooms))]
			switch w.rnd.IntN(4) {
			case 0, 1:
				want = append(want, "ret "+strconv.Itoa(a.post(wire.FnJoin, "name", room))+" 0")
				current = room
			case 2:
				code := " 600"
				if room == current {
					code, current = " 0", ""
				}
				want = append(want, "ret "+strconv.Itoa(a.post(wire.FnLeave, "name", room))+code)
			case 3:
				code := " 400"
				if room == current {
					code = " 0"
				}
				a.id += 1000
				want = append(want, "ret "+strconv.Itoa(a.post(wire.FnChannelSend, "name", room, "msg", "x"))+code)
			}
			held()
			b.post(wire.FnChannelSend, "name", room, "msg", "noise", "force", "=true")
		}
		w.deliver()

		// Each call has its one answer, joins and leaves in their order, and no event comes from a channel
		// that alice is not in as far as she was told.
		var got, moves, wantMoves []string
		in := ""
		last := map[string]uint64{}
		asked := map[int64]string{}
		for _, f := range a.frames[1:] {
			if f.Event == wire.EventCallRet {
				got = append(got, short(f))
				if list := f.Ret.Get("list"); list != nil {
					moves = append(moves, short(f))
					in = roomOf(w, f, rooms)
					asked[f.N] = in
					last[in], _ = wire.Version(f.Ret.Get("msgid"))
				}
				continue
			}
			require.NotEmpty(t, f.Name)
			if in != "" && f.Name == in {
				require.Equal(t, last[in]+1, f.Ver, "seed %d: a gap or a repetition", seed)
				last[in] = f.Ver
			} else {
				require.Equal(t, in, f.Name, "seed %d: event of a channel that she is not in", seed)
			}
		}
		require.ElementsMatch(t, want, got, "seed %d", seed)
		for _, r := range want {
			for _, m := range moves {
				if m == r {
					wantMoves = append(wantMoves, r)
				}
			}
		}
		require.Equal(t, wantMoves, moves, "seed %d", seed)
		for _, room := range rooms {
			n := 0
			if room == current {
				n = 1
			}
			require.Equal(t, n, w.num(b, room), "seed %d", seed)
		}
		a.ok(wire.FnLogout)
		for _, room := range rooms {
			require.Zero(t, w.num(b, room))
		}
	}
}

// roomOf finds out which channel a join's answer is about: each has an epoch of its own.
func roomOf(w *world, f wire.ServerFrame, rooms []string) string {
	asker := w.login("asker"+strconv.Itoa(w.ids), wire.DeviceGo)
	for _, room := range rooms {
		ret := asker.ok(wire.FnJoin, "name", room)
		epoch := ret.Get("epoch").Text()
		asker.ok(wire.FnLogout)
		if epoch == f.Ret.Get("epoch").Text() {
			return room
		}
		asker = w.login("asker"+strconv.Itoa(w.ids), wire.DeviceGo)
	}
	return "?"
}

func TestSessionThatEndsDuringAJoinIsInNoChannel(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	b := w.login("bob", wire.DeviceGo)
	far := elsewhere(w, a.core)
	a.join(far + "old")
	w.held = true
	a.post(wire.FnJoin, "name", far)
	a2, ok := w.tryLogin(wire.Login{AppID: app, Account: "alice", Device: wire.DeviceGo})
	require.True(t, ok)
	w.deliver()
	assert.Zero(t, w.num(b, far))
	assert.Zero(t, w.num(b, far+"old"))
	assert.Equal(t, 1, number(t, a2.join(far).Get("msgid"))-2, "one join and one leave before")
}

func TestQuestionsAboutMembers(t *testing.T) {
	each(t, func(w *world) {
		var all []string
		for i := range 250 {
			c := w.login("m"+strconv.Itoa(i), python)
			c.join("room")
			all = append([]string{c.account}, all...)
		}
		a := w.login("alice", wire.DeviceGo)
		assert.Equal(w.t, 250, w.num(a, "room"))
		assert.Zero(w.t, w.num(a, "nowhere"))
		ret := a.ok(wire.FnQueryList, "name", "room")
		assert.Equal(w.t, all[:200], members(ret))
		assert.Equal(w.t, 250, number(w.t, ret.Get("num")))
		assert.Equal(w.t, all, members(a.ok(wire.FnQueryListAll, "name", "room")))
		assert.Equal(w.t, all[:3], members(a.ok(wire.FnQueryListAll, "name", "room", "num", "=3")))
		assert.Equal(w.t, "[]", string(a.ok(wire.FnQueryListAll, "name", "nowhere", "num", "9999999999").Get("list")))
		assert.Equal(w.t, 1, number(w.t, a.ok(wire.FnQueryIsIn, "name", "room", "account", "m7").Get("isin")))
		assert.Equal(w.t, 0, number(w.t, a.ok(wire.FnQueryIsIn, "name", "room", "account", "alice").Get("isin")))
		ret = a.join("room")
		assert.Equal(w.t, append([]string{"alice"}, all[:199]...), members(ret))
	})
}

func TestResumeReplaysWhatTheChannelKept(t *testing.T) {
	eachWith(t, core.Limits{ReplayEvents: 5}, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		b.join("room")
		a.join("room")
		b.take()
		b.sayIn("room", "3")
		a.expect("room/3 msg bob 3")
		a.down()
		b.sayIn("room", "4")
		b.say("alice", "personal")
		b.sayIn("room", "5")
		a, ok := a.resume(wire.LineLogin{Resume: true, Channel: "room", MsgID: 3})
		require.True(w.t, ok)
		assert.Equal(w.t, "room", a.ret.Get("channel").Text())
		assert.Nil(w.t, a.ret.Get("channel_gap"))
		a.expect("#1 bob personal", "room/4 msg bob 4", "room/5 msg bob 5")
		b.sayIn("room", "6")
		a.expect("room/6 msg bob 6")

		old := a // a half-open socket: the old one goes without a word
		a, _ = a.resume(wire.LineLogin{Resume: true, VerClear: 1, Channel: "room", MsgID: 6})
		old.expect("closed 1000")
		old.down()
		a.nothing()

		a, _ = a.resume(wire.LineLogin{Resume: true, VerClear: 1, Channel: "other", MsgID: 6})
		assert.Equal(w.t, "room", a.ret.Get("channel").Text())
		a.nothing()

		for _, seen := range []uint64{1, 99} { // from before the join; from another life
			a, _ = a.resume(wire.LineLogin{Resume: true, VerClear: 1, Channel: "room", MsgID: seen})
			assert.Equal(w.t, "true", string(a.ret.Get("channel_gap")), seen)
			a.nothing()
		}

		b.setIn("room", "n", "v")
		a.take()
		a.down()
		for i := range 6 {
			b.sayIn("room", strconv.Itoa(i))
		}
		a, _ = a.resume(wire.LineLogin{Resume: true, VerClear: 1, Channel: "room", MsgID: 7})
		assert.Equal(w.t, "true", string(a.ret.Get("channel_gap")))
		assert.Equal(w.t, []string{"alice", "bob"}, members(a.ret))
		assert.Equal(w.t, `{"n":"v"}`, string(a.ret.Get("attrs")))
		assert.Equal(w.t, 13, number(w.t, a.ret.Get("msgid")))
		assert.NotEmpty(w.t, a.ret.Get("channel_epoch").Text())
		assert.NotEqual(w.t, a.ret.Get("epoch").Text(), a.ret.Get("channel_epoch").Text())
		a.nothing()
		a, _ = a.resume(wire.LineLogin{Resume: true, VerClear: 1, Channel: "room", MsgID: 8})
		assert.Len(w.t, a.take(), 5)

		// An original client, line alone: nothing is replayed, what is new comes.
		a, _ = a.resume(wire.LineLogin{})
		a.nothing()
		b.sayIn("room", "x")
		a.expect("room/14 msg bob x")
		a.ok(wire.FnLeave, "name", "room")
		a, _ = a.resume(wire.LineLogin{Resume: true, VerClear: 1, Channel: "room", MsgID: 14})
		assert.Empty(w.t, a.ret.Get("channel").Text())
	})
}

func TestReplayIsBoundedInBytes(t *testing.T) {
	w := newWorld(t, 1, core.Limits{ReplayBytes: 10_000})
	a := w.login("alice", wire.DeviceGo)
	a.join("room")
	for range 4 {
		a.sayIn("room", strings.Repeat("x", 3000))
	}
	a.take()
	a, _ = a.resume(wire.LineLogin{Resume: true, Channel: "room", MsgID: 2})
	assert.Len(t, a.take(), 3)
	a, _ = a.resume(wire.LineLogin{Resume: true, Channel: "room", MsgID: 1})
	assert.NotNil(t, a.ret.Get("channel_gap"))
	a.sayIn("room", strings.Repeat("\x00", 8000)) // larger than all that is kept
	a.sayIn("room", "small")
	a, _ = a.resume(wire.LineLogin{Resume: true, Channel: "room", MsgID: 6})
	a.expect("room/7 msg alice small")
	a, _ = a.resume(wire.LineLogin{Resume: true, Channel: "room", MsgID: 5})
	assert.NotNil(t, a.ret.Get("channel_gap"))
}

// What arrives while a resume waits for the channel's word comes after login_ret, once.
func TestNothingComesBeforeTheAnswerToAResume(t *testing.T) {
	for seed := range uint64(200) {
		w := newWorld(t, 3, core.Limits{})
		w.rnd = rand.New(rand.NewPCG(seed, 1))
		a := w.login("alice", wire.DeviceGo)
		room := elsewhere(w, a.core)
		bob := w.login("bob", wire.DeviceGo)
		bob.join(room)
		a.join(room)
		a.down()
		hold := func() { w.held = true }
		hold()
		bob.post(wire.FnChannelSend, "name", room, "msg", "1")
		hold()
		n := w.socketFor("alice")
		n.core = a.core
		done := 0
		w.step(a.core, core.LineLogin{
			Peer: n.peer, Line: wire.LineLogin{Line: a.line, Resume: true, Channel: room, MsgID: 2},
			Done: func(account string) { done++; require.Equal(t, "alice", account); require.NotEmpty(t, n.frames) },
		})
		hold()
		bob.post(wire.FnSendMsg, "peer", "alice", "flag", "v1:E:9", "t", "instant", "content", "p")
		hold()
		bob.post(wire.FnChannelSend, "name", room, "msg", "2")
		w.deliver()
		require.Equal(t, 1, done)
		got := n.take()
		require.Equal(t, "login ", got[0])
		require.ElementsMatch(t, []string{"login ", "#1 bob p", room + "/3 msg bob 1", room + "/4 msg bob 2"}, got, "seed %d", seed)
	}
}

func TestResumeThatIsOvertaken(t *testing.T) {
	setup := func() (*world, *client, string, func() (*client, *[]bool)) {
		w := newWorld(t, 3, core.Limits{})
		a := w.login("alice", wire.DeviceGo)
		room := elsewhere(w, a.core)
		a.join(room)
		a.down()
		return w, a, room, func() (*client, *[]bool) {
			w.held = true
			n := w.socketFor("alice")
			n.core, n.line = a.core, a.line
			var done []bool
			w.step(a.core, core.LineLogin{
				Peer: n.peer, Line: wire.LineLogin{Line: a.line, Resume: true, Channel: room, MsgID: 1},
				Done: func(account string) { done = append(done, account != "") },
			})
			return n, &done
		}
	}
	t.Run("by another resume", func(t *testing.T) {
		w, _, _, resume := setup()
		one, oneDone := resume()
		two, twoDone := resume()
		w.deliver()
		one.expect("closed 1000")
		assert.Equal(t, []bool{false}, *oneDone)
		two.expect("login ")
		assert.Equal(t, []bool{true}, *twoDone)
		assert.Equal(t, 1, w.sessions())
	})
	t.Run("by a login", func(t *testing.T) {
		w, _, _, resume := setup()
		one, done := resume()
		w.held = true
		w.login("alice", wire.DeviceGo)
		w.deliver()
		one.expect("login kick")
		assert.Equal(t, []bool{false}, *done)
	})
	t.Run("by a leave that was under way", func(t *testing.T) {
		w := newWorld(t, 3, core.Limits{})
		a := w.login("alice", wire.DeviceGo)
		room := elsewhere(w, a.core)
		a.join(room)
		w.held = true
		a.post(wire.FnLeave, "name", room)
		n := w.socketFor("alice")
		w.held = true
		w.step(a.core, core.LineLogin{
			Peer: n.peer, Line: wire.LineLogin{Line: a.line, Resume: true, Channel: room, MsgID: 1}, Done: func(string) {},
		})
		w.deliver()
		assert.Equal(t, `""`, string(n.frames[0].Ret.Get("channel")))
	})
}

func TestJoinThatIsAskedForAgain(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		a.postAs(1, wire.FnJoin, "name", "room")
		a.down()
		b.join("room")
		b.setIn("room", "n", "v")
		b.take()
		a, _ = a.resume(wire.LineLogin{Resume: true})
		assert.Equal(w.t, "room", a.ret.Get("channel").Text())
		a.postAs(1, wire.FnJoin, "name", "room")
		ret := a.answer(1)
		assert.Equal(w.t, []string{"bob", "alice"}, members(ret), "the list of now")
		assert.Equal(w.t, 3, number(w.t, ret.Get("msgid")))
		assert.Equal(w.t, `{"n":"v"}`, string(ret.Get("attrs")))
		b.nothing()
		b.sayIn("room", "4")
		a.expect("room/4 msg bob 4")

		// It has left since: told so, in order, and it stays out.
		a.postAs(2, wire.FnLeave, "name", "room")
		a.postAs(1, wire.FnJoin, "name", "room")
		a.postAs(2, wire.FnLeave, "name", "room")
		a.expect("ret 2 0", "ret 1 0", "ret 2 0")
		assert.Equal(w.t, 1, w.num(b, "room"))
		b.ok(wire.FnLeave, "name", "room")
		w.wait(3 * time.Hour)
		a = w.login("alice", wire.DeviceGo)
		a.postAs(1, wire.FnJoin, "name", "room")
		a.postAs(2, wire.FnLeave, "name", "room")
		a.id = 10
		a.ok(wire.FnChannelSetAttr, "channel", "room", "name", "_channel_ttl", "value", "0")
		w.wait(0)
		assert.Zero(w.t, w.channels())
		a.take()
		a.postAs(1, wire.FnJoin, "name", "room")
		ret = a.answer(1)
		assert.Equal(w.t, "[]", string(ret.Get("list")))
		assert.Zero(w.t, w.channels())
	})
}

func TestMsgIDActsOnce(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", python), w.login("bob", wire.DeviceGo)
		a.join("room")
		b.join("room")
		a.take()
		send := func(c *client, force string) int {
			return c.code(wire.FnChannelSend, "name", "room", "msg", "x", "msgID", "m", "force", force)
		}
		assert.Zero(w.t, send(a, "=false"))
		assert.Zero(w.t, send(a, "=false"))
		b.expect("room/3 msg alice x")
		assert.Zero(w.t, send(b, "=false"))
		b.expect("room/4 msg bob x")
		w.wait(5 * time.Minute)
		assert.Zero(w.t, send(a, "=false"))
		b.expect("room/5 msg alice x")
	})
}

func TestChannelAttributes(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		a.join("room")
		assert.Zero(w.t, b.setIn("room", "n", "1"))
		assert.Zero(w.t, a.setIn("room", "n", "1"))
		assert.Zero(w.t, a.setIn("room", "_x", "2"))
		a.expect("room/2 attr_update bob update n=1", "room/3 attr_update alice update n=1", "room/4 attr_update alice update _x=2")
		b.nothing()
		assert.Zero(w.t, a.code(wire.FnChannelDelAttr, "channel", "room", "name", "absent"))
		a.nothing()
		assert.Zero(w.t, a.code(wire.FnChannelDelAttr, "channel", "room", "name", "n"))
		assert.Zero(w.t, a.code(wire.FnChannelClear, "channel", "room"))
		a.expect("room/5 attr_update alice del n=")
		a.setIn("room", "m", "1")
		assert.Zero(w.t, a.code(wire.FnChannelClear, "channel", "room"))
		a.expect("room/6 attr_update alice update m=1", "room/7 attr_update alice clear =")
		assert.Equal(w.t, `{"_x":"2"}`, string(a.join("room").Get("attrs")))
		assert.Zero(w.t, a.code(wire.FnChannelDelAttr, "channel", "nowhere", "name", "n"))
		assert.Zero(w.t, a.code(wire.FnChannelClear, "channel", "nowhere"))
		assert.Equal(w.t, 1, w.channels())
	})
	eachWith(t, core.Limits{Attrs: 1, AttrBytes: 50}, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		assert.Zero(w.t, a.setIn("room", "n", "1"))
		assert.Equal(w.t, 1001, a.setIn("room", "m", "1"))
		assert.Equal(w.t, 1001, a.setIn("room", "n", strings.Repeat("x", 50)))
	})
}

func TestChannelWithoutMembersLivesItsTTL(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		a.join("room")
		a.setIn("room", "n", "1")
		epoch := a.join("room").Get("epoch").Text()
		w.at(time.Hour)
		a.ok(wire.FnLeave, "name", "room")
		w.at(3*time.Hour - 1)
		ret := a.join("room")
		assert.Equal(w.t, epoch, ret.Get("epoch").Text())
		assert.Equal(w.t, `{"n":"1"}`, string(ret.Get("attrs")))
		w.at(10 * time.Hour)
		a.ok(wire.FnLeave, "name", "room")
		w.at(12*time.Hour - 1)
		assert.Equal(w.t, 1, w.channels())
		w.at(12 * time.Hour)
		assert.Zero(w.t, w.channels())
		ret = a.join("room")
		assert.NotEqual(w.t, epoch, ret.Get("epoch").Text())
		assert.Equal(w.t, "{}", string(ret.Get("attrs")))
		assert.Equal(w.t, 1, number(w.t, ret.Get("msgid")))

		// 0: at once.
		a.setIn("room", "_channel_ttl", "0")
		a.ok(wire.FnLeave, "name", "room")
		w.wait(0)
		assert.Zero(w.t, w.channels())

		// Setting an attribute makes a channel; its time begins then, whatever is set later.
		now := w.now.Sub(w.start)
		a.setIn("other", "n", "1")
		w.at(now + 50*time.Second)
		a.setIn("other", "_channel_ttl", "60")
		w.at(now + 60*time.Second - 1)
		assert.Equal(w.t, 1, w.channels())
		a.code(wire.FnChannelDelAttr, "channel", "other", "name", "_channel_ttl")
		w.at(now + 2*time.Hour - 1)
		assert.Equal(w.t, 1, w.channels())
		w.at(now + 2*time.Hour)
		assert.Zero(w.t, w.channels())

		for value, code := range map[string]int{
			"2592000": 0, "2592001": 1004, "-1": 1004, "": 1004, "1.5": 1004, " 1": 1004, "+1": 1004, "-0": 0, "99999999999999999999": 1004,
		} {
			assert.Equal(w.t, code, a.setIn("third", "_channel_ttl", value), value)
		}
	})
}

func TestMemberlessChannelsAreBounded(t *testing.T) {
	w := newWorld(t, 1, core.Limits{MemberlessChannels: 2})
	a := w.login("alice", wire.DeviceGo)
	assert.Zero(t, a.setIn("one", "n", "v"))
	assert.Zero(t, a.setIn("two", "n", "v"))
	assert.Equal(t, 1001, a.setIn("three", "n", "v"))
	assert.Zero(t, a.setIn("two", "n", "w"))
	a.join("three")
	assert.Zero(t, a.setIn("three", "n", "v"))
	a.ok(wire.FnLeave, "name", "three")
	assert.Equal(t, 2, w.channels(), "no room for it without members")
	a.join("two")
	assert.Zero(t, a.setIn("three", "n", "v"))
}
