package signal_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// Every method may be called inside every handler: it returns at once, has its outcome, and the API lives on until
// it is destroyed. Where something waits for ever, the bubble finds that out.
func TestInvariant1EveryMethodInEveryHandler(t *testing.T) {
	t.Parallel()
	for _, d := range deeds() {
		t.Run(d.method, func(t *testing.T) {
			t.Parallel()
			switch d.method {
			case "Destroy", "Logout", "Login", "Login2", "CallbackSet", "ChannelJoin", "ChannelLeave": // each spoils the rest of the tour
				for _, handler := range callbacks() {
					t.Run(handler, func(t *testing.T) { tourWith(t, &d, handler) })
				}
			default:
				tourWith(t, &d, callbacks()...)
			}
		})
	}
}

// tourWith makes a tour with one call of a method in each of the handlers.
func tourWith(t *testing.T, d *deed, handlers ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := newTour(t)
		var called []string
		x.alice.Hook(func(c recorder.Call) {
			if !slices.Contains(handlers, c.Name) || slices.Contains(called, c.Name) {
				return
			}
			began := time.Now()
			x.ledger.call(x.alice.API, d, d.method+" in "+c.Name)
			assert.Zero(t, time.Since(began), "%s waited in %s", d.method, c.Name)
			called = append(called, c.Name)
		})
		x.run()
		assert.ElementsMatch(t, handlers, called)
		x.ledger.check(t, x.alice.All())
	})
}

// The next event goes to the ICallBack that a handler has set, whichever handler.
func TestInvariant1CallbackSetInEveryHandler(t *testing.T) {
	t.Parallel()
	for _, handler := range callbacks() {
		t.Run(handler, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTour(t)
				first, second, third := x.alice.Recorder, recorder.New(), recorder.New()
				events, last := 0, ""
				first.Hook(func(c recorder.Call) {
					events, last = events+1, c.Name
					if c.Name == handler {
						x.alice.CallbackSet(second)
					}
				})
				second.Hook(func(recorder.Call) { x.alice.CallbackSet(third) })
				x.run()
				assert.Equal(t, handler, last)
				assert.Equal(t, 1, first.Fired()[handler])
				x.ledger.check(t, slices.Concat(first.All(), second.All(), third.All()))
				n := 0
				for _, times := range second.Fired() {
					n += times
				}
				assert.LessOrEqual(t, n, 1)
			})
		})
	}
}

// Before Login every method returns at once, and what is asked for is refused.
func TestInvariant1BeforeLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		for _, d := range deeds() {
			a, l := visitor(t, srv), newLedger()
			began := time.Now()
			l.call(a.API, &d, d.method)
			synctest.Wait()
			assert.Zero(t, time.Since(began), d.method)
			l.close()
			a.Destroy()
			l.check(t, a.All())
			if d.key == "login" {
				assert.Equal(t, 1, a.Count("OnLoginSuccess"))
			}
		}
	})
}

// After Destroy every method returns at once, and nothing whatever comes of it.
func TestInvariant1AfterDestroy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		dials := 0
		dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return srv.Dial(ctx, network, addr)
		}
		a := online(t, srv, "alice", signal.WithDialContext(dial))
		a.Destroy()
		before := a.Fired()
		began := time.Now()
		for _, d := range deeds() {
			d.do(a.API, d.method)
		}
		assert.Zero(t, time.Since(began))
		time.Sleep(time.Hour)
		assert.Equal(t, before, a.Fired())
		assert.Equal(t, 1, dials)
		assert.Equal(t, signal.LoginStateNotLogin, a.GetStatus())
	})
}

// Whatever is called at the same time, from many goroutines, is done, each thing once.
func TestInvariant1Concurrently(t *testing.T) {
	t.Parallel()
	for _, d := range deeds() {
		t.Run(d.method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				a, l := online(t, srv, "alice"), newLedger()
				l.note(ending{key: "login"}, "", func() {}) // that of online
				began := time.Now()
				var all sync.WaitGroup
				for g := range 8 {
					all.Go(func() {
						for n := range 8 {
							l.call(a.API, &d, fmt.Sprint(d.method, " ", g, " ", n))
						}
					})
				}
				all.Wait()
				assert.Zero(t, time.Since(began))
				time.Sleep(30 * time.Second) // all invites are over
				l.check(t, a.All())
				l.close()
				a.Destroy()
				l.check(t, a.All())
			})
		})
	}
}

// Neither a server that takes nothing nor a handler that does not return makes a method wait, nor does a socket
// whose buffers are full.
func TestInvariant1NothingBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		a, l := online(t, srv, "alice"), newLedger()
		l.note(ending{key: "login"}, "", func() {}) // that of online
		release := make(chan struct{})
		a.Hook(func(recorder.Call) { <-release })
		srv.Stall(true)
		began := time.Now()
		text := strings.Repeat("x", 8000)
		for n := range 1000 { // more than the pipe takes, and more than is sent without an answer
			l.note(ending{key: "send"}, fmt.Sprint(n), func() { a.MessageInstantSend("bob", 0, text, fmt.Sprint(n)) })
		}
		for _, d := range deeds() {
			if d.method != "Destroy" {
				for n := range 40 {
					l.call(a.API, &d, fmt.Sprint(d.method, n))
				}
			}
		}
		require.Zero(t, time.Since(began))
		time.Sleep(time.Minute)
		srv.Stall(false)
		close(release)
		l.close()
		a.Destroy()
		l.check(t, a.All())
	})
}
