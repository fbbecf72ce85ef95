package core_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// passed makes calls until one is refused, which must be for coming too often, and returns how many were not.
func passed(w *world, code int, call func(i int) wire.Value) int {
	w.t.Helper()
	for i := range 5000 {
		ret := call(i)
		if got := codeOf(ret); got != 0 {
			require.Equal(w.t, code, got)
			require.Equal(w.t, "RateLimited", ret.Get("reason").Text())
			return i
		}
	}
	w.t.Fatal("no limit")
	return 0
}

func (c *client) set(attr, value string) wire.Value {
	return c.call(wire.FnChannelSetAttr, "channel", "room", "name", attr, "value", value)
}

func (c *client) tell() wire.Value {
	return c.call(wire.FnChannelSend, "name", "room", "msg", "x")
}

func TestUserSendsSixtyMessagesASecond(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		a.join("room")
		either := func(i int) wire.Value { // instant and channel messages together
			if i%2 == 0 {
				return a.say("bob", "x")
			}
			return a.tell()
		}
		assert.Equal(w.t, 60, passed(w, 400, either), "a burst of one second's worth")
		assert.Equal(w.t, 400, codeOf(a.tell()))
		assert.Len(w.t, b.take(), 30, "nothing that was refused is delivered")
		assert.Zero(w.t, codeOf(b.say("alice", "x")), "others are not concerned")

		w.wait(500 * time.Millisecond)
		assert.Equal(w.t, 30, passed(w, 400, either))
		w.wait(time.Second / 60)
		assert.Equal(w.t, 1, passed(w, 400, either))
		w.wait(time.Second)
		assert.Equal(w.t, 60, passed(w, 400, either))
		w.wait(time.Hour)
		assert.Equal(w.t, 60, passed(w, 400, either), "no more than one second's worth is saved up")
	})
}

func TestLoggingInAgainIsNoWayAroundTheRate(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceWeb)
		say := func(int) wire.Value { return a.sayFor("bob", "x", 0) }
		assert.Equal(w.t, 60, passed(w, 400, say))
		a.ok(wire.FnLogout)
		a = w.login("alice", wire.DeviceWeb)
		assert.Equal(w.t, 0, passed(w, 400, say))
		a.ok(wire.FnLogout)
		assert.Equal(w.t, 1, w.accounts())
		w.at(time.Second)
		assert.Zero(w.t, w.accounts(), "and then it is forgotten")
	})
}

func TestChannelTakesTwoHundredMessagesASecond(t *testing.T) {
	each(t, func(w *world) {
		w.login("listener", wire.DeviceGo).join("room")
		var senders []*client
		for i := range 12 {
			c := w.login("user"+strconv.Itoa(i), wire.DeviceWeb)
			c.join("room")
			senders = append(senders, c)
		}
		send := func(i int) wire.Value { return senders[i%len(senders)].tell() }
		assert.Equal(w.t, 200, passed(w, 400, send))
		assert.Equal(w.t, 400, senders[0].code(wire.FnChannelSend, "name", "room", "msg", "x", "force", "=true"))
		assert.Zero(w.t, codeOf(senders[0].say("listener", "x")), "instant messages are not the channel's")
		w.at(time.Second)
		assert.Equal(w.t, 200, passed(w, 400, send))
	})
}

func TestSendLimitOfAChannel(t *testing.T) {
	eachWith(t, core.Limits{UserMessagesPerSecond: -1, CallsPerSecond: -1}, func(w *world) {
		a := w.login("alice", wire.DeviceWeb)
		a.join("room")
		send := func(int) wire.Value {
			a.frames, a.seen = nil, 0
			return a.tell()
		}
		for _, limit := range []int{1, 3, 1000} {
			w.wait(time.Second)
			assert.Zero(w.t, a.setIn("room", "_sendmsg_limit", strconv.Itoa(limit)))
			assert.Equal(w.t, limit, passed(w, 400, send))
		}
		w.wait(time.Second)
		assert.Zero(w.t, a.code(wire.FnChannelDelAttr, "channel", "room", "name", "_sendmsg_limit"))
		assert.Equal(w.t, 200, passed(w, 400, send))
		for _, bad := range []string{"0", "-1", "1001", "1.5", " 1", "+1", "", "x"} {
			assert.Equal(w.t, 1004, a.setIn("room", "_sendmsg_limit", bad), bad)
			assert.Equal(w.t, 1004, a.setIn("room", "_setattr_limit", bad), bad)
		}
	})
}

