package signal_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// dial returns a client that is logged in, and closed with the test.
func dial(t *testing.T, srv *signaltest.Server, account string, opts ...signal.Option) *signal.Client {
	t.Helper()
	c, err := signal.Dial(t.Context(), "app", account, append([]signal.Option{signal.WithServer(srv.URL)}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		assert.NoError(t, c.Close(ctx))
	})
	return c
}

func TestClientSendsAndReads(t *testing.T) {
	srv := signaltest.NewServer(t)
	alice, bob := dial(t, srv, "alice"), dial(t, srv, "bob")
	ctx := t.Context()
	require.NoError(t, alice.Send(ctx, "bob", "one"))
	require.NoError(t, alice.Send(ctx, "bob", "two"))
	var texts []string
	for m, err := range bob.Messages(ctx) {
		require.NoError(t, err)
		assert.Equal(t, "alice", m.From)
		assert.WithinDuration(t, time.Now(), m.Time, time.Minute)
		if texts = append(texts, m.Text); len(texts) == 2 {
			break
		}
	}
	assert.Equal(t, []string{"one", "two"}, texts)
}

func TestClientJoins(t *testing.T) {
	srv := signaltest.NewServer(t)
	alice, bob := dial(t, srv, "alice"), dial(t, srv, "bob")
	ctx := t.Context()
	room, err := alice.Join(ctx, "room")
	require.NoError(t, err)
	require.NoError(t, room.SetAttr(ctx, "topic", "tea"))
	his, err := bob.Join(ctx, "room")
	require.NoError(t, err)
	assert.Equal(t, []string{"bob", "alice"}, his.Members())
	assert.Equal(t, "tea", his.Attr("topic"))
	require.NoError(t, his.Send(ctx, "hello"))
	for m, err := range room.Messages(ctx) {
		require.NoError(t, err)
		assert.Equal(t, "hello", m.Text)
		assert.Equal(t, "bob", m.From)
		break
	}
	all, err := alice.Members(ctx, "room")
	require.NoError(t, err)
	assert.Equal(t, []string{"bob", "alice"}, all)
	n, err := alice.MemberCount(ctx, "room")
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	require.NoError(t, his.Leave(ctx))
	assert.ErrorIs(t, his.Send(ctx, "gone"), signal.ErrLeft)
	var seen []signal.Presence
	for p, err := range room.Presence(ctx) {
		require.NoError(t, err)
		if seen = append(seen, p); len(p.Accounts) == 1 && len(room.Members()) == 1 {
			break
		}
	}
	require.NoError(t, room.Leave(ctx))
}

func TestClientCalls(t *testing.T) {
	srv := signaltest.NewServer(t)
	alice, bob := dial(t, srv, "alice"), dial(t, srv, "bob")
	ctx := t.Context()
	call, err := alice.Invite(ctx, "bob", signal.CallOptions{Extra: `{"a":1}`, RequireOnline: true})
	require.NoError(t, err)
	for in, err := range bob.Calls(ctx) {
		require.NoError(t, err)
		assert.Equal(t, "alice", in.Peer())
		assert.JSONEq(t, `{"a":1,"_require_peer_online":1}`, in.Extra())
		require.NoError(t, in.Accept(ctx, `{"b":2}`))
		go func() { _ = in.DTMF(ctx, "12#") }()
		break
	}
	answer, err := call.Wait(ctx)
	require.NoError(t, err)
	assert.Equal(t, `{"b":2}`, answer)
	for keys, err := range call.Tones(ctx) {
		require.NoError(t, err)
		assert.Equal(t, "12#", keys)
		break
	}
	require.NoError(t, call.End(ctx))
	assert.Equal(t, signal.CallEnded, call.State())
	assert.NoError(t, call.Err())
	_, err = alice.Invite(ctx, "nobody", signal.CallOptions{RequireOnline: true})
	assert.ErrorIs(t, err, signal.InviteEPeerOffline)
}

func TestInvokeIsTyped(t *testing.T) {
	srv := signaltest.NewServer(t, server.WithInvokeHandler("math", func(_ context.Context, _ server.Caller, _, args string) (string, error) {
		return args, nil
	}))
	alice := dial(t, srv, "alice")
	type sum struct{ A, B int }
	got, err := signal.Invoke[sum](t.Context(), alice, "math.add", sum{1, 2})
	require.NoError(t, err)
	assert.Equal(t, sum{1, 2}, got)
	_, err = signal.Invoke[sum](t.Context(), alice, "io.agora.signal.nothing", nil)
	assert.ErrorIs(t, err, signal.GeneralEWrongParam)
}

// One who only answers calls can be called for ever, though he never reads what is written to him.
func TestUnreadMessageDoesNotStandInTheWayOfCalls(t *testing.T) {
	srv := signaltest.NewServer(t, server.WithLimits(server.Limits{UserMessagesPerSecond: -1, CallsPerSecond: -1}))
	alice, bob := dial(t, srv, "alice"), dial(t, srv, "bob")
	go func() {
		for call, err := range alice.Calls(t.Context()) {
			if err != nil || call.Refuse(t.Context(), "") != nil {
				return
			}
		}
	}()
	require.NoError(t, bob.Send(t.Context(), "alice", "she never reads it"))
	for range 300 {
		call, err := bob.Invite(t.Context(), "alice", signal.CallOptions{})
		require.NoError(t, err)
		_, err = call.Wait(t.Context())
		require.ErrorIs(t, err, signal.ErrRefused)
	}
}
