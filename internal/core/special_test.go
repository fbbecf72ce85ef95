package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

const (
	userOnline    = wire.ChannelUserOnline
	channelEvents = wire.ChannelEvents
)

// watching lets the accounts that begin with w watch.
func watching(_, account string) bool { return account[0] == 'w' }

func (w *world) report(channel string, n int, what, account, about string) string {
	return fmt.Sprintf(`%s/%d msg %s {"event":%q,"account":%q,"channel":%q,"ts":%d}`,
		channel, n, account, what, account, about, w.now.UnixMilli())
}

func TestUserOnline(t *testing.T) {
	eachOf(t, core.Config{MayWatch: watching}, func(w *world) {
		w.wait(time.Second)
		watcher, other := w.login("watcher", wire.DeviceGo), w.login("w2", wire.DeviceWeb)
		ret := watcher.join(userOnline)
		assert.Equal(w.t, []string{"watcher"}, members(ret))
		assert.Equal(w.t, 0, number(w.t, ret.Get("msgid")))
		other.join(userOnline)
		watcher.nothing() // neither reports its own joins

		a := w.login("alice", wire.DeviceGo)
		watcher.expect(w.report(userOnline, 1, "online", "alice", ""))
		other.expect(w.report(userOnline, 1, "online", "alice", ""))
		a.join("room")
		a = w.login("alice", wire.DeviceGo) // a takeover is no event
		watcher.nothing()
		a.down()
		a, _ = a.resume(wire.LineLogin{})
		watcher.nothing()
		a.down()
		w.wait(120*time.Second - 1)
		watcher.nothing()
		w.wait(1)
		watcher.expect(w.report(userOnline, 2, "offline", "alice", ""))
		a = w.login("alice", wire.DeviceGo)
		watcher.expect(w.report(userOnline, 3, "online", "alice", ""))
		a.ok(wire.FnLogout)
		watcher.expect(w.report(userOnline, 4, "offline", "alice", ""))
		other.take()
		watcher.ok(wire.FnLogout)
		other.expect(w.report(userOnline, 5, "offline", "watcher", ""))
		other.ok(wire.FnLeave, "name", userOnline)
		assert.Equal(w.t, 0, w.num(other, userOnline))

		// Other apps are none of its business.
		other.join(userOnline)
		_, ok := w.tryLogin(wire.Login{AppID: "other app", Account: "zoe", Device: wire.DeviceGo})
		require.True(w.t, ok)
		other.nothing()
	})
}

func TestChannelEvents(t *testing.T) {
	eachOf(t, core.Config{MayWatch: watching}, func(w *world) {
		watcher := w.login("watcher", wire.DeviceWeb)
		watcher.join("lobby")
		watcher.join(channelEvents) // which leaves the ordinary one
		watcher.expect(w.report(channelEvents, 1, "leave", "watcher", "lobby"))
		a, b, v := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo), w.login("w2", wire.DeviceGo)
		v.join(userOnline)
		v.ok(wire.FnLeave, "name", userOnline)
		v.join(channelEvents)
		watcher.nothing()
		a.join("room")
		watcher.expect(w.report(channelEvents, 2, "join", "alice", "room"))
		a.join("room")
		watcher.nothing()
		require.Zero(w.t, a.setIn("room", "_userNotification", "0"))
		a.take()
		b.join("room")
		watcher.expect(w.report(channelEvents, 3, "join", "bob", "room"))
		b.ok(wire.FnLeave, "name", "room")
		watcher.expect(w.report(channelEvents, 4, "leave", "bob", "room"))
		a.nothing() // in the room itself nobody is told
		a.ok(wire.FnLogout)
		watcher.expect(w.report(channelEvents, 5, "leave", "alice", "room"))

		// What is missed while the socket is away comes with the resume, as in any channel.
		v.take()
		v.down()
		b.join("room")
		v, _ = v.resume(wire.LineLogin{Resume: true, Channel: channelEvents, MsgID: 5})
		v.expect(w.report(channelEvents, 6, "join", "bob", "room"))
	})
}

func TestSpecialChannelsAreReadOnly(t *testing.T) {
	eachOf(t, core.Config{MayWatch: watching, Limits: core.Limits{CallsPerSecond: -1}}, func(w *world) {
		watcher, a := w.login("watcher", wire.DeviceWeb), w.login("alice", wire.DeviceGo)
		a.join("room")
		for _, special := range []string{userOnline, channelEvents} {
			assert.Equal(w.t, 300, a.code(wire.FnJoin, "name", special))
			assert.Zero(w.t, a.sayIn("room", "x"), "it stays where it was")
			watcher.join(special)
			for _, c := range []*client{watcher, a} {
				assert.Equal(w.t, 400, c.sayIn(special, "x"))
				assert.Equal(w.t, 400, c.code(wire.FnChannelSend, "name", special, "msg", "x", "force", "=true"))
				assert.Equal(w.t, 1004, c.setIn(special, "n", "v"))
				assert.Equal(w.t, 1004, c.setIn(special, "_channel_ttl", "0"))
				assert.Equal(w.t, 1004, c.delIn(special, "n"))
				assert.Equal(w.t, 1004, c.code(wire.FnChannelClear, "channel", special))
			}
			assert.Equal(w.t, 1, w.num(a, special), "queries work")
			assert.Equal(w.t, []string{"watcher"}, members(a.ok(wire.FnQueryList, "name", special)))
			assert.Equal(w.t, 1, number(w.t, a.ok(wire.FnQueryIsIn, "name", special, "account", "watcher").Get("isin")))
		}
		watcher.nothing()
	})
	each(t, func(w *world) { // nobody may by default
		assert.Equal(w.t, 300, w.login("watcher", wire.DeviceGo).code(wire.FnJoin, "name", userOnline))
		assert.Zero(w.t, w.channels())
	})
}

// Reports cost nothing when nobody watches, and a special channel that nobody is in is as good as none.
func TestNobodyWatches(t *testing.T) {
	eachOf(t, core.Config{MayWatch: watching}, func(w *world) {
		watcher := w.login("watcher", wire.DeviceGo)
		for range 2 {
			watcher.join(userOnline)
			assert.Equal(w.t, 1, w.channels())
			watcher.ok(wire.FnLeave, "name", userOnline)
			assert.Zero(w.t, w.channels())
			w.held = true
			a := w.login("alice", wire.DeviceGo)
			a.ok(wire.FnLogout)
			assert.Empty(w.t, w.pairs)
			w.deliver()
		}
		watcher.nothing()
	})
}
