package signal_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/observe"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

const soon = 10 * time.Second

// A watchbook writes down what a client tells of itself, in short.
type watchbook struct {
	mu sync.Mutex
	// +checklocks:mu
	lines []string
	// +checklocks:mu
	gauges func() observe.Gauges
	// +checklocks:mu
	frames [2]int
}

func (l *watchbook) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// has reports whether there is a line that begins so.
func (l *watchbook) has(line string) bool { return l.count(line) > 0 }

func (l *watchbook) count(line string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, known := range l.lines {
		if strings.HasPrefix(known, line) {
			n++
		}
	}
	return n
}

func (l *watchbook) await(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		assert.Eventually(t, func() bool { return l.has(line) }, soon, time.Millisecond, "%q", line)
	}
}

func (l *watchbook) now() observe.Gauges {
	l.mu.Lock()
	now := l.gauges
	l.mu.Unlock()
	return now()
}

func (l *watchbook) option() signal.Option {
	frame := func(n int) func(int) {
		return func(bytes int) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.frames[n] += bytes
		}
	}
	return signal.WithMetrics(observe.Metrics{
		Begin: func(now func() observe.Gauges) func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.gauges = now
			return func() { l.note("end") }
		},
		Dial:  func(d observe.Dial) { l.note("dial %t %t", d.Err == nil, d.Took > 0) },
		Login: func(in observe.Login) { l.note("login %d %t", in.Code, in.Took > 0) },
		State: func(from, to observe.State) { l.note("state %s to %s", from, to) },
		Lost:  func(lost observe.Lost) { l.note("lost %t", lost.Reason != "") },
		Reconnect: func(r observe.Reconnect) {
			l.note("reconnect %t %t", r.Tries > 0, 0 < r.Away && r.Away < time.Minute)
		},
		Request:  func(r observe.Request) { l.note("request %s %d %t", r.Op, r.Code, r.Took > 0) },
		Received: func(r observe.Received) { l.note("received %s %d", r.Kind, r.Bytes) },
		Handled: func(h observe.Handled) {
			l.note("handled %s %t %t", h.Kind, 0 <= h.Waited && h.Waited < time.Minute, h.Took > 0)
		},
		Gap:     func(g observe.Gap) { l.note("gap %d", g.Dropped) },
		Paused:  func(paused bool) { l.note("paused %t", paused) },
		FrameIn: frame(0), FrameOut: frame(1),
	})
}

func TestMetricsOfACallbackClient(t *testing.T) {
	srv := signaltest.NewServer(t)
	var l watchbook
	bob := online(t, srv, "bob", l.option())
	l.await(t, "dial true true", "login 0 true", "state logged_out to logging_in", "state logging_in to logged_in", "handled connection true")
	alice := online(t, srv, "alice")
	alice.MessageInstantSend("bob", 0, "hello", "")
	bob.Expect(t, "OnMessageInstantReceive", "alice", 0, "hello")
	l.await(t, "received message 5", "handled message true")
	bob.enter(t, "room")
	bob.MessageChannelSend("room", "hi", "m")
	bob.SetAttr("a", "1") // no callback tells of its success
	bob.GetAttr("a")
	bob.ChannelSetAttr("room", "x", "1")
	bob.ChannelQueryUserNum("room")
	bob.QueryUserStatus("alice")
	bob.Invoke("p.f", "{}", "i")
	bob.ChannelInviteAccept("room", "alice", 0, "")
	bob.ChannelLeave("room")
	l.await(t, "request join 0 true", "request send_channel 0 true", "request set_attr 0", "request get_attr 0", "request set_channel_attr 0",
		"request query_num 0", "request query_status 0", "request invoke 1004", "request accept 1001", "request leave 0",
		"received channel_message 2", "received channel_event", "handled channel_message", "handled outcome")
	alice.ChannelInviteUser("room", "bob", 0)
	l.await(t, "received call 0", "handled call ")
	alice.ChannelInviteEnd("room", "bob", 0)
	l.await(t, "received call_event", "handled call_event")
	srv.Cut("bob")
	l.await(t, "lost true", "reconnect true true", "state logged_in to reconnecting", "state reconnecting to logged_in")
	assert.Eventually(t, func() bool { return l.now() == observe.Gauges{State: observe.LoggedIn} }, soon, time.Millisecond)
	bob.Login("app", "mallory", signal.NoToken, 0, "")
	bob.Logout()
	l.await(t, "state logged_in to logged_out")
	bob.Destroy()
	assert.Equal(t, 1, l.count("end"))
	assert.Equal(t, 1, l.count("login"), "one that was ignored is none")
	l.mu.Lock()
	defer l.mu.Unlock()
	assert.Greater(t, l.frames[0], 500)
	assert.Greater(t, l.frames[1], 500)
}

