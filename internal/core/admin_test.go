package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// rule hands an owner's wish to the Core of that name and returns what it was told.
func (w *world) rule(name string, in func(done func(error)) core.Input) (err error) {
	w.t.Helper()
	told := 0
	w.step(core.Owner(app, name, len(w.cores)), in(func(e error) { err = e; told++ }))
	require.Equal(w.t, 1, told)
	return err
}

func (w *world) kickUser(account string) error {
	return w.rule(account, func(done func(error)) core.Input { return core.KickUser{App: app, Account: account, Done: done} })
}

func (w *world) kickFrom(channel, account string) error {
	return w.rule(channel, func(done func(error)) core.Input {
		return core.KickFromChannel{App: app, Channel: channel, Account: account, Done: done}
	})
}

func (w *world) system(to, text string) error {
	return w.rule(to, func(done func(error)) core.Input {
		return core.SendSystem{App: app, To: to, Text: text, TTL: time.Minute, Done: done}
	})
}

func (w *world) systemIn(channel, text string) error {
	return w.rule(channel, func(done func(error)) core.Input {
		return core.SendSystemChannel{App: app, Channel: channel, Text: text, Done: done}
	})
}

func TestKickUser(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceWeb)
		a.join("room")
		b.join("room")
		a.take()
		require.ErrorIs(w.t, w.kickUser("nobody"), core.ErrNotFound)
		require.NoError(w.t, w.kickUser("bob"))
		b.expect("close removed", "closed 1000")
		a.expect("room/3 user_leave bob")
		require.ErrorIs(w.t, w.kickUser("bob"), core.ErrNotFound)
		b, ok := b.resume(wire.LineLogin{})
		assert.False(w.t, ok)
		assert.Equal(w.t, "removed", b.ret.Get("reason").Text())
		assert.True(w.t, b.login(wire.Login{AppID: app, Account: "bob", Device: wire.DeviceWeb}), "the account is not locked out")

		a.down() // one whose socket is away finds out when it comes back
		require.NoError(w.t, w.kickUser("alice"))
		back, ok := a.resume(wire.LineLogin{})
		assert.False(w.t, ok)
		assert.Equal(w.t, "removed", back.ret.Get("reason").Text())
		assert.Zero(w.t, w.num(b, "room"))
		w.wait(130 * time.Second)
		back, _ = a.resume(wire.LineLogin{})
		assert.Equal(w.t, "LineInvalid", back.ret.Get("reason").Text())
		w.step(core.Owner(app, "bob", len(w.cores)), core.KickUser{App: app, Account: "bob"})
		b.expect("close removed", "closed 1000")
	})
}

func TestCloseApp(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceWeb)
		z, _ := w.tryLogin(wire.Login{AppID: "other", Account: "zoe", Device: wire.DeviceGo})
		b.join("room")
		total := 0
		for i := range w.cores {
			w.step(i, core.CloseApp{App: app, Done: func(n int) { total += n }})
			w.step(i, core.CloseApp{App: "no such app"})
		}
		assert.Equal(w.t, 2, total)
		a.expect("close removed", "closed 1000")
		b.expect("close removed", "closed 1000")
		z.nothing()
		assert.Equal(w.t, 1, w.sessions())
	})
}

func TestKickFromChannel(t *testing.T) {
	each(t, func(w *world) {
		a, b, p := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo), w.login("pat", wire.DeviceWeb)
		for _, c := range []*client{a, b, p} {
			c.join("room")
			c.take()
		}
		a.take()
		b.take()
		require.ErrorIs(w.t, w.kickFrom("room", "nobody"), core.ErrNotFound)
		require.ErrorIs(w.t, w.kickFrom("nowhere", "alice"), core.ErrNotFound)
		require.NoError(w.t, w.kickFrom("room", "pat"))
		p.nothing() // original clients have no word for it
		require.NoError(w.t, w.kickFrom("room", "bob"))
		b.expect("room/4 user_leave pat", "kicked from room")
		a.expect("room/4 user_leave pat", "room/5 user_leave bob")
		assert.Equal(w.t, 400, b.sayIn("room", "x"))
		assert.Equal(w.t, 600, b.code(wire.FnLeave, "name", "room"))
		a.sayIn("room", "x")
		b.nothing()
		assert.Equal(w.t, []string{"bob", "alice"}, members(b.join("room")), "it may join again")
		require.ErrorIs(w.t, w.kickFrom("room", "pat"), core.ErrNotFound)
	})
}

