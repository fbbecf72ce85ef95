package signal_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/signaltest"
)

// A storm is many goroutines that call everything on one API, while its connection is cut and stalled.
type storm struct {
	srv    *signaltest.Server
	alice  user
	ledger *ledger
	seed   uint64

	goroutines, rounds int
	without            []string // methods that are not called
	pause              func(*rand.Rand)
	due                map[int64]func() // after so many calls
	window             int              // calls without an outcome at one time

	calls atomic.Int64
	mu    sync.Mutex
	moved sync.Cond
	open  int // calls without an outcome
}

// blow calls every method, each goroutine in an order of its own, and does what is due after so many calls.
func (s *storm) blow() {
	s.ledger.note(ending{key: "login"}, "", func() {}) // that of online
	s.moved.L = &s.mu
	s.alice.Hook(func(c recorder.Call) {
		if s.ledger.expects(c) {
			s.move(-1)
		}
	})
	var all sync.WaitGroup
	for g := range s.goroutines {
		all.Go(func() {
			random := rand.New(rand.NewPCG(s.seed, uint64(g)))
			todo := deeds()
			for round := range s.rounds {
				for _, i := range random.Perm(len(todo)) {
					s.do(&todo[i], g, round)
					s.pause(random)
				}
			}
		})
	}
	all.Wait()
}

func (s *storm) do(d *deed, g, round int) {
	switch {
	case slices.Contains(s.without, d.method):
		return
	case d.method == "Login" || d.method == "Login2" || d.method == "Logout":
		if g%16 != 0 { // or hardly anybody would find the API logged in
			return
		}
	case d.method == "Destroy":
		if g+round > 0 {
			return
		}
	}
	if d.ending != (ending{}) && !d.silent {
		s.move(1)
	}
	s.ledger.call(s.alice.API, d, fmt.Sprint(d.method, " ", g, " ", round))
	if f := s.due[s.calls.Add(1)]; f != nil {
		f()
	}
	if d.method == "Destroy" {
		s.widen(many)
	}
}

// move counts the calls without an outcome, and waits for outcomes before there are too many.
func (s *storm) move(by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for by > 0 && s.open >= s.window {
		s.moved.Wait()
	}
	s.open += by
	s.moved.Broadcast()
}

// widen lets more calls be without an outcome at one time.
func (s *storm) widen(by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.window += by
	s.moved.Broadcast()
}

const many = 1 << 30

// Over real sockets, with Destroy in the middle: what returned before it has one outcome, nothing has two.
func TestInvariant5OneOutcome(t *testing.T) {
	t.Parallel()
	for name, without := range map[string][]string{
		"logged in":          {"Destroy", "Login", "Login2", "Logout"},
		"in and out":         {"Destroy"},
		"destroyed at first": {"Login", "Login2", "Logout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := signaltest.NewServer(t)
			s := &storm{
				srv: srv, alice: online(t, srv, "alice"), ledger: newLedger(), seed: 1,
				goroutines: 64, rounds: 1, window: 100, without: without, pause: func(*rand.Rand) {},
			}
			var destroyed sync.WaitGroup
			const stalled = 100 // calls that are made while nothing is answered
			s.due = map[int64]func(){
				300:           srv.CutAll,
				600:           func() { srv.Stall(true); s.widen(stalled) },
				600 + stalled: func() { srv.Stall(false); s.widen(-stalled) },
				1000:          func() { srv.Cut("alice") },
				1500:          func() { srv.Stall(true); s.widen(stalled) },
				1500 + stalled: func() {
					destroyed.Go(func() {
						s.ledger.close()
						s.alice.Destroy()
						frozen := s.alice.Fired()
						srv.Stall(false)
						s.widen(many)
						assert.Equal(t, frozen, s.alice.Fired())
					})
				},
			}
			s.blow()
			destroyed.Wait()
			s.ledger.close()
			s.alice.Destroy()
			s.ledger.check(t, s.alice.All())

		})
	}
}

// In virtual time, with nobody who destroys: each call ends by itself, also those that wait for a connection, and
// those whose answer is lost.
func TestInvariant5OneOutcomeByItself(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		without []string
		pause   time.Duration
	}{
		"logged in, at once":       {[]string{"Destroy", "Login", "Login2", "Logout"}, 0},
		"logged in, over minutes":  {[]string{"Destroy", "Login", "Login2", "Logout"}, 5 * time.Second},
		"in and out, at once":      {[]string{"Destroy"}, 0},
		"in and out, over minutes": {[]string{"Destroy"}, 5 * time.Second},
	} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := pipes(t)
					s := &storm{
						srv: srv, alice: online(t, srv, "alice"), ledger: newLedger(), seed: seed,
						goroutines: 16, rounds: 3, window: many, without: tt.without,
						pause: func(random *rand.Rand) { time.Sleep(time.Duration(random.Int64N(int64(tt.pause) + 1))) },
					}
					done := make(chan struct{})
					var faults sync.WaitGroup
					faults.Go(func() { s.faults(done) })
					s.blow()
					close(done)
					faults.Wait()
					time.Sleep(5 * time.Minute)
					s.ledger.check(t, s.alice.All())

					before := len(s.alice.All())
					s.ledger.close()
					s.alice.Destroy()
					assert.Len(t, s.alice.All(), before, "nothing was pending any more")
				})
			})
		}
	}
}

