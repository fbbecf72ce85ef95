package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// A goroutine that outlives its test fails the run: of calls that end wherever they end none is left.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	soon = 10 * time.Second
	tick = 5 * time.Millisecond
	chat = 300 * time.Millisecond
)

// stage is a server with an echo.
type stage struct {
	srv  *signaltest.Server
	api  *webrtc.API
	stop context.CancelFunc // ends the echo
	over chan error         // what it ended with

	mu sync.Mutex
	// +checklocks:mu
	said []string // by the echo
}

func newStage(t *testing.T, places int) *stage {
	t.Helper()
	api, err := new(settings).newAPI()
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	s := &stage{srv: signaltest.NewServer(t), api: api, stop: stop, over: make(chan error, 1)}
	e := &echo{client: s.dial(t, "echo"), api: api, places: places, say: s.hear}
	var running sync.WaitGroup
	running.Go(func() { s.over <- e.run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return s
}

func (s *stage) hear(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

func (s *stage) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.said...)
}

func (s *stage) dial(t *testing.T, account string, opts ...signal.Option) *signal.Client {
	t.Helper()
	client, err := signal.Dial(t.Context(), "app", account, append(opts, signal.WithServer(s.srv.URL))...)
	require.NoError(t, err)
	t.Cleanup(func() { hangUp(client) })
	return client
}

func (s *stage) caller(t *testing.T, account string, opts ...signal.Option) *caller {
	t.Helper()
	client := s.dial(t, account, opts...)
	c := &caller{client: client, api: s.api, router: newRouter(client), say: t.Logf}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = c.router.run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return c
}

// accepted returns a call that somebody has accepted, and a peer for it that has told nothing yet.
func (s *stage) accepted(t *testing.T, c *caller, to string) (*signal.Call, *peer) {
	t.Helper()
	call, err := c.client.Invite(t.Context(), to, signal.CallOptions{})
	require.NoError(t, err)
	parts, ok := c.router.open(call)
	require.True(t, ok)
	_, err = call.Wait(t.Context())
	require.NoError(t, err)
	p, err := newPeer(s.api, nil, c.client, call, parts)
	require.NoError(t, err)
	t.Cleanup(p.close)
	return call, p
}

// free waits until the echo has room for one more call.
func (s *stage) free(t *testing.T, c *caller) {
	t.Helper()
	require.Eventually(t, func() bool {
		call, err := c.client.Invite(t.Context(), "echo", signal.CallOptions{})
		if err != nil {
			return false
		}
		_, err = call.Wait(t.Context())
		end(call)
		return err == nil
	}, soon, tick)
}

func isDone(t *testing.T, call *signal.Call) {
	t.Helper()
	select {
	case <-call.Done():
	case <-time.After(soon):
		require.Fail(t, "the call goes on")
	}
}

func TestEchoSendsBackWhatComes(t *testing.T) {
	s := newStage(t, 4)
	var calls sync.WaitGroup
	for _, account := range []string{"alice", "bob"} {
		c := s.caller(t, account)
		calls.Go(func() {
			for range 2 { // one after the other; two at a time
				r, err := c.call(t.Context(), "echo", chat)
				if assert.NoError(t, err) {
					assert.NoError(t, r.tell(t.Logf))
					assert.LessOrEqual(t, r.sound.back.Load(), r.sound.sent.Load())
					assert.LessOrEqual(t, r.picture.back.Load(), r.picture.sent.Load())
				}
			}
		})
	}
	calls.Wait()
	require.Eventually(t, func() bool { return len(s.heard()) == 8 }, soon, tick)
	assert.ElementsMatch(t, []string{
		"alice calls; accepted", "the call of alice is over", "alice calls; accepted", "the call of alice is over",
		"bob calls; accepted", "the call of bob is over", "bob calls; accepted", "the call of bob is over",
	}, s.heard())
}

func TestEchoRefusesWhenItIsFull(t *testing.T) {
	s := newStage(t, 1)
	call, _ := s.accepted(t, s.caller(t, "alice"), "echo")
	bob := s.caller(t, "bob")
	other, err := bob.client.Invite(t.Context(), "echo", signal.CallOptions{})
	require.NoError(t, err)
	why, err := other.Wait(t.Context())
	assert.ErrorIs(t, err, signal.ErrRefused)
	assert.Equal(t, `{"reason":"busy"}`, why)
	require.NoError(t, call.End(t.Context()))
	s.free(t, bob)
}

func TestEchoRefusesASecondCallOnOneChannel(t *testing.T) {
	s := newStage(t, 2)
	alice := s.dial(t, "alice")
	call, err := alice.Invite(t.Context(), "echo", signal.CallOptions{Channel: "one"})
	require.NoError(t, err)
	_, err = call.Wait(t.Context())
	require.NoError(t, err)
	_, err = alice.Invite(t.Context(), "echo", signal.CallOptions{Channel: "one"})
	require.ErrorIs(t, err, signal.InviteEReinvite, "the server's affair; and the router's")
	r := newRouter(alice)
	_, ok := r.open(call)
	assert.True(t, ok)
	_, ok = r.open(call)
	assert.False(t, ok)
	r.close(call)
	_, ok = r.open(call)
	assert.True(t, ok)
}

// A call may end wherever it is: nothing is left of it, and its place is free.
func TestACallEndsInMidNegotiation(t *testing.T) {
	for name, until := range map[string]func(t *testing.T, p *peer){
		"before the offer": func(*testing.T, *peer) {},
		"in the middle of the offer": func(t *testing.T, p *peer) {
			texts, err := split(p.call.Channel(), kindOffer, 1, `{"type":"offer","sdp":"`+strings.Repeat("a", 9_000))
			require.NoError(t, err)
			require.NoError(t, p.send(t.Context(), texts[0]))
		},
		"after the offer": func(t *testing.T, p *peer) {
			require.NoError(t, p.offer(t.Context()))
		},
		"after the answer": func(t *testing.T, p *peer) {
			require.NoError(t, p.offer(t.Context()))
			for p.pc.RemoteDescription() == nil {
				require.NoError(t, p.take(t.Context(), <-p.parts))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, 1)
			alice, bob := s.caller(t, "alice"), s.caller(t, "bob")
			call, p := s.accepted(t, alice, "echo")
			_, err := p.pc.CreateDataChannel(echoLabel, nil)
			require.NoError(t, err)
			require.NoError(t, newPicture().attach(t.Context(), p))
			until(t, p)
			require.NoError(t, call.End(t.Context()))
			s.free(t, bob)
		})
	}
}

