package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

func (c *client) delIn(name, attr string) int {
	c.w.t.Helper()
	return c.code(wire.FnChannelDelAttr, "channel", name, "name", attr)
}

func TestValuesOfBuiltinAttributes(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceWeb)
		a.join("room")
		for _, tt := range []struct {
			name      string
			good, bad []string
		}{
			{"_userNotification", []string{"0", "1"}, []string{"", "2", "-1", "00", "true", " 0"}},
			{"_channel_ttl", []string{"0", "7200", "2592000"}, []string{"", "-1", "2592001", "1.5", "1e3", "+1", "1 ", "x"}},
			{"_auto_update_num", []string{"0", "1", "3600"}, []string{"", "-1", "3601", "0.5", "+1", "1s"}},
			{"_auto_update_total_num", []string{"0", "1", "3600"}, []string{"", "-1", "3601", "0.5", "+1", "1s"}},
			{"_member_num", nil, []string{"", "0", "1", "x"}},
			{"_total_member_num", nil, []string{"", "0", "1", "x"}},
			{"_of_ones_own", []string{"", "anything"}, nil},
		} {
			w.wait(time.Second)
			for _, v := range tt.good {
				assert.Zero(w.t, a.setIn("room", tt.name, v), "%s=%s", tt.name, v)
			}
			a.take()
			for _, v := range tt.bad {
				assert.Equal(w.t, 1004, a.setIn("room", tt.name, v), "%s=%s", tt.name, v)
			}
			a.nothing()
			want := 0
			if tt.good == nil {
				want = 1004
			}
			assert.Equal(w.t, want, a.delIn("room", tt.name))
			a.take()
		}
		assert.Equal(w.t, 1004, a.delIn("nowhere", "_member_num"))
	})
}

func TestWithoutUserNotification(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		a.join("room")
		require.Zero(w.t, a.setIn("room", "_userNotification", "0"))
		a.expect("room/2 attr_update alice update _userNotification=0")
		b := w.login("bob", wire.DeviceWeb)
		ret := b.join("room")
		assert.Equal(w.t, 2, number(w.t, ret.Get("msgid")), "a join is no event and has no number")
		assert.Equal(w.t, `{"_userNotification":"0"}`, string(ret.Get("attrs")))
		assert.Equal(w.t, []string{"bob", "alice"}, members(ret))
		a.nothing()
		b.ok(wire.FnLeave, "name", "room")
		a.nothing()

		a.ok(wire.FnChannelClear, "channel", "room")
		a.nothing()
		b.join("room")
		a.nothing() // it survives clear
		require.Zero(w.t, a.delIn("room", "_userNotification"))
		a.expect("room/3 attr_update alice del _userNotification=")
		b.ok(wire.FnLogout)
		a.expect("room/4 user_leave bob")
		require.Zero(w.t, a.setIn("room", "_userNotification", "0"))
		require.Zero(w.t, a.setIn("room", "_userNotification", "1"))
		a.take()
		w.login("carol", wire.DeviceGo).join("room")
		a.expect("room/7 user_join carol")
	})
}

func TestMemberNum(t *testing.T) {
	each(t, func(w *world) {
		a, b, d := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo), w.login("dave", wire.DeviceGo)
		ret := a.join("room")
		assert.Equal(w.t, `{}`, string(ret.Get("attrs")), "shown only while it is kept")
		require.Zero(w.t, a.setIn("room", "_userNotification", "0"))
		require.Zero(w.t, a.setIn("room", "_auto_update_num", "5"))
		a.take()
		w.at(17 * time.Second)
		a.nothing() // nobody came or went

		ret = b.join("room")
		assert.Equal(w.t, `{"_auto_update_num":"5","_member_num":"2","_userNotification":"0"}`, string(ret.Get("attrs")))
		assert.Equal(w.t, 3, number(w.t, ret.Get("msgid")))
		d.join("room")
		b.ok(wire.FnLeave, "name", "room")
		b.join("room")
		w.at(20*time.Second - 1)
		a.nothing()
		w.at(20 * time.Second)
		a.expect("room/4 attr_update - update _member_num=3") // once for all of them
		b.expect("room/4 attr_update - update _member_num=3")
		w.at(40 * time.Second)
		a.nothing()

		b.join("room") // again: no change
		w.at(60 * time.Second)
		a.nothing()
		b.ok(wire.FnLogout)
		w.at(65*time.Second - 1)
		a.nothing()
		w.at(65 * time.Second)
		a.expect("room/5 attr_update - update _member_num=2")

		// The same value changes nothing, another one counts from now on.
		d.ok(wire.FnLeave, "name", "room")
		w.at(67 * time.Second)
		require.Zero(w.t, a.setIn("room", "_auto_update_num", "5"))
		a.take()
		w.at(70 * time.Second)
		a.expect("room/7 attr_update - update _member_num=1")
		d.join("room")
		w.at(71 * time.Second)
		require.Zero(w.t, a.setIn("room", "_auto_update_num", "2"))
		a.take()
		w.at(73*time.Second - 1)
		a.nothing()
		w.at(73 * time.Second)
		a.expect("room/9 attr_update - update _member_num=2")

		d.ok(wire.FnLeave, "name", "room")
		require.Zero(w.t, a.delIn("room", "_auto_update_num"))
		a.take()
		w.at(100 * time.Second)
		a.nothing()
		ret = a.join("room")
		assert.Equal(w.t, `{"_userNotification":"0"}`, string(ret.Get("attrs")))
	})
}

func TestTotalMemberNum(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		a.join("room")
		a.ok(wire.FnLeave, "name", "room")
		a.join("room")
		require.Zero(w.t, a.setIn("room", "_auto_update_total_num", "3"))
		b.join("room")
		a.take()
		w.at(10 * time.Second)
		a.nothing() // both must be on
		assert.Equal(w.t, `{"_auto_update_total_num":"3"}`, string(b.join("room").Get("attrs")))

		require.Zero(w.t, a.setIn("room", "_auto_update_num", "2"))
		a.take()
		assert.Equal(w.t, `{"_auto_update_num":"2","_auto_update_total_num":"3","_member_num":"2","_total_member_num":"3"}`,
			string(b.join("room").Get("attrs")), "joins ever")
		b.ok(wire.FnLeave, "name", "room")
		a.take()
		w.at(12 * time.Second)
		a.expect("room/8 attr_update - update _member_num=1")
		w.at(20 * time.Second)
		a.nothing() // nobody joined
		b.join("room")
		a.take()
		w.at(22 * time.Second)
		a.expect("room/10 attr_update - update _member_num=2", "room/11 attr_update - update _total_member_num=4")
		require.Zero(w.t, a.setIn("room", "_auto_update_num", "0"))
		b.ok(wire.FnLeave, "name", "room")
		b.join("room")
		a.take()
		w.at(60 * time.Second)
		a.nothing()
	})
}

// Nobody is left to be told, and the channel goes on counting when somebody comes.
func TestCountsOfAChannelThatWasEmpty(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		require.Zero(w.t, a.setIn("room", "_auto_update_num", "10"))
		require.Zero(w.t, a.setIn("room", "_auto_update_total_num", "10"))
		a.join("room")
		a.ok(wire.FnLeave, "name", "room")
		w.at(15 * time.Second)
		ret := a.join("room")
		assert.Equal(w.t, 5, number(w.t, ret.Get("msgid")))
		assert.Equal(w.t, `"2"`, string(ret.Get("attrs").Get("_total_member_num")))
		w.at(20 * time.Second)
		a.expect("room/6 attr_update - update _member_num=1", "room/7 attr_update - update _total_member_num=2")
	})
}