func TestKickedFromAChannelWhileAway(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		a.join("room")
		a.down()
		require.NoError(w.t, w.kickFrom("room", "alice"))
		for range 2 { // the answer may get lost as well
			a, _ = a.resume(wire.LineLogin{Resume: true, Channel: "room", MsgID: 1})
			assert.Equal(w.t, "room", a.ret.Get("channel_kicked").Text())
			assert.Empty(w.t, a.ret.Get("channel").Text())
			a.nothing()
		}
		a.join("other")
		a, _ = a.resume(wire.LineLogin{})
		assert.Nil(w.t, a.ret.Get("channel_kicked"))
	})
}

// What a member does at the same time as it is thrown out.
func TestKickedFromAChannelOnTheWay(t *testing.T) {
	away := func(prefix string) string { // of a Core that is not alice's
		for i := 0; ; i++ {
			if name := fmt.Sprint(prefix, i); core.Owner(app, name, 3) != core.Owner(app, "alice", 3) {
				return name
			}
		}
	}
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	name, other := away("room"), away("other")
	meanwhile := func(fn, channel string) { // the kick comes first where the channel is
		a.join(name)
		a.take()
		w.held = true
		w.step(core.Owner(app, name, 3), core.KickFromChannel{App: app, Channel: name, Account: "alice"})
		a.post(fn, "name", channel)
		w.deliver()
	}

	meanwhile(wire.FnLeave, name)
	a.expect(fmt.Sprintf("ret %d 600", a.id))
	meanwhile(wire.FnJoin, other)
	a.expect("kicked from "+name, fmt.Sprintf("ret %d 0", a.id))
	assert.Zero(t, a.sayIn(other, "x"))
	a.take()
	meanwhile(wire.FnJoin, name)
	a.expect("kicked from "+name, fmt.Sprintf("ret %d 0", a.id))
	assert.Zero(t, a.sayIn(name, "x"))
	a.take()
	meanwhile(wire.FnJoin, userOnline)
	a.expect(fmt.Sprintf("ret %d 300", a.id), "kicked from "+name)
	assert.Equal(t, 400, a.sayIn(name, "x"))

	a.join(name)
	a.take()
	w.held = true
	a.post(wire.FnLogout)
	w.step(core.Owner(app, name, 3), core.KickFromChannel{App: app, Channel: name, Account: "alice"})
	w.deliver()
	a.expect(fmt.Sprintf("ret %d 0", a.id), "closed 1000")
}

func TestKickThatMissesTheJoin(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	name := elsewhere(w, a.core)
	a.join(name)
	w.held = true
	w.step(core.Owner(app, name, 3), core.KickFromChannel{App: app, Channel: name, Account: "alice"})
	a.down()
	n := w.login("alice", wire.DeviceGo) // its session is another one
	w.deliver()
	n.nothing()
}

func TestSystemMessages(t *testing.T) {
	eachWith(t, core.Limits{Messages: 2, Accounts: 3}, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		require.NoError(w.t, w.system("alice", "hello"))
		f := a.frames[a.seen]
		assert.Equal(w.t, fmt.Sprintf("msg-v2 - alice - instant %d hello", w.now.UnixMilli()), f.Line)
		a.expect("#1 - hello")

		require.NoError(w.t, w.system("frank", "first"))
		require.NoError(w.t, w.system("frank", "second"))
		require.ErrorIs(w.t, w.system("frank", "third"), core.ErrFull)
		w.step(core.Owner(app, "carol", len(w.cores)), core.SendSystem{App: app, To: "carol", Text: "kept for a day"})
		var bad *wire.Invalid
		require.ErrorAs(w.t, w.system("no account", "x"), &bad)
		require.ErrorAs(w.t, w.system("frank", strings.Repeat("x", 8197)), &bad)
		require.ErrorAs(w.t, w.systemIn("", "x"), &bad)
		require.ErrorAs(w.t, w.systemIn("room", "\xff"), &bad)
		w.at(time.Minute)
		_, msgs := w.login("frank", wire.DeviceGo).poll(0)
		assert.Empty(w.t, msgs)
		w.at(24*time.Hour - 1)
		_, msgs = w.login("carol", wire.DeviceGo).poll(0)
		assert.Equal(w.t, []string{"#1 - kept for a day"}, msgs)

		require.ErrorIs(w.t, w.systemIn("room", "x"), core.ErrNotFound)
		require.ErrorIs(w.t, w.systemIn(userOnline, "x"), core.ErrNotFound)
		a.join("room")
		a.take()
		for i := range 300 { // no rate holds it back
			require.NoError(w.t, w.systemIn("room", "hear"))
			assert.Equal(w.t, []string{fmt.Sprintf("room/%d msg - hear", i+2)}, a.take())
		}
	})
	w := newWorld(t, 1, core.Limits{Accounts: 1})
	w.login("alice", wire.DeviceGo)
	require.ErrorIs(t, w.system("frank", "x"), core.ErrFull)
}

