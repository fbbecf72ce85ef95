package signal_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/signaltest"
)

// A spy watches the connections of one API.
type spy struct {
	srv   *signaltest.Server
	write func(conn, frame int) // called before that write on that connection, both counted from 1
	hang  bool                  // dialing takes for ever

	mu     sync.Mutex
	dialed int
	open   int
}

func (s *spy) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if s.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c, err := s.srv.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialed++
	s.open++
	return &spied{Conn: c, spy: s, number: s.dialed}, nil
}

func (s *spy) counts() (dialed, open int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dialed, s.open
}

type spied struct {
	net.Conn
	spy            *spy
	number, writes int
	once           sync.Once
}

func (c *spied) Write(p []byte) (int, error) {
	c.writes++
	if c.spy.write != nil {
		c.spy.write(c.number, c.writes)
	}
	return c.Conn.Write(p)
}

func (c *spied) Close() error {
	c.once.Do(func() {
		c.spy.mu.Lock()
		defer c.spy.mu.Unlock()
		c.spy.open--
	})
	return c.Conn.Close()
}

// leftover returns the goroutines that do a client's work. There are none but those of this test's bubble: the test
// does not run in parallel with others.
func leftover() []string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var left []string
	for _, g := range strings.Split(string(stacks), "\n\n") {
		frames, _, _ := strings.Cut(g, "created by ")
		if strings.Contains(frames, "/internal/link.") || strings.Contains(frames, "/internal/dispatch.") {
			left = append(left, g)
		}
	}
	return left
}

// In whatever state Destroy finds an API: what is pending ends, and no goroutine, socket or timer is left.
func TestInvariant6NothingLeft(t *testing.T) {
	login := func(u user, _ *spy) { u.Login("app", "alice", signal.NoToken, 0, "") }
	online := func(u user, s *spy) { login(u, s); synctest.Wait() }
	stallAt := func(conn, frame int) func(u user, s *spy) {
		return func(_ user, s *spy) {
			s.write = func(c, f int) {
				if c == conn && f == frame {
					s.srv.Stall(true)
				}
			}
		}
	}
	for name, prepare := range map[string][]func(u user, s *spy){
		"new":            {},
		"refused":        {func(u user, _ *spy) { u.Login("app", "a b", signal.NoToken, 0, "") }},
		"dialing":        {func(_ user, s *spy) { s.hang = true }, login},
		"shaking hands":  {stallAt(1, 1), login},
		"authenticating": {stallAt(1, 2), login},
		"between tries":  {func(_ user, s *spy) { s.srv.Refuse(true) }, login},
		"online":         {online},
		"in a channel":   {online, func(u user, _ *spy) { u.ChannelJoin("room") }},
		"stalled":        {online, func(_ user, s *spy) { s.srv.Stall(true) }},
		"reconnecting":   {online, func(_ user, s *spy) { s.srv.Refuse(true); s.srv.CutAll() }},
		"dialing again":  {online, func(_ user, s *spy) { s.hang = true; s.srv.CutAll() }},
		"resuming":       {stallAt(2, 2), online, func(_ user, s *spy) { s.srv.CutAll() }},
		"resumed":        {online, func(_ user, s *spy) { s.srv.CutAll() }},
		"rejoining":      {online, func(u user, _ *spy) { u.ChannelJoin("room") }, func(_ user, s *spy) { s.srv.Restart(false) }},
		"kicked": {online, func(_ user, s *spy) {
			other := signal.New("app", signal.WithServer(s.srv.URL), signal.WithDialContext(s.srv.Dial))
			other.Login("app", "alice", signal.NoToken, 0, "")
			synctest.Wait()
			other.Destroy()
		}},
		"logging out":         {online, func(u user, s *spy) { s.srv.Stall(true); u.Logout() }},
		"logged out":          {online, func(u user, _ *spy) { u.Logout() }},
		"logging in and out":  {login, func(u user, _ *spy) { u.Logout() }, login},
		"out of reach to log": {online, func(u user, s *spy) { s.srv.Stall(true); u.Logout() }, login},
	} {
		for _, soon := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " ", soon), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { destroyWhen(t, prepare, soon) })
			})
		}
	}
}

