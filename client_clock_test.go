package signal_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// What takes its time takes the time that is promised, to the millisecond where a server is near.

// took checks how long something has lasted.
func took(t *testing.T, began time.Time, want time.Duration, what string) {
	t.Helper()
	assert.InDelta(t, want.Seconds(), time.Since(began).Seconds(), 0.001, what)
}

// A Dial without a server ends with its context, or after 30 s.
func TestDialTakesAsLongAsItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		srv.Refuse(true)
		for _, limit := range []time.Duration{time.Nanosecond, 100 * time.Millisecond, 10 * time.Second, 5 * time.Minute} {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			began := time.Now()
			c, err := signal.Dial(ctx, "app", "alice", signal.WithServer(srv.URL), signal.WithDialContext(srv.Dial))
			cancel()
			assert.Nil(t, c)
			assert.ErrorIs(t, err, signal.LoginENet)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			took(t, began, limit, "Dial")
		}
		began := time.Now()
		_, err := signal.Dial(t.Context(), "app", "alice", signal.WithServer(srv.URL), signal.WithDialContext(srv.Dial))
		assert.ErrorIs(t, err, signal.LoginENet)
		took(t, began, 30*time.Second, "Dial without a deadline")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began = time.Now()
		_, err = signal.Dial(ctx, "app", "alice", signal.WithServer(srv.URL), signal.WithDialContext(srv.Dial))
		assert.ErrorIs(t, err, context.Canceled)
		took(t, began, time.Second, "Dial that is cancelled")
	})
}

// A request has its time, whatever its context allows.
func TestRequestsTakeAsLongAsACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, signal.WithCallTimeout(3*time.Second))
		x.srv.Stall(true)
		for _, d := range clientDeeds() {
			if d.kind == asks && d.well == nil {
				began := time.Now()
				assert.ErrorIs(t, d.do(t.Context(), x), context.DeadlineExceeded, d.method)
				took(t, began, 3*time.Second, d.method)
			}
		}
		x.srv.Stall(false)
	})
}

// The server has the clocks of a call.
func TestCallsHaveTheirTimes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		to   string
		opt  signal.CallOptions
		want time.Duration
		err  error
	}{
		"nobody is there":          {"ghost", signal.CallOptions{}, 20 * time.Second, signal.InviteEPeerOffline},
		"nobody is there for long": {"ghost", signal.CallOptions{Timeout: 3 * time.Second}, 3 * time.Second, signal.InviteEPeerOffline},
		"nobody answers":           {"bob", signal.CallOptions{RingTimeout: 5 * time.Minute}, 5 * time.Minute, signal.InviteETimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				alice, bob := dialPipe(t, srv, "alice"), dialPipe(t, srv, "bob")
				began := time.Now()
				call, err := alice.Invite(t.Context(), tt.to, tt.opt)
				require.NoError(t, err)
				assert.NotEmpty(t, call.Channel())
				_, err = call.Wait(t.Context())
				assert.ErrorIs(t, err, tt.err)
				took(t, began, tt.want, "the call")
				assert.ErrorIs(t, call.Err(), tt.err)
				synctest.Wait() // bob is told as well
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				for in := range bob.Calls(ctx) {
					assert.Nil(t, in, "it does not ring any more")
				}
			})
		})
	}
}

// Close waits for what is under way and for loops, as long as it may.
func TestCloseTakesItsTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limit, body, want time.Duration
	}{
		"loops that come to an end":   {0, 5 * time.Second, 5 * time.Second},
		"a loop that does not":        {0, time.Hour, 30 * time.Second},
		"a loop that does not by far": {time.Second, time.Hour, time.Second},
		"a loop that does in time":    {time.Hour, 50 * time.Minute, 50 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				alice := dialPipe(t, srv, "alice")
				for n := range 3 {
					require.NoError(t, alice.Send(t.Context(), "alice", fmt.Sprint(n)))
				}
				body, over := make(chan struct{}), make(chan struct{})
				var handled atomic.Int32
				go func() {
					defer close(over)
					for _, err := range alice.Messages(t.Context()) {
						assert.NoError(t, err)
						if handled.Add(1) == 1 {
							close(body)
							time.Sleep(tt.body)
						}
					}
				}()
				<-body
				ctx := context.Background()
				if tt.limit > 0 {
					limited, cancel := context.WithTimeout(ctx, tt.limit)
					defer cancel()
					ctx = limited
				}
				began := time.Now()
				err := alice.Close(ctx)
				took(t, began, tt.want, "Close")
				if tt.want == tt.body {
					assert.NoError(t, err)
					assert.EqualValues(t, 3, handled.Load(), "loops get what has come")
				} else {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
				}
				assert.NoError(t, alice.Err())
				<-over // the loop has its end all the same
				assert.EqualValues(t, 3, handled.Load())
			})
		})
	}
}

// Close in the body of a loop waits for no loop, and for requests that are under way.
func TestCloseInALoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice := dialPipe(t, srv, "alice")
		srv.Stall(true)
		sent := make(chan error, 1)
		go func() { sent <- alice.Send(t.Context(), "bob", "hi") }()
		synctest.Wait()
		time.AfterFunc(3*time.Second, func() { srv.Stall(false) })
		rounds := 0
		for range alice.Events(t.Context()) {
			if rounds++; rounds == 1 {
				began := time.Now()
				assert.NoError(t, alice.Close(t.Context()))
				took(t, began, 3*time.Second, "Close")
			}
		}
		assert.Equal(t, 1, rounds)
		assert.NoError(t, <-sent)
	})
}

