package core_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A rig drives Cores as a world does, but costs next to nothing itself: frames in, frames out, and no look at them.
type rig struct {
	tb    testing.TB
	cores []*core.Core
	now   time.Time
	queue []posted
	ids   int
}

type posted struct {
	to int
	m  *core.Message
}

func newRig(tb testing.TB, k int) *rig {
	tb.Helper()
	r := &rig{tb: tb, now: time.Unix(1_700_000_000, 0)}
	cfg := core.Config{
		Cores: k,
		Limits: core.Limits{
			UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, AttrChangesPerSecond: -1, AttrEventsPerSecond: -1, CallsPerSecond: -1,
		},
		NewID: func() string { r.ids++; return fmt.Sprintf("abcdefghijklmn%08d", r.ids) },
		Post:  func(to int, m *core.Message) { r.queue = append(r.queue, posted{to, m}) },
	}
	for i := range k {
		r.cores = append(r.cores, core.New(cfg, i))
	}
	return r
}

func (r *rig) step(i int, in core.Input) {
	r.now = r.now.Add(time.Millisecond)
	r.cores[i].Step(r.now, in)
	for len(r.queue) > 0 {
		p := r.queue[0]
		r.queue = slices.Delete(r.queue, 0, 1)
		r.cores[p.to].Step(r.now, p.m)
	}
}

// An ear is a socket that counts.
type ear struct {
	frames int
	last   []byte
}

func (e *ear) Send(frame []byte) { e.frames++; e.last = frame }
func (e *ear) Close(int)         {}

// A rider is a client of a rig.
type rider struct {
	*ear
	r    *rig
	core int
	peer *core.Peer
	line string
	num  int64
	buf  []byte
	args []byte
	in   core.Call
	got  core.Ack
}

// on finds an account name that the Core of that index owns.
func (r *rig) on(index int, stem string) string {
	for i := 0; ; i++ {
		name := stem + strconv.Itoa(i)
		if core.Owner(app, name, len(r.cores)) == index {
			return name
		}
	}
}

func (r *rig) login(account, device string) *rider {
	c := &rider{ear: &ear{}, r: r, core: core.Owner(app, account, len(r.cores))}
	c.peer = core.NewPeer(c.ear)
	ok := false
	r.step(c.core, core.Login{Peer: c.peer, Login: wire.Login{AppID: app, Account: account, Device: device}, Done: func(o bool) { ok = o }})
	require.True(r.tb, ok)
	f, err := wire.ParseServerFrame(c.last)
	require.NoError(r.tb, err)
	c.line = f.Ret.Get("line").Text()
	return c
}

// say prepares a call: the arguments as JSON but for the line.
func (c *rider) say(fn, args string) func() {
	c.args = fmt.Appendf(nil, `{"line":%q,%s}`, c.line, args)
	object := c.args
	return func() { c.call(fn, object) }
}

func (c *rider) call(fn string, object []byte) {
	c.num++
	c.buf = wire.AppendCall(c.buf[:0], fn, c.num, object)
	f, err := wire.ParseClientFrame(c.buf)
	if err != nil {
		c.r.tb.Fatal(err)
	}
	c.in = core.Call{Peer: c.peer, Frame: f}
	c.r.step(c.core, &c.in)
}

func (c *rider) ok() {
	c.r.tb.Helper()
	f, err := wire.ParseServerFrame(c.last)
	require.NoError(c.r.tb, err)
	require.Equal(c.r.tb, "ok", f.Ret.Get("result").Text(), "%s", c.last)
}

// ack says that all answers have arrived.
func (c *rider) ack() {
	c.got = core.Ack{Peer: c.peer, ID: c.num}
	c.r.step(c.core, &c.got)
}

const benchText = `"content":"{\"text\":\"see you at 8 \\\"sharp\\\"\",\"n\":42}"`

// A scene is one thing that clients do again and again.
type scene struct {
	name  string
	setup func(r *rig) func(n int)
	cores int
}

const ackEvery = 16 // calls, as a client that is busy does

