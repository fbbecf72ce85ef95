package signal_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// The files client_matrix*_test.go call every method of the second face in every situation: none blocks beyond its
// context, none panics, and each says what went wrong by an error that can be told from others.

// A scene is a client in the middle of things: in a channel, with a call that it made and one that came in, both accepted.
// It is in a bubble.
type scene struct {
	srv        *signaltest.Server
	alice, bob *signal.Client
	room       *signal.Channel
	made, came *signal.Call
	taken      *signal.Call // made, as bob has it
}

// dialPipe returns a client that is logged in without a network, and closed with the test.
func dialPipe(t *testing.T, srv *signaltest.Server, account string, opts ...signal.Option) *signal.Client {
	t.Helper()
	opts = append([]signal.Option{signal.WithServer(srv.URL), signal.WithDialContext(srv.Dial)}, opts...)
	c, err := signal.Dial(t.Context(), "app", account, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close(ended()) }) // what the test is about may have spoiled it
	return c
}

// ended returns a context that is done.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// first returns what a loop gets first.
func first[T any](t *testing.T, seq iter.Seq2[T, error]) (one T) {
	t.Helper()
	for e, err := range seq {
		require.NoError(t, err)
		one = e
		break
	}
	return one
}

func newScene(t *testing.T, opts ...signal.Option) *scene {
	t.Helper()
	x := &scene{srv: pipes(t)}
	ctx := t.Context()
	x.alice, x.bob = dialPipe(t, x.srv, "alice", opts...), dialPipe(t, x.srv, "bob")
	var err error
	x.room, err = x.alice.Join(ctx, "room")
	require.NoError(t, err)
	x.made, err = x.alice.Invite(ctx, "bob", signal.CallOptions{Channel: "made"})
	require.NoError(t, err)
	x.taken = first(t, x.bob.Calls(ctx))
	require.NoError(t, x.taken.Accept(ctx, ""))
	his, err := x.bob.Invite(ctx, "alice", signal.CallOptions{Channel: "came"})
	require.NoError(t, err)
	x.came = first(t, x.alice.Calls(ctx))
	require.NoError(t, x.came.Accept(ctx, ""))
	_, err = his.Wait(ctx)
	require.NoError(t, err)
	_, err = x.made.Wait(ctx)
	require.NoError(t, err)
	return x
}

// What kind of method it is.
const (
	plain = iota // says what is known here
	asks         // waits for an answer
	reads        // returns an iterator
	ends         // is content when what it ends has ended
)

// A clientDeed is a call of a method, and how it ends while all is well.
type clientDeed struct {
	method string
	kind   int
	do     func(ctx context.Context, x *scene) error
	well   error // nil: without an error
}

// say is a method that says what is known.
func say(method string, do func(x *scene)) clientDeed {
	return clientDeed{method, plain, func(_ context.Context, x *scene) error { do(x); return nil }, nil}
}

// through goes through a loop to its end.
func through[T any](method string, seq func(ctx context.Context, x *scene) iter.Seq2[T, error]) clientDeed {
	return clientDeed{method, reads, func(ctx context.Context, x *scene) (last error) {
		for _, err := range seq(ctx, x) {
			last = err
		}
		return last
	}, context.DeadlineExceeded}
}