func TestTheEchoHangsUp(t *testing.T) {
	s := newStage(t, 1)
	call, p := s.accepted(t, s.caller(t, "alice"), "echo")
	ran := make(chan error, 1)
	p.goes(func() { ran <- p.run(context.Background()) })
	s.stop()
	assert.NoError(t, <-s.over)
	isDone(t, call)
	assert.NoError(t, call.Err())
	assert.NoError(t, <-ran, "the other side hung up, which is no error")
}

func TestTheEchoEndsWithItsClient(t *testing.T) {
	s := newStage(t, 1)
	call, _ := s.accepted(t, s.caller(t, "alice"), "echo")
	s.dial(t, "echo") // elsewhere
	assert.ErrorIs(t, <-s.over, signal.LogoutEKicked)
	isDone(t, call)
}

// The caller's program dies: its peer connection is closed, or nobody says anything. Here the session ends.
func TestTheCallerGoes(t *testing.T) {
	s := newStage(t, 1)
	alice := s.caller(t, "alice")
	_, p := s.accepted(t, alice, "echo")
	require.NoError(t, p.offer(t.Context()))
	hangUp(alice.client)
	s.free(t, s.caller(t, "bob"))
}

// The peer connection is closed by the caller's side, and the call is over, though nobody has hung up.
func TestTheCallerClosesThePeerConnection(t *testing.T) {
	s := newStage(t, 1)
	call, p := s.accepted(t, s.caller(t, "alice"), "echo")
	require.NoError(t, newPicture().attach(t.Context(), p))
	require.NoError(t, p.offer(t.Context()))
	ran := make(chan error, 1)
	p.goes(func() { ran <- p.run(t.Context()) })
	<-p.connected
	require.NoError(t, p.pc.Close())
	isDone(t, call)
	assert.NoError(t, <-ran)
}

// While the server is away, what is to be told waits, for longer than a request does: the call goes on.
func TestTheServerIsAway(t *testing.T) {
	s := newStage(t, 1)
	alice := s.caller(t, "alice", signal.WithCallTimeout(50*time.Millisecond))
	call, p := s.accepted(t, alice, "echo")
	require.NoError(t, newPicture().attach(talking(t), p))
	s.srv.Refuse(true)
	s.srv.Cut("alice")
	told := make(chan error, 1)
	p.goes(func() { told <- p.offer(context.Background()) })
	require.Eventually(t, func() bool { return alice.client.Status().Attempt > 0 }, soon, tick)
	assert.Empty(t, told)
	s.srv.Refuse(false)
	require.NoError(t, <-told)
	ran := make(chan error, 1)
	p.goes(func() { ran <- p.run(context.Background()) })
	<-p.connected
	end(call)
	assert.NoError(t, <-ran)
}

// Who accepts and then is silent does not hold the line for ever.
func TestNobodySaysAnything(t *testing.T) {
	s := newStage(t, 1)
	_, p := s.accepted(t, s.caller(t, "alice"), "echo")
	p.within = 20 * time.Millisecond
	assert.ErrorIs(t, p.run(t.Context()), errNotConnected)
	p.ends(errFailed)
	assert.ErrorIs(t, p.run(t.Context()), errFailed)
}
