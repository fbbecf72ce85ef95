package server_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestObserver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var events []server.Event
		var inside atomic.Int32
		var log syncBuffer
		srv := signaltest.NewPipeServer(t, server.WithShards(3), server.WithLogger(debugLog(&log)),
			server.WithObserver(func(e server.Event) {
				assert.Equal(t, int32(1), inside.Add(1))
				defer inside.Add(-1)
				assert.Equal(t, time.Now(), e.At)
				e.At = time.Time{}
				events = append(events, e)
				if e.Kind == server.EventJoin {
					panic("seen enough")
				}
			}))
		alice := login(t, srv, "alice")
		alice.ask(wire.FnJoin, map[string]any{"name": "room"})
		alice.ask(wire.FnChannelSend, map[string]any{"name": "room", "msg": "hello"})
		alice.ask(wire.FnLeave, map[string]any{"name": "room"})
		alice.ask(wire.FnSendMsg, map[string]any{"peer": "bob", "flag": "v1:E:60", "t": "instant", "content": "hi"})
		alice.ask(wire.FnLogout, nil)
		synctest.Wait()
		a := server.Event{AppID: "app", Account: "alice"}
		want := []server.Event{a, a, a, a, a, a}
		want[0].Kind, want[0].Device = server.EventLogin, "gosdk"
		want[1].Kind, want[1].Channel = server.EventJoin, "room"
		want[2].Kind, want[2].Channel, want[2].Bytes = server.EventMessage, "room", 5
		want[3].Kind, want[3].Channel = server.EventLeave, "room"
		want[4].Kind, want[4].Peer, want[4].Bytes = server.EventMessage, "bob", 2
		want[5].Kind, want[5].Device, want[5].End = server.EventLogout, "gosdk", "logout"
		assert.Equal(t, want, events)
		assert.Contains(t, log.String(), "seen enough")
	})
}

// An observer that does not return holds up nobody; what it misses is counted. Shutdown waits for what waits.
func TestSlowObserver(t *testing.T) {
	t.Parallel()
	for _, stubborn := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			end := make(chan struct{})
			var mu sync.Mutex
			seen := 0
			sig := server.New(server.WithLimits(server.Limits{Events: 3}), server.WithObserver(func(server.Event) {
				<-end
				mu.Lock()
				defer mu.Unlock()
				seen++
			}))
			dial := mountPipe(t, sig)
			for range 10 { // a login each, and the end of the one before
				dial().login("alice")
				synctest.Wait()
			}
			assert.Equal(t, uint64(19-1-3), sig.Stats().EventsDropped)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if stubborn {
				require.ErrorIs(t, sig.Shutdown(ctx), context.DeadlineExceeded)
				close(end)
				synctest.Wait()
				assert.Equal(t, 1, seen)
				return
			}
			close(end)
			require.NoError(t, sig.Shutdown(ctx))
			assert.Equal(t, 4, seen)
		})
	}
}

func TestEventAccounts(t *testing.T) {
	t.Parallel()
	authenticator := server.WithAuthenticator(func(context.Context, string, string, string) error { return nil })
	tests := []struct {
		name string
		opts []server.Option
		want string
	}{
		{"open app", nil, "ok"},
		{"open app by name", []server.Option{server.WithApp("app", "")}, "ok"},
		{"guarded app", []server.Option{authenticator}, "failed"},
		{"on the list", []server.Option{authenticator, server.WithEventAccounts("bob"), server.WithEventAccounts("alice")}, "ok"},
		{"not on the list", []server.Option{server.WithEventAccounts("bob")}, "failed"},
		{"everybody", []server.Option{authenticator, server.WithEventAccounts("*")}, "ok"},
		{"nobody", []server.Option{server.WithEventAccounts()}, "failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := login(t, signaltest.NewServer(t, tt.opts...), "alice")
			f := c.ask(wire.FnJoin, map[string]any{"name": "__agora_user_online"})
			assert.Equal(t, tt.want, f.Ret.Get("result").Text())
		})
	}
}

func TestMessagesByID(t *testing.T) {
	t.Parallel()
	for _, byID := range []bool{false, true} {
		var opts []server.Option
		if byID {
			opts = append(opts, server.WithMessagesByID())
		}
		c := dial(t, signaltest.NewServer(t, opts...))
		l := wire.Login{AppID: "app", Account: "alice", Device: wire.DeviceWeb}
		c.send(string(l.Append(nil)))
		assert.Equal(t, byID, c.frame().Ret.Get("config_msg_set") != nil)
	}
}
