package core_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

const (
	trace  = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	trace2 = "00-0af7651916cd43dd8448eb211c80319c-00000000000000aa-00"
)

func (c *client) sayTraced(peer, text, trace string) {
	c.w.t.Helper()
	c.ok(wire.FnSendMsg, "peer", peer, "flag", "v1:E:3600", "t", "instant", "content", text, "trace", trace)
}

// traces returns the traces of what was pushed since the last time, and takes it.
func (c *client) traces() (traces []string) {
	for _, f := range c.frames[c.seen:] {
		switch {
		case f.Kind == wire.NotifyRecvMsg && strings.Contains(f.Line, " "+wire.TypeInstant+" "):
			traces = append(traces, f.Trace)
		case f.Kind == wire.NotifyRecvMsg:
			l, _ := wire.ParseLine(f.Line)
			v, _ := wire.ParseVoip(l.Content)
			traces = append(traces, v.Trace)
		case f.Kind == wire.NotifyChannel:
			l, _ := wire.ParseLine(f.Line)
			e, _ := wire.ParseChannelEvent(l.Type, l.Content)
			traces = append(traces, e.Trace)
		}
	}
	c.take()
	return traces
}

// polled returns the traces in the answer to a poll.
func (c *client) polled(v string) (traces []string) {
	c.w.t.Helper()
	for t := range c.ok(wire.FnGetMsg, "ver_clear", "="+v, "max", "=30").Get("traces").Elements() {
		traces = append(traces, t.Text())
	}
	return traces
}

func TestAMessageBringsItsTrace(t *testing.T) {
	each(t, func(w *world) {
		a, b := pair(w)
		a.sayTraced("bob", "one", trace)
		a.say("bob", "two")
		a.sayTraced("bob", "three", "no trace")
		a.sayTraced("bob", "four", trace2)
		assert.Equal(w.t, []string{trace, "", "", trace2}, b.traces())
		assert.Equal(w.t, []string{trace, "", "", trace2}, b.polled("0"))
		assert.Equal(w.t, []string{"", "", trace2}, b.polled("1"))
		assert.Equal(w.t, []string{trace2}, b.polled("3"))
		assert.Nil(w.t, b.ok(wire.FnGetMsg, "ver_clear", "=4").Get("traces"))
	})
}

func TestATraceWaitsWithItsMessage(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		a.sayTraced("bob", "while bob is away", trace)
		b := w.login("bob", wire.DeviceGo)
		assert.Equal(w.t, []string{trace}, b.polled("0"))
		b.down()
		a.sayTraced("bob", "while bob's connection is", trace2)
		again, ok := b.resume(wire.LineLogin{Resume: true, VerClear: 1})
		require.True(w.t, ok)
		assert.Equal(w.t, []string{trace2}, again.traces())
	})
}

// Who is no Go client sees no byte of it but in texts in JSON, which may have more members than one knows.
func TestOriginalClientsSeeNoTraces(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		for _, device := range []string{wire.DeviceWeb, python} {
			b := w.login("bob-"+device, device)
			a.sayTraced(b.account, "hi", trace)
			for _, f := range b.frames {
				assert.Empty(w.t, f.Trace)
			}
			assert.Nil(w.t, b.ok(wire.FnGetMsg, "ver_clear", "=0").Get("traces"))
		}
	})
}

func TestAChannelMessageBringsItsTrace(t *testing.T) {
	each(t, func(w *world) {
		a, b := pair(w)
		a.ok(wire.FnJoin, "name", "room")
		b.ok(wire.FnJoin, "name", "room")
		a.take()
		b.take()
		a.ok(wire.FnChannelSend, "name", "room", "msg", "hi", "trace", trace)
		a.ok(wire.FnChannelSend, "name", "room", "msg", "hi", "trace", "no trace")
		assert.Equal(w.t, []string{trace, ""}, a.traces())
		assert.Equal(w.t, []string{trace, ""}, b.traces())
		b.down()
		a.ok(wire.FnChannelSend, "name", "room", "msg", "hi", "trace", trace2)
		again, ok := b.resume(wire.LineLogin{Resume: true, Channel: "room", MsgID: 4})
		require.True(w.t, ok)
		assert.Equal(w.t, []string{trace2}, again.traces())
	})
}

func TestWhatIsDoneToACallBringsItsTrace(t *testing.T) {
	each(t, func(w *world) {
		a, b := pair(w)
		do := func(c *client, fn, peer, extra, trace string) {
			w.t.Helper()
			c.ok(fn, "channelName", "room", "peer", peer, "extra", extra, "trace", trace)
		}
		do(a, wire.FnInvite, "bob", "", trace)
		do(b, wire.FnInviteAck, "alice", "", "")
		do(b, wire.FnInviteAccept, "alice", "", trace2)
		do(a, wire.FnInviteMsg, "bob", dtmf, trace)
		do(b, wire.FnInviteMsg, "alice", dtmf, trace)
		do(a, wire.FnInviteBye, "bob", "", trace2)
		assert.Equal(w.t, []string{"", trace2, trace}, a.traces())
		assert.Equal(w.t, []string{trace, trace, trace2}, b.traces())
		do(a, wire.FnInvite, "bob", "", "no trace")
		do(b, wire.FnInviteRefuse, "alice", "", trace)
		assert.Equal(w.t, []string{trace}, a.traces())
		assert.Equal(w.t, []string{""}, b.traces())
		do(a, wire.FnInvite, "bob", "", "")
		b.take()
		do(b, wire.FnInviteBye, "alice", "", trace)
		assert.Equal(w.t, []string{trace}, a.traces())
	})
}

func TestACallOfTheEmbeddingProgramBringsItsTrace(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		a.post(wire.FnExtCall, "package", "p", "func", "f", "trace", trace)
		a.post(wire.FnExtCall, "package", "p", "func", "f", "trace", "no trace")
		require.Len(w.t, w.extCall, 2)
		assert.Equal(w.t, trace, w.extCall[0].Trace)
		assert.Empty(w.t, w.extCall[1].Trace)
	})
}

// A list in which nothing has a trace is written down as versions before did that knew none, byte by byte, and what those wrote is read.
func TestAListWithoutTracesIsWrittenDownAsBefore(t *testing.T) {
	freeze := func(traces ...string) []byte {
		w := newWorld(t, 1, core.Limits{})
		a := w.login("alice", wire.DeviceGo)
		for _, trace := range traces {
			a.sayTraced("bob", "hi", trace)
		}
		return w.cores[0].Freeze(nil)
	}
	without, with := freeze("no trace", "no trace"), freeze("no trace", trace)
	assert.Len(t, with, len(without)+1+len(trace), "a length and the trace")
	for _, frozen := range [][]byte{without, with} {
		c, _, err := core.Thaw(thawConfig(1), 0, frozen, toMute)
		require.NoError(t, err)
		assert.Equal(t, frozen, c.Freeze(nil))
	}
	damaged := []byte(strings.Replace(string(with[:len(with)-4]), trace, strings.ToUpper(trace), 1))
	_, _, err := core.Thaw(thawConfig(1), 0, seal(damaged), toMute)
	assert.ErrorIs(t, err, core.ErrDamaged)
}