// clientDeeds returns every method of the second face.
func clientDeeds() []clientDeed {
	type ctx = context.Context
	type all = []clientDeed
	client := all{
		say("Client.Account", func(x *scene) { x.alice.Account() }),
		say("Client.AppID", func(x *scene) { x.alice.AppID() }),
		say("Client.Status", func(x *scene) { _ = x.alice.Status().String() }),
		say("Client.Done", func(x *scene) { x.alice.Done() }),
		say("Client.Err", func(x *scene) { _ = x.alice.Err() }),
		{"Client.Close", ends, func(ctx ctx, x *scene) error { return x.alice.Close(ctx) }, nil},
		{"Client.Send", asks, func(ctx ctx, x *scene) error { return x.alice.Send(ctx, "ghost", "hi") }, nil},
		{"Client.SendChannel", asks, func(ctx ctx, x *scene) error { return x.alice.SendChannel(ctx, "hall", "hi") }, nil},
		{"Client.Online", asks, func(ctx ctx, x *scene) error { _, err := x.alice.Online(ctx, "bob"); return err }, nil},
		{"Client.SetAttr", asks, func(ctx ctx, x *scene) error { return x.alice.SetAttr(ctx, "a", "1") }, nil},
		{"Client.Attr", asks, func(ctx ctx, x *scene) error { _, err := x.alice.Attr(ctx, "bob", "a"); return err }, nil},
		{"Client.Attrs", asks, func(ctx ctx, x *scene) error { _, err := x.alice.Attrs(ctx, "bob"); return err }, nil},
		{"Client.MemberCount", asks, func(ctx ctx, x *scene) error { _, err := x.alice.MemberCount(ctx, "room"); return err }, nil},
		{"Client.Members", asks, func(ctx ctx, x *scene) error { _, err := x.alice.Members(ctx, "room"); return err }, nil},
		{"Client.SetChannelAttr", asks, func(ctx ctx, x *scene) error { return x.alice.SetChannelAttr(ctx, "hall", "a", "1") }, nil},
		{"Client.DeleteChannelAttr", asks, func(ctx ctx, x *scene) error { return x.alice.DeleteChannelAttr(ctx, "hall", "a") }, nil},
		{"Client.ClearChannelAttrs", asks, func(ctx ctx, x *scene) error { return x.alice.ClearChannelAttrs(ctx, "hall") }, nil},
		{"Client.Join", asks, func(ctx ctx, x *scene) error { _, err := x.alice.Join(ctx, "hall"); return err }, nil},
		{"Client.Invite", asks, func(ctx ctx, x *scene) error {
			_, err := x.alice.Invite(ctx, "ghost", signal.CallOptions{Timeout: time.Second})
			return err
		}, nil},
		{"Invoke", asks, func(ctx ctx, x *scene) error {
			_, err := signal.Invoke[map[string]any](ctx, x.alice, "io.agora.signal.channel_query_num", map[string]string{"name": "room"})
			return err
		}, nil},
		through("Client.Messages", func(ctx ctx, x *scene) iter.Seq2[signal.Message, error] { return x.alice.Messages(ctx) }),
		through("Client.Events", func(ctx ctx, x *scene) iter.Seq2[signal.Event, error] { return x.alice.Events(ctx) }),
		through("Client.Calls", func(ctx ctx, x *scene) iter.Seq2[*signal.Call, error] { return x.alice.Calls(ctx) }),
	}
	channel := all{
		say("Channel.Name", func(x *scene) { x.room.Name() }),
		say("Channel.Members", func(x *scene) { x.room.Members() }),
		say("Channel.Attr", func(x *scene) { x.room.Attr("a") }),
		say("Channel.Attrs", func(x *scene) { x.room.Attrs() }),
		say("Channel.Done", func(x *scene) { x.room.Done() }),
		say("Channel.Err", func(x *scene) { _ = x.room.Err() }),
		{"Channel.Send", asks, func(ctx ctx, x *scene) error { return x.room.Send(ctx, "hi") }, nil},
		{"Channel.SetAttr", asks, func(ctx ctx, x *scene) error { return x.room.SetAttr(ctx, "b", "2") }, nil},
		{"Channel.DeleteAttr", asks, func(ctx ctx, x *scene) error { return x.room.DeleteAttr(ctx, "b") }, nil},
		{"Channel.ClearAttrs", asks, func(ctx ctx, x *scene) error { return x.room.ClearAttrs(ctx) }, nil},
		{"Channel.Leave", ends, func(ctx ctx, x *scene) error { return x.room.Leave(ctx) }, nil},
		through("Channel.Messages", func(ctx ctx, x *scene) iter.Seq2[signal.Message, error] { return x.room.Messages(ctx) }),
		through("Channel.Presence", func(ctx ctx, x *scene) iter.Seq2[signal.Presence, error] { return x.room.Presence(ctx) }),
		through("Channel.AttrChanges", func(ctx ctx, x *scene) iter.Seq2[signal.AttrChange, error] { return x.room.AttrChanges(ctx) }),
	}
	call := all{
		say("Call.Channel", func(x *scene) { x.made.Channel() }),
		say("Call.Peer", func(x *scene) { x.made.Peer() }),
		say("Call.Incoming", func(x *scene) { x.made.Incoming() }),
		say("Call.Extra", func(x *scene) { x.made.Extra() }),
		say("Call.Trace", func(x *scene) { x.made.Trace() }),
		say("Call.State", func(x *scene) { _ = x.made.State().String() }),
		say("Call.Ringing", func(x *scene) { x.made.Ringing() }),
		say("Call.Done", func(x *scene) { x.made.Done() }),
		say("Call.Err", func(x *scene) { _ = x.made.Err() }),
		{"Call.Wait", plain, func(ctx ctx, x *scene) error { _, err := x.made.Wait(ctx); return err }, nil}, // it was accepted
		{"Call.DTMF", asks, func(ctx ctx, x *scene) error { return x.made.DTMF(ctx, "1") }, nil},
		{"Call.Accept", asks, func(ctx ctx, x *scene) error { return x.came.Accept(ctx, "") }, signal.GeneralEFailed},
		{"Call.Refuse", asks, func(ctx ctx, x *scene) error { return x.came.Refuse(ctx, "") }, signal.GeneralEFailed},
		{"Call.End", ends, func(ctx ctx, x *scene) error { return x.made.End(ctx) }, nil},
		through("Call.Tones", func(ctx ctx, x *scene) iter.Seq2[string, error] { return x.made.Tones(ctx) }),
	}
	return append(append(client, channel...), call...)
}