func TestLists(t *testing.T) {
	w := newWorld(t, 1, core.Limits{})
	for _, name := range []string{"dora", "alice", "carol", "bob", "eve"} {
		c := w.login(name, wire.DeviceGo)
		if name == "carol" {
			c.join("room")
			c.setIn("room", "n", "v")
			c.setIn("empty", "n", "v")
		}
		if name == "dora" {
			c.down()
		}
	}
	_, ok := w.tryLogin(wire.Login{AppID: "other", Account: "zoe", Device: wire.DeviceWeb})
	require.True(t, ok)
	sessions := func(after string, limit int) (page []core.SessionInfo, more bool) {
		w.step(0, core.ListSessions{App: app, After: after, Limit: limit, Done: func(p []core.SessionInfo, m bool) { page, more = p, m }})
		return page, more
	}
	page, more := sessions("", 2)
	assert.Equal(t, []core.SessionInfo{{"alice", wire.DeviceGo, "", true}, {"bob", wire.DeviceGo, "", true}}, page)
	assert.True(t, more)
	page, more = sessions("bob", 2)
	assert.Equal(t, []core.SessionInfo{{"carol", wire.DeviceGo, "room", true}, {"dora", wire.DeviceGo, "", false}}, page)
	assert.True(t, more)
	page, more = sessions("dora", 1)
	assert.Equal(t, []core.SessionInfo{{"eve", wire.DeviceGo, "", true}}, page)
	assert.False(t, more)
	page, _ = sessions("", 0)
	assert.Len(t, page, 5)

	var rooms []core.ChannelInfo
	w.step(0, core.ListChannels{App: app, Done: func(p []core.ChannelInfo, m bool) { rooms, more = p, m }})
	assert.Equal(t, []core.ChannelInfo{{"empty", 0, 1}, {"room", 1, 1}}, rooms)
	assert.False(t, more)
}

func TestListsOfMany(t *testing.T) {
	w := newWorld(t, 1, core.Limits{})
	for i := range core.MaxList + 500 {
		w.login(fmt.Sprintf("user%04d", (i*7)%(core.MaxList+500)), python)
	}
	var got []string
	for after, more := "", true; more; after = got[len(got)-1] {
		w.step(0, core.ListSessions{App: app, After: after, Limit: core.MaxList + 1, Done: func(page []core.SessionInfo, m bool) {
			for _, s := range page {
				got = append(got, s.Account)
			}
			more = m
		}})
	}
	require.Len(t, got, core.MaxList+500)
	for i, name := range got {
		require.Equal(t, fmt.Sprintf("user%04d", i), name)
	}
}

func TestObserve(t *testing.T) {
	var seen []string
	cfg := core.Config{Observe: func(e core.Event) {
		name := []string{"", "login", "logout", "join", "leave", "message"}[e.Kind]
		seen = append(seen, strings.Join(strings.Fields(fmt.Sprintf("%d %s %s %s %s %s %s %d",
			e.At.Unix()%1000, name, e.App+":"+e.Account, e.Device, e.End, e.Channel, e.Peer, e.Bytes)), " "))
	}}
	eachOf(t, cfg, func(w *world) {
		seen = nil
		expect := func(want ...string) {
			w.t.Helper()
			assert.Equal(w.t, want, seen)
			seen = nil
		}
		a := w.login("alice", wire.DeviceGo)
		w.login("bob", wire.DeviceWeb)
		expect("0 login app:alice gosdk 0", "0 login app:bob websdk 0")
		a.join("room")
		a.join("room")
		expect("0 join app:alice room 0")
		a.sayIn("room", "secret")
		a.say("bob", "very secret")
		for range 2 {
			a.ok(wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", "x", "messageID", "k")
		}
		expect("0 message app:alice room 6", "0 message app:alice bob 11", "0 message app:alice bob 1")
		require.NoError(w.t, w.systemIn("room", "four"))
		require.NoError(w.t, w.system("bob", "five."))
		expect("0 message app: room 4", "0 message app: bob 5")
		w.login("bob", wire.DeviceWeb)
		expect("0 logout app:bob websdk kick 0", "0 login app:bob websdk 0")
		require.NoError(w.t, w.kickUser("bob"))
		expect("0 logout app:bob websdk removed 0")
		w.wait(7 * time.Second)
		a.down()
		w.wait(120 * time.Second)
		expect("127 logout app:alice gosdk expired 0", "127 leave app:alice room 0")
		w.login("bob", wire.DeviceWeb).ok(wire.FnLogout)
		expect("127 login app:bob websdk 0", "127 logout app:bob websdk logout 0")
	})
}
