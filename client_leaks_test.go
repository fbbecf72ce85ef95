package signal_test

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// Nothing is left of a Client, however it lived and ended, neither here nor at the server.
func TestClientCyclesLeaveNothing(t *testing.T) {
	srv := signaltest.NewServer(t, server.WithApp("app", ""), leakLimits())
	sink := dial(t, srv, "sink")
	go func() {
		for range sink.Messages(context.Background()) { // it is enough that they are read
		}
	}()
	run := func(cycles int) {
		const users = 8
		kinds := clientCycles()
		var next atomic.Int64
		var all sync.WaitGroup
		for u := range users {
			name := string(rune('a' + u))
			all.Go(func() {
				for i := int(next.Add(1)); i <= cycles && !t.Failed(); i = int(next.Add(1)) {
					kinds[i%len(kinds)](t, srv, name)
				}
				kinds[0](t, srv, name) // takes over the session of one who had no time to log out
			})
		}
		all.Wait()
		require.False(t, t.Failed())
		awaitStats(t, srv, 1, 1)
	}
	run(1000)
	before := footprintNow()
	run(1000)
	assertFootprint(t, before, 64<<10)
}

// clientCycles are the ways in which a Client can live.
func clientCycles() []func(t *testing.T, srv *signaltest.Server, name string) {
	dial := func(t *testing.T, srv *signaltest.Server, name string) *signal.Client {
		c, err := signal.Dial(context.Background(), "app", name, signal.WithServer(srv.URL))
		if !assert.NoError(t, err) {
			runtime.Goexit()
		}
		return c
	}
	within := func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), leakPatience)
	}
	return []func(t *testing.T, srv *signaltest.Server, name string){
		func(t *testing.T, srv *signaltest.Server, name string) { // as it should be
			assert.NoError(t, dial(t, srv, name).Close(context.Background()))
		},
		func(t *testing.T, srv *signaltest.Server, name string) { // broken off
			assert.ErrorIs(t, dial(t, srv, name).Close(ended()), context.Canceled)
		},
		func(t *testing.T, srv *signaltest.Server, name string) { // refused
			_, err := signal.Dial(context.Background(), "no such app", name, signal.WithServer(srv.URL))
			assert.ErrorIs(t, err, signal.LoginEFailed)
		},
		func(t *testing.T, srv *signaltest.Server, name string) { // given up before it began
			_, err := signal.Dial(ended(), "app", name, signal.WithServer(srv.URL))
			if err == nil {
				t.Error("want no login")
			}
		},
		func(t *testing.T, srv *signaltest.Server, name string) { // busy, with loops that are left in every way
			ctx, cancel := within()
			defer cancel()
			c := dial(t, srv, name)
			room, err := c.Join(ctx, "room "+name)
			assert.NoError(t, err)
			assert.NoError(t, room.SetAttr(ctx, "_channel_ttl", "0"))
			assert.NoError(t, c.Send(ctx, "sink", "hello"))
			assert.NoError(t, room.Send(ctx, "hello"))
			for range room.Messages(ctx) {
				break
			}
			assert.Panics(t, func() {
				for range room.Presence(ctx) {
					panic("enough")
				}
			})
			next, stop := iter.Pull2(c.Events(ctx))
			next()
			stop()
			abandoned, stopped := context.WithCancel(ctx)
			go func() {
				for range room.AttrChanges(abandoned) {
					stopped() // and goes on to the end
				}
			}()
			<-abandoned.Done()
			assert.NoError(t, c.Close(ctx))
		},
		func(t *testing.T, srv *signaltest.Server, name string) { // kicked
			c := dial(t, srv, name)
			newer := dial(t, srv, name)
			<-c.Done()
			assert.NoError(t, c.Close(context.Background()))
			assert.NoError(t, newer.Close(context.Background()))
		},
		func(t *testing.T, srv *signaltest.Server, name string) { // cut, and closed while coming back
			c := dial(t, srv, name)
			srv.Cut(name)
			_ = c.Close(context.Background())                                 // as it may be
			assert.NoError(t, dial(t, srv, name).Close(context.Background())) // so that the session does not stay
		},
	}
}

// collected returns a function that waits until nothing refers to a value any more.
func collected[T any](t *testing.T, what string, value *T) (wait func()) {
	t.Helper()
	gone := make(chan struct{})
	runtime.AddCleanup(value, func(gone chan struct{}) { close(gone) }, gone)
	pointer := weak.Make(value)
	return func() {
		t.Helper()
		ok := lookEvery(10*time.Millisecond, leakPatience, func() bool {
			runtime.GC()
			select {
			case <-gone:
				return true
			default:
				return false
			}
		})
		assert.True(t, ok, "the "+what+" is still there")
		assert.Nil(t, pointer.Value(), what)
	}
}

// A channel that was left and a call that is over are garbage, while the client lives on and somebody reads all events; and
// so is a client that was closed.
func TestClientLetsGo(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	ctx := t.Context()
	bob := dial(t, srv, "bob")
	waitForAlice := func() func() {
		alice, err := signal.Dial(ctx, "app", "alice", signal.WithServer(srv.URL))
		require.NoError(t, err)
		events, stop := context.WithCancel(ctx)
		calls := make(chan *signal.Call, 1)
		var reading sync.WaitGroup
		reading.Go(func() {
			for e := range alice.Events(events) {
				if in, ok := e.(signal.IncomingCall); ok {
					calls <- in.Call
				}
			}
		})
		defer reading.Wait()
		defer stop()
		var waits []func()
		func() {
			room, err := alice.Join(ctx, "room")
			require.NoError(t, err)
			first(t, room.Presence(ctx))
			require.NoError(t, room.Leave(ctx))
			made, err := alice.Invite(ctx, "bob", signal.CallOptions{})
			require.NoError(t, err)
			require.NoError(t, first(t, bob.Calls(ctx)).Refuse(ctx, ""))
			<-made.Done()
			his, err := bob.Invite(ctx, "alice", signal.CallOptions{})
			require.NoError(t, err)
			came := <-calls
			require.NoError(t, came.Accept(ctx, ""))
			require.NoError(t, his.End(ctx))
			<-came.Done()
			waits = append(waits, collected(t, "channel", room), collected(t, "call that was made", made), collected(t, "call that came in", came))
		}()
		require.NoError(t, alice.Send(ctx, "bob", "nothing of it is in the way"))
		for _, wait := range waits {
			wait()
		}
		require.NoError(t, alice.Close(ctx))
		return collected(t, "client", alice)
	}()
	waitForAlice()
}
