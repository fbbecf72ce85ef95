package signal_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// Without an ICallBack everything happens all the same, and nobody hears of it.
func TestInvariant7NoCallback(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*signal.API){
		"never set": func(*signal.API) {},
		"nil":       func(a *signal.API) { a.CallbackSet(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTour(t)
				x.alice.API = signal.New("app", signal.WithServer(x.srv.URL), signal.WithDialContext(x.srv.Dial))
				set(x.alice.API)
				x.run()
				assert.Nil(t, x.alice.CallbackGet())
				// What others heard of alice is as ever.
				for _, heard := range []string{"OnChannelUserList", "OnMessageSendSuccess", "OnInviteReceived", "OnInviteEndByPeer"} {
					x.bob.Await(t, heard)
				}
				assert.Equal(t, 1, x.bob.Count("OnInviteReceived", "accepted", "alice", 0, `{"x":1}`))
				assert.Equal(t, 1, x.bob.Count("OnInviteEndByPeer", "accepted", "alice"))
			})
		})
	}
}

// Events without an ICallBack are dropped, not kept: whoever is set hears what comes from then on.
func TestInvariant7SetLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		for n, to := range []signal.ICallBack{alice.Recorder, nil, alice.Recorder, (*typed)(nil), alice.Recorder} {
			alice.CallbackSet(to)
			bob.MessageInstantSend("alice", 0, fmt.Sprint(n), "")
			time.Sleep(2 * time.Second)
		}
		for _, n := range []string{"0", "2", "4"} {
			alice.Expect(t, "OnMessageInstantReceive", "bob", 0, n)
		}
		alice.Quiet(t)
		assert.Equal(t, signal.LoginStateLogined, alice.GetStatus())

		again := online(t, srv, "alice")
		time.Sleep(time.Minute)
		again.Quiet(t) // what was dropped counts as handled
	})
}

// Handlers may be swapped at any time: every event goes to one of them, in order.
func TestInvariant7SwapAmidEvents(t *testing.T) {
	t.Parallel()
	const events = 2000
	api := signal.New("app")
	defer api.Destroy()
	heard := []*recorder.Recorder{recorder.New(), recorder.New(), recorder.New()}
	api.CallbackSet(heard[0])
	var all sync.WaitGroup
	done := make(chan struct{})
	all.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
				api.CallbackSet(heard[n%len(heard)])
			}
		}
	})
	for n := range events {
		api.ChannelLeave(fmt.Sprint(n))
	}
	api.Destroy()
	close(done)
	all.Wait()
	var came []recorder.Call
	for _, r := range heard {
		calls := r.All()
		assert.True(t, slices.IsSortedFunc(calls, func(a, b recorder.Call) int { return a.At.Compare(b.At) }))
		came = append(came, calls...)
	}
	assert.Len(t, came, events)
	slices.SortStableFunc(came, func(a, b recorder.Call) int { return a.At.Compare(b.At) })
	for n, c := range came {
		assert.True(t, c.Is("OnChannelLeaved", fmt.Sprint(n)), "%v at %d", c, n)
	}
}