func TestMetricsOfALoginThatFails(t *testing.T) {
	srv := signaltest.NewServer(t, server.WithApp("app", "certificate"))
	var l, m watchbook
	u := visitor(t, srv, l.option())
	u.Login("app", "alice", signal.NoToken, 0, "")
	l.await(t, "login 206 true")
	_, err := signal.Dial(t.Context(), "app", "alice", signal.WithServer(srv.URL), m.option())
	require.ErrorIs(t, err, signal.ErrUnauthorized)
	m.await(t, "login 206 true", "end")
}

func TestMetricsOfAClient(t *testing.T) {
	srv := signaltest.NewServer(t)
	ctx := t.Context()
	var l watchbook
	bob, alice := dial(t, srv, "bob", l.option()), dial(t, srv, "alice")
	l.await(t, "dial true true", "login 0 true", "state logging_in to logged_in")
	require.NoError(t, alice.Send(ctx, "bob", "hello"))
	for range bob.Messages(ctx) {
		break
	}
	room, err := bob.Join(ctx, "room")
	require.NoError(t, err)
	require.NoError(t, room.Send(ctx, "hi"))
	require.NoError(t, room.SetAttr(ctx, "a", "1"))
	for range room.Messages(ctx) {
		break
	}
	_, err = bob.Attr(ctx, "alice", "x")
	require.NoError(t, err)
	_, err = signal.Invoke[string](ctx, bob, "p.f", nil)
	require.Error(t, err)
	require.NoError(t, room.Leave(ctx))
	l.await(t, "received message 5", "handled message true true", "received channel_message 2", "handled channel_message true true",
		"request join 0 true", "request send_channel 0", "request set_channel_attr 0", "request get_attr 0", "request invoke 1004", "request leave 0")
	srv.Cut("bob")
	l.await(t, "lost true", "reconnect true true")
	assert.Eventually(t, func() bool { return l.now() == observe.Gauges{State: observe.LoggedIn} }, soon, time.Millisecond)
	require.NoError(t, bob.Close(ctx))
	assert.Equal(t, 1, l.count("end"))
}

// A client that stops reading says so, and what waits can be seen.
func TestMetricsOfAClientThatIsBehind(t *testing.T) {
	srv := signaltest.NewServer(t)
	var l watchbook
	bob, alice := visitor(t, srv, l.option(), signal.WithQueueLimit(4, 0)), online(t, srv, "alice")
	slow, entered := make(chan struct{}), make(chan struct{}, 1)
	bob.Hook(func(c recorder.Call) {
		if c.Name != "OnMessageInstantReceive" {
			return
		}
		select {
		case entered <- struct{}{}:
		default:
		}
		<-slow
	})
	bob.Login("app", "bob", signal.NoToken, 0, "")
	for range 8 {
		alice.MessageInstantSend("bob", 0, "x", "")
	}
	<-entered
	l.await(t, "paused true")
	g := l.now()
	assert.True(t, g.Paused)
	assert.GreaterOrEqual(t, g.Events, 4)
	assert.Positive(t, g.Bytes)
	close(slow)
	l.await(t, "paused false")
}

// What was missed in a channel is told as a gap.
func TestMetricsOfAGap(t *testing.T) {
	srv := signaltest.NewServer(t)
	var l watchbook
	bob := online(t, srv, "bob", l.option())
	bob.enter(t, "room")
	srv.Restart(false)
	l.await(t, "gap 0")
}

// A tracer that gives each request a trace of its own and writes down what it is told.
type tracer struct{ watchbook }

type spanKey struct{}

func trace(n int) string { return fmt.Sprintf("00-%032x-%016x-01", n, n) }

func (tr *tracer) option(n int) signal.Option {
	return signal.WithTracing(observe.Tracing{
		Send: func(ctx context.Context, s observe.Send) (string, func(observe.Request)) {
			tr.note("send %s as %s of %s to %q in %q func %q bytes %d for %v", s.Op, s.Account, s.AppID, s.To, s.Channel, s.Func, s.Bytes, ctx.Value(spanKey{}))
			return trace(n), func(r observe.Request) { tr.note("sent %s %d", r.Op, r.Code) }
		},
		Handle: func(h observe.Handle) (func(context.Context) context.Context, func()) {
			tr.note("begin %s as %s of %s from %q in %q bytes %d: %s", h.Kind, h.Account, h.AppID, h.From, h.Channel, h.Bytes, h.Trace)
			return func(ctx context.Context) context.Context { return context.WithValue(ctx, spanKey{}, h.Trace) },
				func() { tr.note("end %s", h.Kind) }
		},
	})
}