func TestMatrixCoversEveryMethod(t *testing.T) {
	want := []string{"Invoke"}
	for _, face := range []reflect.Type{reflect.TypeFor[*signal.Client](), reflect.TypeFor[*signal.Channel](), reflect.TypeFor[*signal.Call]()} {
		for m := range face.Methods() {
			want = append(want, face.Elem().Name()+"."+m.Name)
		}
	}
	var have []string
	for _, d := range clientDeeds() {
		have = append(have, d.method)
	}
	assert.ElementsMatch(t, want, have)
}

// The bodies of loops: each function goes through a loop of its kind, calls body in it once, and leaves it.
func bodies() map[string]func(t *testing.T, x *scene, body func()) {
	return map[string]func(t *testing.T, x *scene, body func()){
		"Client.Messages": func(t *testing.T, x *scene, body func()) {
			require.NoError(t, x.bob.Send(t.Context(), "alice", "hi"))
			once(t, x.alice.Messages(t.Context()), body)
		},
		"Client.Events": func(t *testing.T, x *scene, body func()) { once(t, x.alice.Events(t.Context()), body) },
		"Client.Calls": func(t *testing.T, x *scene, body func()) {
			_, err := x.bob.Invite(t.Context(), "alice", signal.CallOptions{})
			require.NoError(t, err)
			once(t, x.alice.Calls(t.Context()), body)
		},
		"Channel.Messages": func(t *testing.T, x *scene, body func()) {
			require.NoError(t, x.bob.SendChannel(t.Context(), x.room.Name(), "hi"))
			once(t, x.room.Messages(t.Context()), body)
		},
		"Channel.Presence": func(t *testing.T, x *scene, body func()) { once(t, x.room.Presence(t.Context()), body) },
		"Channel.AttrChanges": func(t *testing.T, x *scene, body func()) {
			require.NoError(t, x.room.SetAttr(t.Context(), "c", "3"))
			once(t, x.room.AttrChanges(t.Context()), body)
		},
		"Call.Tones": func(t *testing.T, x *scene, body func()) {
			require.NoError(t, x.taken.DTMF(t.Context(), "1"))
			once(t, x.made.Tones(t.Context()), body)
		},
	}
}

func once[T any](t *testing.T, seq iter.Seq2[T, error], body func()) {
	t.Helper()
	called := false
	for _, err := range seq {
		require.NoError(t, err)
		body()
		called = true
		break
	}
	require.True(t, called, "the loop ended before its first round")
}

// sensible fails unless an error can be told from others.
func sensible(t *testing.T, method string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, known := range []error{signal.ErrClosed, signal.ErrLeft, signal.ErrCallEnded, signal.ErrRateLimited,
		signal.ErrSlowConsumer, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return
		}
	}
	var code signal.Code
	if !errors.As(err, &code) {
		t.Errorf("%s: what is %v?", method, err)
	}
}