// faults makes one thing after the other go wrong until done.
func (s *storm) faults(done <-chan struct{}) {
	random := rand.New(rand.NewPCG(s.seed, 1000))
	for {
		switch random.IntN(6) {
		case 0:
			s.srv.Cut("alice")
		case 1:
			s.srv.Restart(true)
		case 2:
			s.srv.Restart(false)
		case 3:
			s.srv.Stall(true)
			time.Sleep(time.Duration(random.IntN(40)) * time.Second)
			s.srv.Stall(false)
		case 4:
			s.srv.Stall(true)
			s.srv.CutAll()
			time.Sleep(3 * time.Second)
			s.srv.Stall(false)
		case 5:
			s.srv.Refuse(true)
			s.srv.CutAll()
			time.Sleep(time.Duration(random.IntN(15)) * time.Second)
			s.srv.Refuse(false)
		}
		select {
		case <-done:
			return
		case <-time.After(time.Duration(random.IntN(20000)) * time.Millisecond):
		}
	}
}

// A party of a call, as it saw it: what began and what ended it, by channel.
func callsOf(heard []recorder.Call) (received, ended map[any]int) {
	received, ended = make(map[any]int), make(map[any]int)
	for _, c := range heard {
		switch c.Name {
		case "OnInviteReceived":
			received[c.Args[0]]++
		case "OnInviteFailed", "OnInviteRefusedByPeer", "OnInviteEndByPeer", "OnInviteEndByMyself":
			ended[c.Args[0]]++
		}
	}
	return received, ended
}

func sum(counts map[any]int) int {
	n := 0
	for _, count := range counts {
		n += count
	}
	return n
}

// Calls whose parties are cut off again and again, while they ring, are answered and ended: each has one end on
// either side.
func TestInvariant5OneEndOfACall(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { callsAmidCuts(t, seed) })
		})
	}
}

func callsAmidCuts(t *testing.T, seed uint64) {
	t.Helper()
	const calls = 60
	random := rand.New(rand.NewPCG(seed, 0))
	srv := pipes(t)
	alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
	refused := 0 // by bob, whom a callback tells only when it fails
	bob.Hook(func(c recorder.Call) {
		if c.Name != "OnInviteReceived" {
			return
		}
		channel := c.Args[0].(string)
		switch random.IntN(5) {
		case 0:
			refused++
			bob.ChannelInviteRefuse(channel, "alice", 0, "")
		case 1:
			bob.ChannelInviteEnd(channel, "alice", 0)
		case 2:
			bob.ChannelInviteAccept(channel, "alice", 0, "")
		case 3:
			bob.ChannelInviteAccept(channel, "alice", 0, "")
			bob.ChannelInviteEnd(channel, "alice", 0)
		}
	})
	cuts := [...]func(){
		func() { srv.Cut("alice") }, func() { srv.Cut("bob") }, srv.CutAll, func() { srv.Stall(true) },
		func() {}, func() {}, func() {}, func() {}, func() {}, func() {},
	}
	chance := rand.New(rand.NewPCG(seed, 1))
	for n := range calls {
		channel := fmt.Sprint(n)
		alice.ChannelInviteUser(channel, "bob", 0)
		cuts[chance.IntN(len(cuts))]()
		if chance.IntN(2) == 0 {
			synctest.Wait()
		}
		cuts[chance.IntN(len(cuts))]()
		if chance.IntN(3) == 0 {
			alice.ChannelInviteEnd(channel, "bob", 0)
		}
		time.Sleep(time.Duration(chance.IntN(2000)) * time.Millisecond)
		srv.Stall(false)
	}
	time.Sleep(time.Minute)
	bob.Hook(nil)
	for n := range calls { // what rings or goes on is ended by one of the two
		if n%2 == 0 {
			alice.ChannelInviteEnd(fmt.Sprint(n), "bob", 0)
		} else {
			bob.ChannelInviteEnd(fmt.Sprint(n), "alice", 0)
		}
	}
	time.Sleep(time.Minute)
	synctest.Wait()
	_, ended := callsOf(alice.All())
	received, endedThere := callsOf(bob.All())
	for n := range calls {
		channel := fmt.Sprint(n)
		assert.Equal(t, 1, ended[channel], "ends of call %s at the caller", channel)
		assert.LessOrEqual(t, received[channel], 1, "call %s received", channel)
		assert.LessOrEqual(t, endedThere[channel], received[channel], "ends of call %s at the callee", channel)
	}
	refused -= bob.Count("OnError", "channelInviteRefuse")
	assert.Equal(t, sum(received), sum(endedThere)+refused)
	assert.Equal(t, 0, alice.Count("OnLogout")+bob.Count("OnLogout"))
}