// Without a limit a client comes back after however long; with one it is at its end.
func TestReconnectTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		patient, hasty := dialPipe(t, srv, "patient"), dialPipe(t, srv, "hasty", signal.WithReconnectTimeout(time.Minute))
		room, err := patient.Join(t.Context(), "room")
		require.NoError(t, err)
		srv.Refuse(true)
		srv.CutAll()
		began := time.Now()
		<-hasty.Done()
		took(t, began, time.Minute, "until it gives up")
		assert.ErrorIs(t, hasty.Err(), signal.LogoutENet)
		assert.ErrorIs(t, hasty.Send(t.Context(), "bob", "hi"), signal.ErrClosed)
		time.Sleep(24 * time.Hour)
		srv.Refuse(false)
		for e, err := range patient.Events(t.Context()) {
			require.NoError(t, err)
			if s, ok := e.(signal.StateChanged); ok && s.State == signal.StateConnected {
				assert.Equal(t, 2, s.Connection)
				break
			}
		}
		assert.NoError(t, room.Send(t.Context(), "hi"), "it is in its channel again")
	})
}

// A source is a token source that does what is next on its list, and then gives good tokens.
type source struct {
	asked atomic.Int32
	next  []func(ctx context.Context) (string, error)
}

func goodToken(context.Context) (string, error) {
	return signal.NewToken("app", certificate, "alice", time.Now().Add(time.Hour)), nil
}

func (s *source) token(ctx context.Context) (string, error) {
	n := int(s.asked.Add(1))
	if n > len(s.next) {
		return goodToken(ctx)
	}
	return s.next[n-1](ctx)
}

func after(d time.Duration, err error) func(ctx context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		select {
		case <-time.After(d):
			if err != nil {
				return "", err
			}
			return goodToken(ctx)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func secured(t *testing.T) *signaltest.Server {
	t.Helper()
	return signaltest.NewPipeServer(t, server.WithApp("app", certificate))
}

// A token source is asked at each login: it may be slow, may fail, and may say that there is no more to be had.
func TestTokenSource(t *testing.T) {
	t.Parallel()
	type steps = []func(ctx context.Context) (string, error)
	wrong := func(context.Context) (string, error) { return "1:app:0:wrong", nil }
	no := fmt.Errorf("no account of ours: %w", signal.ErrUnauthorized)
	for name, tt := range map[string]struct {
		steps steps
		asked int
		err   error
		least time.Duration // that it takes
		most  time.Duration
	}{
		"good":               {nil, 1, nil, 0, 0},
		"slow":               {steps{after(5*time.Second, nil)}, 1, nil, 5 * time.Second, 5 * time.Second},
		"too slow once":      {steps{after(time.Minute, nil)}, 2, nil, 20 * time.Second, 21 * time.Second},
		"fails twice":        {steps{after(0, errors.New("no")), after(0, errors.New("no"))}, 3, nil, time.Second, 2 * time.Second},
		"panics":             {steps{func(context.Context) (string, error) { panic("no") }}, 2, nil, 0, time.Second},
		"unauthorized":       {steps{after(0, no)}, 1, signal.ErrUnauthorized, 0, 0},
		"unauthorized later": {steps{after(0, errors.New("no")), after(0, no)}, 2, signal.LoginETokenWrong, 0, time.Second},
		"wrong":              {steps{wrong}, 1, signal.ErrUnauthorized, 0, 0},
	} {
		t.Run("login, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, s := secured(t), &source{next: tt.steps}
				began := time.Now()
				c, err := signal.Dial(t.Context(), "app", "alice", signal.WithServer(srv.URL), signal.WithDialContext(srv.Dial),
					signal.WithTokenSource(s.token))
				assert.GreaterOrEqual(t, time.Since(began), tt.least)
				assert.LessOrEqual(t, time.Since(began), tt.most+time.Millisecond)
				assert.EqualValues(t, tt.asked, s.asked.Load())
				if tt.err != nil {
					assert.ErrorIs(t, err, tt.err)
					assert.Nil(t, c)
					return
				}
				require.NoError(t, err)
				assert.NoError(t, c.Close(t.Context()))
			})
		})
		t.Run("once more, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, s := secured(t), &source{next: append(steps{goodToken}, tt.steps...)}
				c := dialPipe(t, srv, "alice", signal.WithTokenSource(s.token))
				srv.Cut("alice")
				time.Sleep(time.Second)
				require.EqualValues(t, 1, s.asked.Load(), "a resume wants no token")
				srv.Restart(false)
				began := time.Now()
				synctest.Wait()
				err := c.Send(t.Context(), "bob", "hi")
				for errors.Is(err, context.DeadlineExceeded) {
					err = c.Send(t.Context(), "bob", "hi")
				}
				assert.LessOrEqual(t, time.Since(began), tt.most+2*time.Second)
				assert.EqualValues(t, tt.asked+1, s.asked.Load())
				if tt.err != nil {
					<-c.Done()
					assert.ErrorIs(t, c.Err(), signal.ErrUnauthorized)
					assert.ErrorIs(t, c.Err(), signal.LogoutETokenWrong)
					return
				}
				assert.NoError(t, err)
				assert.NoError(t, c.Err())
			})
		})
	}
}
