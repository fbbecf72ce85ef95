package core_test

import (
	"fmt"
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

// lineByID reads a line of the dialect by id.
func lineByID(t *testing.T, text string) (id, line string) {
	t.Helper()
	f := strings.SplitN(text, " ", 3)
	require.Len(t, f, 3)
	require.Equal(t, "msg-v3", f[0])
	return f[1], "msg-v2 " + f[2]
}

// pushes returns what was pushed by id since the last time, in short, and the ids.
func (c *client) pushes() (ids, lines []string) {
	c.w.t.Helper()
	for _, frame := range c.byID {
		v, err := wire.ParseValue([]byte(frame))
		require.NoError(c.w.t, err)
		for notify := range v.Elements() {
			var kind, text wire.Value
			for e := range notify.Elements() {
				kind, text = text, e
			}
			if kind == nil {
				continue
			}
			require.Equal(c.w.t, "recvmsg_by_msgid", kind.Text())
			id, line := lineByID(c.w.t, text.Text())
			ids, lines = append(ids, id), append(lines, shortLine(line))
		}
	}
	c.byID = nil
	return ids, lines
}

// pollByID polls and returns what came, in short, and the ids.
func (c *client) pollByID(cleared ...string) (ids, lines []string) {
	c.w.t.Helper()
	ret := c.ok(wire.FnGetMsg2, "clear_msgs", "="+jsonArray(cleared), "max", "=30")
	require.True(c.w.t, ret.Get("msgs").IsArray())
	return c.msgsByID(ret)
}

func (c *client) msgsByID(ret wire.Value) (ids, lines []string) {
	c.w.t.Helper()
	for e := range ret.Get("msgs").Elements() {
		var pair []string
		for f := range e.Elements() {
			pair = append(pair, f.Text())
		}
		require.Len(c.w.t, pair, 2)
		id, line := lineByID(c.w.t, pair[1])
		require.Equal(c.w.t, pair[0], id)
		ids, lines = append(ids, id), append(lines, shortLine(line))
	}
	return ids, lines
}

func jsonArray(texts []string) string {
	b := []byte{'['}
	for i, s := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendString(b, s)
	}
	return string(append(b, ']'))
}

var dialectByID = core.Config{DialectByID: true, Limits: core.Limits{UserMessagesPerSecond: -1, CallsPerSecond: -1}}

func TestDialectByID(t *testing.T) {
	eachOf(t, dialectByID, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceWeb)
		assert.Equal(w.t, 1, number(w.t, b.ret.Get("config_msg_set")))
		assert.Equal(w.t, 0, number(w.t, b.ret.Get("config_inst_msg_with_msgid")))
		assert.Nil(w.t, a.ret.Get("config_msg_set"), "for web clients alone")
		a.say("bob", "hi there")
		b.expect("by id")
		pushed, lines := b.pushes()
		assert.Equal(w.t, []string{"alice hi there"}, lines)
		ids, _ := b.pollByID(pushed...)
		assert.Empty(w.t, ids)
		b.nothing() // all is cleared

		require.Zero(w.t, a.code(wire.FnInvite, "channelName", "room", "peer", "bob"))
		_, lines = b.pushes()
		assert.Equal(w.t, []string{"alice invite room"}, lines)
		b.take()
		b.join("room") // channel events are as ever
		a.join("room")
		a.sayIn("room", "x")
		b.expect("room/2 user_join alice", "room/3 msg alice x")

		assert.Equal(w.t, 1004, a.code(wire.FnGetMsg2), "no such function")
		assert.Equal(w.t, 1004, w.login("pat", python).code(wire.FnGetMsg2))
	})
	each(t, func(w *world) { // off by default
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceWeb)
		assert.Nil(w.t, b.ret.Get("config_msg_set"))
		assert.Nil(w.t, b.ret.Get("config_inst_msg_with_msgid"))
		a.say("bob", "x")
		b.expect("#1 alice x")
		assert.Equal(w.t, 1004, b.code(wire.FnGetMsg2))
	})
}

func TestPollByID(t *testing.T) {
	eachOf(t, dialectByID, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		for i := range 65 {
			a.say("bob", strconv.Itoa(i))
		}
		b := w.login("bob", wire.DeviceWeb)
		a.say("bob", "65")
		b.expect("msg 66") // not before the others
		seen := map[string]bool{}
		for n, want := range []int{30, 30, 6} {
			ids, lines := b.pollByID("nonsense", "id1.x", "other.1")
			require.Len(w.t, ids, want)
			for i, id := range ids {
				assert.False(w.t, seen[id])
				assert.Equal(w.t, fmt.Sprint("alice ", 30*n+i), lines[i])
				assert.NotContains(w.t, id, " ")
				seen[id] = true
			}
			b.expect("msg 66") // come again, so that the server knows that this has arrived
		}
		a.say("bob", "66")
		b.expect("by id")
		_, lines := b.pushes()
		assert.Equal(w.t, []string{"alice 66"}, lines)

		// A poll proves that the answer before has arrived, and nothing else: what was pushed since is kept.
		again := w.login("bob", wire.DeviceWeb)
		_, lines = again.pollByID()
		assert.Len(w.t, lines, 7)
		again.take()
		ids, _ := again.pollByID()
		assert.Empty(w.t, ids)
		again.nothing()
		_, lines = w.login("bob", wire.DeviceWeb).pollByID()
		assert.Empty(w.t, lines)
	})
}