func destroyWhen(t *testing.T, prepare []func(u user, s *spy), soon bool) {
	t.Helper()
	s := &spy{srv: pipes(t)}
	alice, l := visitor(t, s.srv, signal.WithDialContext(s.dial)), newLedger()
	for _, step := range prepare {
		step(alice, s)
	}
	if !soon {
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
	}
	for _, d := range deeds() {
		if d.key != "login" && d.key != "logout" && d.method != "Destroy" {
			l.call(alice.API, &d, d.method)
		}
	}
	l.close()
	began := time.Now()
	alice.Destroy()
	assert.LessOrEqual(t, time.Since(began), 1200*time.Millisecond, "200 ms for the server, 1 s for the socket")
	l.check(t, alice.All())
	dialed, open := s.counts()
	assert.Zero(t, open, "connections")
	frozen := alice.Fired()
	synctest.Wait()
	assert.Empty(t, leftover(), "goroutines")
	s.srv.Stall(false)
	s.srv.Refuse(false)
	time.Sleep(time.Hour)
	dialedLater, _ := s.counts()
	assert.Equal(t, dialed, dialedLater, "dials after Destroy")
	assert.Equal(t, frozen, alice.Fired())
}

// However many destroy it at the same time: each waits until no handler runs, and none runs afterwards.
func TestInvariant6Concurrently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		running := false
		alice.Hook(func(recorder.Call) {
			running = true
			time.Sleep(time.Minute)
			running = false
		})
		for n := range 30 {
			bob.MessageInstantSend("alice", 0, fmt.Sprint(n), "")
		}
		synctest.Wait()
		began := time.Now()
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				alice.Destroy()
				assert.False(t, running)
				assert.Equal(t, time.Minute, time.Since(began), "the handler that ran is the last")
			})
		}
		all.Wait()
		assert.Equal(t, 1, alice.Count("OnMessageInstantReceive"))
	})
}

// Handlers of two APIs that destroy each other do not wait for one another.
func TestInvariant6EachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		both := make(chan struct{})
		destroy := func(other user) func(recorder.Call) {
			return func(recorder.Call) {
				<-both
				other.Destroy()
				time.Sleep(time.Second)
			}
		}
		alice.Hook(destroy(bob))
		bob.Hook(destroy(alice))
		alice.GetAttr("n")
		bob.GetAttr("n")
		synctest.Wait()
		close(both)
		alice.Destroy()
		bob.Destroy()
	})
}

// Destroy in a handler returns at once; what was asked for before has its outcome, then the user is logged out.
func TestInvariant6InHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		alice.enter(t, "room")
		bob.enter(t, "room")
		l := newLedger()
		alice.Hook(func(c recorder.Call) {
			if !c.Is("OnMessageInstantReceive") {
				return
			}
			for _, d := range deeds() {
				if d.key != "login" && d.key != "logout" {
					l.call(alice.API, &d, d.method)
				}
			}
		})
		bob.MessageInstantSend("alice", 0, "hi", "")
		bob.Await(t, "OnChannelUserLeaved", "alice")
		alice.Destroy()
		l.check(t, alice.All())
		assert.Zero(t, alice.Count("OnLogout"))
		bob.QueryUserStatus("alice")
		bob.Await(t, "OnQueryUserStatusResult", "alice", "0")
	})
}

// Amid a stream of events, over real sockets: from the moment that Destroy returns, silence.
func TestInvariant6Silence(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	bob := online(t, srv, "bob")
	for round := range 5 {
		account := fmt.Sprint("alice", round)
		alice := online(t, srv, account)
		silent := make(chan struct{})
		alice.Hook(func(c recorder.Call) {
			select {
			case <-silent:
				t.Errorf("%v after Destroy", c)
			default:
			}
			alice.QueryUserStatus("bob") // and so on, and on
		})
		alice.GetAttr("n")
		for range 3 {
			bob.MessageInstantSend(account, 0, "hi", "")
			bob.Expect(t, "OnMessageSendSuccess")
		}
		alice.Destroy()
		close(silent)
		frozen := alice.Fired()
		for range 3 {
			bob.MessageInstantSend(account, 0, "hi", "")
			bob.Expect(t, "OnMessageSendSuccess")
		}
		assert.Equal(t, frozen, alice.Fired())
		assert.True(t, slices.IsSortedFunc(alice.All(), func(a, b recorder.Call) int { return a.At.Compare(b.At) }))
	}
}
