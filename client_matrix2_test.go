package signal_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
)

// Many goroutines call everything at once, while the server stalls, connections are cut and refused, the account logs in
// elsewhere or the client is closed: each call returns within its context, with an error that can be told.
func TestMatrixConcurrently(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, x *scene){
		"closed": func(t *testing.T, x *scene) { assert.NoError(t, x.alice.Close(t.Context())) },
		"broken off": func(t *testing.T, x *scene) {
			x.srv.Stall(true)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_ = x.alice.Close(ctx) // in time or not
			x.srv.Stall(false)
		},
		"kicked": func(t *testing.T, x *scene) { dialPipe(t, x.srv, "alice") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { amidFaults(t, end) })
		})
	}
}

func amidFaults(t *testing.T, end func(t *testing.T, x *scene)) {
	t.Helper()
	const callers, limit = 64, 2 * time.Second
	x := newScene(t)
	deeds := clientDeeds()
	var calling sync.WaitGroup
	over := make(chan struct{})
	for n := range callers {
		calling.Go(func() {
			for i := n; ; i++ {
				d := &deeds[i%len(deeds)]
				if d.method == "Client.Close" {
					d = &deeds[0]
				}
				_ = within(t, d, x, limit)
				select {
				case <-over:
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
		})
	}
	for range 2 {
		x.srv.Stall(true)
		time.Sleep(3 * time.Second)
		x.srv.Stall(false)
		x.srv.Cut("alice")
		time.Sleep(time.Second)
		x.srv.Refuse(true)
		x.srv.CutAll()
		time.Sleep(3 * time.Second)
		x.srv.Refuse(false)
		time.Sleep(10 * time.Second)
	}
	end(t, x)
	<-x.alice.Done()
	close(over)
	calling.Wait()
	var closing sync.WaitGroup
	for range callers {
		closing.Go(func() { assert.NoError(t, x.alice.Close(ended()), "it is closed") })
	}
	closing.Wait()
	for i := range deeds {
		if d := &deeds[i]; d.kind == asks {
			assert.Error(t, atOnce(t, d, x), d.method)
		}
	}
	assert.Equal(t, signal.StateClosed, x.alice.Status().State)
}