func TestPollByIDOnANewSocket(t *testing.T) {
	eachOf(t, dialectByID, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceWeb)
		a.say("bob", "one")
		first, _ := b.pushes()
		b.pollByID()
		b.down() // the answer may not have arrived
		a.say("bob", "two")
		for range 2 {
			b, _ = b.resume(wire.LineLogin{Resume: true})
			assert.Equal(w.t, 1, number(w.t, b.ret.Get("config_msg_set")))
			b.expect("msg 2")
			ids, lines := b.pollByID()
			assert.Equal(w.t, []string{"alice one", "alice two"}, lines)
			assert.Equal(w.t, first[0], ids[0], "an id stays the same")
			b.take()
		}
		b.ok(wire.FnGetMsg2, "clear_msgs", "=7", "max", "=1000")
		b.nothing()
		b, _ = b.resume(wire.LineLogin{Resume: true})
		b.nothing()
		for i := range 3 {
			a.say("bob", strconv.Itoa(i))
		}
		// Another dialect takes over where this one left off.
		old := w.login("bob", python)
		_, msgs := old.poll(0)
		assert.Equal(w.t, []string{"#3 alice 0", "#4 alice 1", "#5 alice 2"}, msgs)
	})
}

// A web is a client that does as an original web client does with messages by id, with what it forgets and all.
type web struct {
	*client
	known   map[string]bool // ids that it has seen
	toClear []string
	polling int       // the call that it waits for; 0: none
	due     time.Time // when it polls to clear; zero: not
	heard   []string
}

func (w *world) web(account string) *web {
	v := &web{client: w.login(account, wire.DeviceWeb), known: map[string]bool{}}
	v.frames, v.seen = nil, 0
	v.poll()
	return v
}

func (v *web) poll() {
	if v.polling != 0 {
		return
	}
	v.due = time.Time{}
	v.polling = v.post(wire.FnGetMsg2, "clear_msgs", "="+jsonArray(v.toClear), "max", "=30")
}

func (v *web) hear(ids, lines []string) {
	for i, id := range ids {
		if !v.known[id] {
			v.known[id] = true
			v.heard = append(v.heard, lines[i])
		}
	}
}

// read handles the next frame, if there is one.
func (v *web) read() bool {
	if len(v.frames) == 0 {
		return false
	}
	f := v.frames[0]
	v.frames = v.frames[1:]
	switch {
	case f.Event == wire.EventCallRet && f.N == int64(v.polling):
		v.toClear = nil // also what was pushed since it asked
		v.hear(v.msgsByID(f.Ret))
		v.polling = 0
	case f.Kind == wire.NotifyMsg:
		v.poll()
	case f.Kind == wire.NotifyRecvByID:
		all := v.byID
		v.byID = all[:1]
		ids, lines := v.pushes()
		v.byID = all[1:]
		v.toClear = append(v.toClear, ids...)
		v.hear(ids, lines)
		if v.due.IsZero() {
			v.due = v.w.now.Add(500 * time.Millisecond)
		}
	}
	return true
}

func (v *web) tick() {
	if len(v.toClear) > 0 && !v.due.IsZero() && v.w.now.After(v.due) {
		v.poll()
	}
}

// TestOriginalWebClientByID has such a client log in time and again, while it is sent messages and reads at its leisure:
// it hears every message, once and in order, and what it has heard does not come again to the next login.
func TestOriginalWebClientByID(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := newWorldOf(t, 1+int(seed%3), dialectByID)
		a := w.login("alice", wire.DeviceGo)
		sent := 0
		say := func() {
			require.Zero(t, codeOf(a.say("bob", strconv.Itoa(sent))))
			a.take()
			sent++
		}
		var heard []string
		for range 4 {
			for range rnd.IntN(70) {
				say()
			}
			v := w.web("bob")
			for range 300 {
				switch rnd.IntN(4) {
				case 0:
					say()
				case 1, 2:
					v.read()
				case 3:
					w.wait(time.Duration(rnd.IntN(200)) * time.Millisecond)
					v.tick()
				}
			}
			for range 30 { // the page stays open for a while
				for v.read() {
				}
				w.wait(100 * time.Millisecond)
				v.tick()
			}
			heard = append(heard, v.heard...)
			if rnd.IntN(2) == 0 {
				v.post(wire.FnLogout)
			}
		}
		require.Len(t, heard, sent, "seed %d", seed)
		for i, line := range heard {
			require.Equal(t, fmt.Sprint("alice ", i), line, "seed %d", seed)
		}
	}
}
