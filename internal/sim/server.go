package sim

import (
	"log/slog"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

const app = "app"

// server drives the cores as package server does: each has one who is inside, what they post to each other arrives in
// order for each pair, and their timers.
type server struct {
	world  *world
	life   int // counts servers that lost their memory
	cores  []*core.Core
	alarms []alarm
	posted map[[2]int]time.Time // when the newest message of a pair arrives
	inside int
	socks  []*socket // in the order in which they came
	down   bool      // nobody listens
	deaf   bool      // no more calls are taken: it is about to say restart
}

func newServer(w *world) *server {
	s := &server{world: w, posted: make(map[[2]int]time.Time)}
	if w.server != nil {
		s.life = w.server.life + 1
	}
	cfg := core.Config{
		Cores: w.profile.shards, Limits: w.profile.limits, NewID: w.newID, Post: s.post,
		Log:      slog.New(slog.DiscardHandler),
		MayWatch: func(string, string) bool { return false },
	}
	for i := range w.profile.shards {
		s.cores = append(s.cores, core.New(cfg, i))
	}
	s.alarms = make([]alarm, len(s.cores))
	return s
}

// post is what a core has to say to another.
func (s *server) post(to int, m *core.Message) {
	w := s.world
	pair := [2]int{s.inside, to}
	at := w.now.Add(w.between(0, 2*time.Millisecond))
	if at.Before(s.posted[pair]) {
		at = s.posted[pair]
	}
	s.posted[pair] = at
	w.at(at, func() { s.step(to, m) })
}

// step lets an input happen in a core.
func (s *server) step(i int, in core.Input) {
	s.inside = i
	s.cores[i].Step(s.world.now, in)
	s.wind(i)
}

// wind sets the timer of a core.
func (s *server) wind(i int) {
	at, _ := s.cores[i].Next()
	s.alarms[i].set(&s.world.schedule, at, func() {
		s.inside = i
		s.cores[i].Tick(s.world.now)
		s.wind(i)
	})
}

func (s *server) owner(name string) int { return core.Owner(app, name, len(s.cores)) }

// restart is one of the ways in which a server goes away and comes back.
func (s *server) restart() {
	w := s.world
	keep := !w.profile.amnesia
	gently := w.chance(2)
	w.count(faultPrefix + "server restart")
	w.note("fault: the server restarts, with its memory %t, gently %t", keep, gently)
	if gently {
		s.drain(func() { s.comeBack(keep) })
		return
	}
	s.comeBack(keep)
}

// comeBack cuts all that is left, and is back after a while.
func (s *server) comeBack(keep bool) {
	w := s.world
	if w.server != s {
		return
	}
	s.down = true
	w.network.cutAll(w.chance(4), true)
	w.after(w.between(0, 3*time.Second), func() {
		s.down, s.deaf = false, false
		if !keep {
			w.server = newServer(w)
			w.judge.forgot()
		}
	})
}

// drain says restart to everybody, once no more calls are taken and those that were have their answers.
func (s *server) drain(then func()) {
	w := s.world
	s.deaf, s.down = true, true
	w.after(50*time.Millisecond, func() {
		for _, k := range slices.Clone(s.socks) {
			k.leave(wire.CloseRestart)
		}
		w.after(time.Second, then)
	})
}

// ownersWish throws somebody out of the server or of a channel.
func (s *server) ownersWish() {
	w := s.world
	account := w.profile.accounts[w.rnd.IntN(len(w.profile.accounts))]
	if w.chance(3) {
		w.count(faultPrefix + "removed by the owner")
		w.note("fault: %s is removed", account)
		s.step(s.owner(account), core.KickUser{App: app, Account: account})
		return
	}
	channel := w.profile.channels[w.rnd.IntN(len(w.profile.channels))]
	w.count(faultPrefix + "thrown out of a channel")
	w.note("fault: %s is thrown out of %s", account, channel)
	s.step(s.owner(channel), core.KickFromChannel{App: app, Channel: channel, Account: account})
}