func scenes() []scene {
	set := func(r *rig) func(int) {
		c := r.login(r.on(0, "alice"), wire.DeviceGo)
		call := c.say(wire.FnSetAttr, `"name":"mood","value":"fine, thank you"`)
		call()
		c.ok()
		return c.acked(call)
	}
	get := func(of int) func(r *rig) func(int) {
		return func(r *rig) func(int) {
			bob := r.login(r.on(of, "bob"), wire.DeviceGo)
			bob.say(wire.FnSetAttr, `"name":"mood","value":"fine, thank you"`)()
			c := r.login(r.on(0, "alice"), wire.DeviceGo)
			call := c.say(wire.FnGetAttr, fmt.Sprintf(`"account":%q,"name":"mood"`, r.on(of, "bob")))
			call()
			c.ok()
			return c.acked(call)
		}
	}
	channel := func(members int) func(r *rig) func(int) {
		return func(r *rig) func(int) {
			var c *rider
			for i := range members {
				c = r.login("member"+strconv.Itoa(i), wire.DeviceGo)
				c.say(wire.FnJoin, `"name":"room"`)()
				c.ok()
				c.ack()
			}
			call := c.say(wire.FnChannelSend, `"name":"room","msg":"{\"text\":\"see you at 8\"}"`)
			call()
			for range 2000 { // the history is full
				call()
			}
			c.ok()
			return c.acked(call)
		}
	}
	return []scene{
		{"attr/set", set, 1},
		{"attr/get/same", get(0), 1},
		{"attr/get/other", get(1), 2},
		{"message/same", messages(0, wire.DeviceGo, false), 1},
		{"message/other", messages(1, wire.DeviceGo, false), 2},
		{"message/key/same", messages(0, wire.DeviceGo, true), 1},
		{"message/web/same", messages(0, wire.DeviceWeb, false), 1},
		{"channel/1", channel(1), 1},
		{"channel/10", channel(10), 1},
		{"channel/1000", channel(1000), 1},
		{"channel/1000/cores=2", channel(1000), 2},
	}
}

// messages is a scene of one who sends messages to another, who now and then fetches and acknowledges.
func messages(of int, device string, keyed bool) func(r *rig) func(int) {
	return func(r *rig) func(int) {
		bob := r.login(r.on(of, "bob"), device)
		c := r.login(r.on(0, "alice"), device)
		var send func()
		args := fmt.Sprintf(`"peer":%q,"flag":"v1:E:86400","t":"instant",%s`, r.on(of, "bob"), benchText)
		if !keyed {
			send = c.say(wire.FnSendMsg, args)
		} else {
			object := fmt.Sprintf(`{"line":%q,%s,"messageID":"6ba7b810-9dad-11d1-80b4-`, c.line, args)
			var filled []byte
			send = func() {
				filled = append(strconv.AppendInt(append(filled[:0], object...), 100_000_000_000+c.num, 10), `"}`...)
				c.call(wire.FnSendMsg, filled)
			}
		}
		send()
		c.ok()
		var poll []byte
		return c.acked(func() {
			send()
			if c.num%ackEvery == 0 {
				poll = append(append(poll[:0], `{"max":30,"line":"`...), bob.line...)
				poll = append(strconv.AppendInt(append(poll, `","ver_clear":`...), c.num, 10), '}')
				bob.call(wire.FnGetMsg, poll)
			}
		})
	}
}

// acked makes a call n times, and now and then the word that the answers have arrived.
func (c *rider) acked(call func()) func(n int) {
	return func(n int) {
		for range n {
			call()
			if c.num%ackEvery == 0 {
				c.ack()
			}
		}
	}
}

func BenchmarkScene(b *testing.B) {
	for _, s := range scenes() {
		b.Run(s.name, func(b *testing.B) {
			run := s.setup(newRig(b, s.cores))
			b.ReportAllocs()
			b.ResetTimer()
			run(b.N)
		})
	}
}

func BenchmarkLogin(b *testing.B) {
	r := newRig(b, 1)
	names := make([]string, b.N)
	for i := range names {
		names[i] = "user" + strconv.Itoa(i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, n := range names {
		r.login(n, wire.DeviceGo)
	}
}