func TestTenChangesASecondPerAttribute(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		a.join("room")
		change := func(c *client, name string) func(i int) wire.Value {
			return func(i int) wire.Value { return c.set(name, strconv.Itoa(i)) }
		}
		assert.Equal(w.t, 10, passed(w, 1001, change(a, "n")))
		a.expect("room/2 attr_update alice update n=0", "room/3 attr_update alice update n=1",
			"room/4 attr_update alice update n=2", "room/5 attr_update alice update n=3",
			"room/6 attr_update alice update n=4", "room/7 attr_update alice update n=5",
			"room/8 attr_update alice update n=6", "room/9 attr_update alice update n=7",
			"room/10 attr_update alice update n=8", "room/11 attr_update alice update n=9")
		assert.Equal(w.t, 1001, b.setIn("room", "n", "x"), "whoever sets it")
		assert.Equal(w.t, 1001, b.code(wire.FnChannelDelAttr, "channel", "room", "name", "n"))
		a.nothing()
		assert.Equal(w.t, 10, passed(w, 1001, change(b, "other")), "each attribute for itself")

		clearing := func(int) wire.Value { return a.call(wire.FnChannelClear, "channel", "room") }
		for range 12 {
			assert.Zero(w.t, codeOf(clearing(0)), "what changes nothing is not counted")
			assert.Zero(w.t, a.code(wire.FnChannelDelAttr, "channel", "room", "name", "n"))
		}
		for i := range 9 {
			assert.Zero(w.t, a.setIn("room", "fresh"+strconv.Itoa(i), "v"))
			assert.Zero(w.t, codeOf(clearing(0)))
		}
		assert.Zero(w.t, a.setIn("room", "last", "v"))
		assert.Equal(w.t, 1001, codeOf(clearing(0)))

		w.at(100 * time.Millisecond)
		assert.Equal(w.t, 1, passed(w, 1001, change(a, "n")))
		w.at(1100 * time.Millisecond)
		assert.Equal(w.t, 10, passed(w, 1001, change(a, "n")))
	})
}

func TestSetLimitOfAChannel(t *testing.T) {
	eachWith(t, core.Limits{CallsPerSecond: -1}, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		change := func(int) wire.Value { return a.set("n", "v") }
		for i := range 50 { // the limits' own attributes have none
			require.Zero(w.t, a.setIn("room", "_setattr_limit", strconv.Itoa(i+1)))
			require.Zero(w.t, a.setIn("room", "_sendmsg_limit", strconv.Itoa(i+1)))
		}
		assert.Equal(w.t, 50, passed(w, 1001, change))
		w.wait(time.Second)
		require.Zero(w.t, a.setIn("room", "_setattr_limit", "1"))
		assert.Equal(w.t, 1, passed(w, 1001, change))
		w.wait(time.Second - 1)
		assert.Equal(w.t, 0, passed(w, 1001, change))
		w.wait(1)
		assert.Equal(w.t, 1, passed(w, 1001, change))
		require.Zero(w.t, a.code(wire.FnChannelDelAttr, "channel", "room", "name", "_setattr_limit"))
		w.wait(time.Second)
		assert.Equal(w.t, 10, passed(w, 1001, change))
	})
}

func TestThousandAttributeEventsASecondPerChannel(t *testing.T) {
	eachWith(t, core.Limits{CallsPerSecond: -1, Attrs: -1, AttrBytes: -1}, func(w *world) {
		a := w.login("alice", wire.DeviceWeb)
		change := func(i int) wire.Value { return a.set("n"+strconv.Itoa(i), "v") }
		assert.Equal(w.t, 1000, passed(w, 1001, change))
		assert.Equal(w.t, 1001, a.code(wire.FnChannelDelAttr, "channel", "room", "name", "n1"))
		assert.Zero(w.t, a.setIn("room", "_setattr_limit", "5"), "exempt")
		assert.Zero(w.t, a.setIn("another room", "n", "v"))
		w.wait(time.Second)
		assert.Equal(w.t, 1000, passed(w, 1001, change))
		a.ok(wire.FnLogout)
		w.wait(time.Second)
		for _, c := range w.cores { // what is left is the time that the channels have
			if at, ok := c.Next(); ok {
				assert.Equal(w.t, w.start.Add(2*time.Hour), at)
			}
		}
	})
}

func TestTwoHundredCallsASecondPerSession(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		ask := func(int) wire.Value { return a.call(wire.FnQueryStatus, "account", "bob") }
		assert.Equal(w.t, 200, passed(w, 1001, ask))
		assert.Equal(w.t, 400, codeOf(a.say("bob", "x")), "of a message the code is its own")
		assert.Equal(w.t, 400, codeOf(a.tell()))
		assert.Equal(w.t, 1001, a.code("no such function"))
		for range 300 {
			a.ok(wire.FnGetMsg, "ver_clear", "=0") // a session in good standing is never refused
		}
		assert.Zero(w.t, b.code(wire.FnQueryStatus, "account", "alice"))
		w.wait(500 * time.Millisecond)
		assert.Equal(w.t, 100, passed(w, 1001, ask))
		a.ok(wire.FnLogout)

		for range 300 {
			b.ok(wire.FnGetMsg, "ver_clear", "=0") // nor are polls charged
		}
		a = b
		assert.Equal(w.t, 200, passed(w, 1001, ask))
	})
}

