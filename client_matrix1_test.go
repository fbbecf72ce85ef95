package signal_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
)

// within calls a method with so much time, and fails unless it has returned by then.
func within(t *testing.T, d *clientDeed, x *scene, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	began := time.Now()
	err := d.do(ctx, x)
	assert.LessOrEqual(t, time.Since(began), limit, d.method)
	sensible(t, d.method, err)
	return err
}

// atOnce calls a method that has nothing to wait for.
func atOnce(t *testing.T, d *clientDeed, x *scene) error {
	t.Helper()
	began := time.Now()
	err := within(t, d, x, time.Second)
	assert.Zero(t, time.Since(began), d.method)
	return err
}

// isWell checks that the outcome is as it is while all is well.
func (d *clientDeed) isWell(t *testing.T, err error) {
	t.Helper()
	if d.well == nil {
		assert.NoError(t, err, d.method)
	} else {
		assert.ErrorIs(t, err, d.well, d.method)
	}
}

// Every method may be called in the body of every loop, and does there what it does elsewhere.
func TestMatrixInEveryLoop(t *testing.T) {
	t.Parallel()
	for _, d := range clientDeeds() {
		t.Run(d.method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for name, through := range bodies() {
					x := newScene(t)
					through(t, x, func() { d.isWell(t, within(t, &d, x, time.Second)) })
					if t.Failed() {
						t.Fatalf("%s in %s", d.method, name)
					}
				}
			})
		})
	}
}

// situations returns in what a client may be when a method is called, with what becomes of it then.
func situations() map[string]func(t *testing.T, d *clientDeed, x *scene) {
	return map[string]func(t *testing.T, d *clientDeed, x *scene){
		"all is well": func(t *testing.T, d *clientDeed, x *scene) {
			d.isWell(t, within(t, d, x, time.Second))
		},
		"after Close": func(t *testing.T, d *clientDeed, x *scene) {
			require.NoError(t, x.alice.Close(t.Context()))
			err := atOnce(t, d, x)
			if d.kind == asks {
				d.isOver(t, err)
				return
			}
			assert.NoError(t, err)
		},
		"after a kick": func(t *testing.T, d *clientDeed, x *scene) {
			dialPipe(t, x.srv, "alice")
			<-x.alice.Done()
			assert.ErrorIs(t, x.alice.Err(), signal.LogoutEKicked)
			err := atOnce(t, d, x)
			switch d.kind {
			case asks:
				d.isOver(t, err)
			case reads:
				assert.ErrorIs(t, err, signal.LogoutEKicked)
			default:
				assert.NoError(t, err)
			}
		},
		"with a context that is done": func(t *testing.T, d *clientDeed, x *scene) {
			began := time.Now()
			err := d.do(ended(), x)
			assert.Zero(t, time.Since(began))
			sensible(t, d.method, err)
			if d.kind == plain {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, context.Canceled)
			}
		},
		"while reconnecting": func(t *testing.T, d *clientDeed, x *scene) {
			x.disconnect(t)
			err := within(t, d, x, time.Second)
			if d.local() {
				d.isWell(t, err)
				return
			}
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		},
		"while reconnecting, without a deadline": func(t *testing.T, d *clientDeed, x *scene) {
			if d.kind == reads {
				return // it has none
			}
			x.disconnect(t)
			began := time.Now()
			err := d.do(context.Background(), x)
			if d.local() {
				d.isWell(t, err)
				assert.Zero(t, time.Since(began))
				return
			}
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 10*time.Second, time.Since(began), "the time for a call")
		},
		"and the connection comes back": func(t *testing.T, d *clientDeed, x *scene) {
			x.disconnect(t)
			time.AfterFunc(time.Second, func() { x.srv.Refuse(false) })
			d.isWell(t, within(t, d, x, 30*time.Second))
		},
	}
}

// disconnect leaves alice without a connection.
func (x *scene) disconnect(t *testing.T) {
	t.Helper()
	x.srv.Refuse(true)
	x.srv.Cut("alice")
	synctest.Wait()
	require.Equal(t, signal.StateReconnecting, x.alice.Status().State)
}

// local reports whether a method does not ask the server while there is no connection: it says what is known; it logs out
// where there is nobody to tell; or it asks for what cannot be.
func (d *clientDeed) local() bool {
	return d.kind == plain || d.method == "Client.Close" || d.kind == asks && d.well != nil
}

// isOver checks the error of a method that was called at the end.
func (d *clientDeed) isOver(t *testing.T, err error) {
	t.Helper()
	switch {
	case d.of("Channel"):
		assert.ErrorIs(t, err, signal.ErrLeft)
	case d.of("Call"):
		assert.ErrorIs(t, err, signal.ErrCallEnded)
	default:
		assert.ErrorIs(t, err, signal.ErrClosed)
	}
}

func (d *clientDeed) of(what string) bool {
	return len(d.method) > len(what) && d.method[:len(what)+1] == what+"."
}

// Every method in every situation.
func TestMatrixInEverySituation(t *testing.T) {
	t.Parallel()
	for name, situation := range situations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, d := range clientDeeds() {
				synctest.Test(t, func(t *testing.T) { situation(t, &d, newScene(t)) })
				if t.Failed() {
					t.Fatal(fmt.Sprint(d.method, " ", name))
				}
			}
		})
	}
}