func TestTracingOfACallbackClient(t *testing.T) {
	srv := signaltest.NewServer(t, server.WithInvokeHandler("p", func(_ context.Context, who server.Caller, _, _ string) (string, error) {
		return fmt.Sprintf("%q", who.Trace), nil
	}))
	var a, b tracer
	alice, bob := online(t, srv, "alice", a.option(7)), online(t, srv, "bob", b.option(8))
	alice.MessageInstantSend("bob", 0, "hello", "")
	b.await(t, `begin message as bob of app from "alice" in "" bytes 5: `+trace(7), "end message")
	a.await(t, `send send as alice of app to "bob" in "" func "" bytes 5 for <nil>`, "sent send 0")
	alice.enter(t, "room")
	bob.enter(t, "room")
	alice.MessageChannelSend("room", "hi", "")
	b.await(t, `begin channel_message as bob of app from "alice" in "room" bytes 2: `+trace(7))
	a.await(t, `begin channel_message as alice of app from "alice" in "room" bytes 2: `+trace(7))
	alice.ChannelInviteUser("room", "bob", 0)
	b.await(t, `begin call as bob of app from "alice" in "room" bytes 0: `+trace(7))
	bob.ChannelInviteAccept("room", "alice", 0, "")
	a.await(t, `begin call_event as alice of app from "bob" in "room" bytes 0: `+trace(8))
	alice.Invoke("p.f", "{}", "i")
	alice.Await(t, "OnInvokeRet", "i", "", `"`+trace(7)+`"`)
	a.await(t, `send invoke as alice of app to "" in "" func "p.f"`)
	assert.False(t, a.has("begin connection"))
	assert.False(t, a.has("begin outcome"))
}

func TestTracingOfAClient(t *testing.T) {
	srv := signaltest.NewServer(t)
	ctx := t.Context()
	var a, b tracer
	alice, bob := dial(t, srv, "alice", a.option(7)), dial(t, srv, "bob", b.option(8))
	require.NoError(t, alice.Send(context.WithValue(ctx, spanKey{}, "mine"), "bob", "hello"))
	a.await(t, `send send as alice of app to "bob" in "" func "" bytes 5 for mine`, "sent send 0")
	for m, err := range bob.Messages(ctx) {
		require.NoError(t, err)
		assert.Equal(t, trace(7), m.Trace())
		assert.Equal(t, trace(7), m.Context(ctx).Value(spanKey{}))
		b.await(t, `begin message as bob of app from "alice" in "" bytes 5: `+trace(7))
		assert.False(t, b.has("end"))
		break
	}
	assert.True(t, b.has("end message"))
	call, err := alice.Invite(ctx, "bob", signal.CallOptions{Channel: "room"})
	require.NoError(t, err)
	for e, err := range bob.Events(ctx) {
		require.NoError(t, err)
		if in, ok := e.(signal.IncomingCall); ok {
			assert.Equal(t, trace(7), in.Trace())
			assert.True(t, b.has(`begin call as bob of app from "alice" in "room" bytes 0: `+trace(7)))
			break
		}
	}
	require.NoError(t, call.End(ctx))
	room, err := bob.Join(ctx, "room")
	require.NoError(t, err)
	require.NoError(t, alice.SendChannel(ctx, "room", "hi"))
	for m, err := range room.Messages(ctx) {
		require.NoError(t, err)
		assert.Equal(t, trace(7), m.Trace())
		assert.Equal(t, trace(7), m.Context(ctx).Value(spanKey{}))
		break
	}
}

// Who traces nothing sends no trace, gets those of others, and his contexts stay as they are.
func TestAClientWithoutTracing(t *testing.T) {
	srv := signaltest.NewServer(t)
	ctx := t.Context()
	var a tracer
	alice, bob := dial(t, srv, "alice", a.option(7)), dial(t, srv, "bob")
	require.NoError(t, alice.Send(ctx, "bob", "x"))
	for m := range bob.Messages(ctx) {
		assert.Equal(t, trace(7), m.Trace())
		assert.Equal(t, ctx, m.Context(ctx))
		break
	}
	require.NoError(t, bob.Send(ctx, "alice", "x"))
	for m := range alice.Messages(ctx) {
		assert.Empty(t, m.Trace())
		break
	}
}