func TestACallSentAgainIsNotCharged(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		a.join("room")
		b.join("room")
		instant := []string{"peer", "bob", "flag", "v1:E:60", "t", "instant", "content", "x", "messageID", "k1"}
		channel := []string{"name", "room", "msg", "x", "msgID", "k1"}
		a.ok(wire.FnSendMsg, instant...)
		a.ok(wire.FnChannelSend, channel...)
		a.ok(wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", "x")
		first := a.id
		b.take()
		for range 300 { // by its number
			a.postAs(first, wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", "x")
		}
		for range 300 { // by its key
			a.ok(wire.FnSendMsg, instant...)
			a.ok(wire.FnChannelSend, channel...)
		}
		say := func(int) wire.Value { return a.say("bob", "x") }
		assert.Equal(w.t, 57, passed(w, 400, say))
		assert.Len(w.t, b.take(), 57)

		// And it is not refused when nothing else would pass.
		a.ok(wire.FnSendMsg, instant...)
		a.ok(wire.FnChannelSend, channel...)
		again := w.login("alice", wire.DeviceGo)
		again.ok(wire.FnSendMsg, instant...)
		again.join("room")
		again.ok(wire.FnChannelSend, channel...)
		b.take()

		// New ones are, whatever their keys.
		fresh := func(kv ...string) wire.Value { return again.call(kv[0], kv[1:]...) }
		for _, ret := range []wire.Value{
			fresh(wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", "x", "messageID", "k2"),
			fresh(wire.FnSendMsg, "peer", "nobody", "flag", "v1:E:60", "t", "instant", "content", "x", "messageID", "k2"),
			fresh(wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", "x", "messageID", "k\x00"),
			fresh(wire.FnChannelSend, "name", "room", "msg", "x", "msgID", "k2"),
			fresh(wire.FnChannelSend, "name", "nowhere", "msg", "x", "msgID", "k2", "force", "=true"),
		} {
			assert.Equal(w.t, 400, codeOf(ret))
			assert.Equal(w.t, "RateLimited", ret.Get("reason").Text())
		}
		b.nothing()
		assert.Equal(w.t, 2, w.accounts())
		w.wait(time.Second)
		assert.Zero(w.t, codeOf(fresh(wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", "x", "messageID", "k2")),
			"what was refused for the rate may be sent again")
	})
}

func TestWhatAChannelRefusedForTheRateMayBeSentAgain(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		a.join("room")
		require.Zero(w.t, a.setIn("room", "_sendmsg_limit", "1"))
		send := func(key string) int {
			return a.code(wire.FnChannelSend, "name", "room", "msg", key, "msgID", key)
		}
		assert.Zero(w.t, send("k1"))
		assert.Zero(w.t, send("k1"), "it came before")
		assert.Equal(w.t, 400, send("k2"))
		w.wait(time.Second)
		assert.Zero(w.t, send("k2"))
		a.expect("room/2 attr_update alice update _sendmsg_limit=1", "room/3 msg alice k1", "room/4 msg alice k2")
	})
}

func TestNoRates(t *testing.T) {
	none := core.Limits{
		UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, AttrChangesPerSecond: -1, CallsPerSecond: -1, AttrEventsPerSecond: -1,
	}
	w := newWorld(t, 1, none)
	a := w.login("alice", wire.DeviceWeb)
	a.join("room")
	for range 1500 {
		require.Zero(t, a.setIn("room", "n", "v"))
		require.Zero(t, a.sayIn("room", "x"))
		a.frames, a.seen = nil, 0
	}
	some := core.Limits{
		UserMessagesPerSecond: 7, ChannelMessagesPerSecond: 5, AttrChangesPerSecond: 3, CallsPerSecond: 30, AttrEventsPerSecond: 4,
	}
	w = newWorld(t, 1, some)
	a = w.login("alice", wire.DeviceWeb)
	a.join("room")
	assert.Equal(t, 5, passed(w, 400, func(int) wire.Value { return a.tell() }))
	assert.Equal(t, 1, passed(w, 400, func(int) wire.Value { return a.say("bob", "x") }), "the channel's refusals were sent too")
	assert.Equal(t, 3, passed(w, 1001, func(int) wire.Value { return a.set("a", "x") }))
	assert.Equal(t, 1, passed(w, 1001, func(int) wire.Value { return a.set("b", "x") }))
}
