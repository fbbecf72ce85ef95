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
	shards []*core.Core
	alarms []alarm
	posted map[[2]int]time.Time // when the newest message of a pair arrives
	inside int
	socks  []*socket // in the order in which they came
	down   bool      // nobody listens
	deaf   bool      // no more calls are taken: it is about to say restart
}

func newServer(w *world) *server {
	s := &server{world: w, posted: make(map[[2]int]time.Time)}
	if old, ok := w.service.(*server); ok {
		s.life = old.life + 1
	}
	cfg := core.Config{
		Cores: w.profile.shards, Limits: w.profile.limits, NewID: w.newID, Post: s.post,
		Log:      slog.New(slog.DiscardHandler),
		MayWatch: func(string, string) bool { return false },
	}
	for i := range w.profile.shards {
		s.shards = append(s.shards, core.New(cfg, i))
	}
	s.alarms = make([]alarm, len(s.shards))
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
	w.at(at, func() { s.let(to, m) })
}

// let lets an input happen in a core.
func (s *server) let(i int, in core.Input) {
	s.inside = i
	s.shards[i].Step(s.world.now, in)
	s.wind(i)
}

// wind sets the timer of a core.
func (s *server) wind(i int) {
	at, _ := s.shards[i].Next()
	s.alarms[i].set(&s.world.schedule, at, func() {
		s.inside = i
		s.shards[i].Tick(s.world.now)
		s.wind(i)
	})
}

func (s *server) owner(name string) int { return core.Owner(app, name, len(s.shards)) }

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
	if w.service != s {
		return
	}
	s.down = true
	w.network.cutAll(w.chance(4), true)
	w.after(w.between(0, 3*time.Second), func() {
		s.down, s.deaf = false, false
		if !keep {
			w.service = newServer(w)
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

// step carries out what the owner wants.
func (s *server) step(e core.Entry) {
	switch e.Kind {
	case core.EntryKickUser:
		s.let(s.owner(e.Account), core.KickUser{App: e.App, Account: e.Account})
	case core.EntryKickFrom:
		s.let(s.owner(e.Channel), core.KickFromChannel{App: e.App, Channel: e.Channel, Account: e.Account})
	default:
		s.world.fail("an owner wants what nobody can do: %d", e.Kind)
	}
}

func (s *server) cores() []*core.Core { return s.shards }

func (s *server) live()  {}
func (s *server) check() {}
func (s *server) rest()  {}
func (s *server) mend()  {}

// A server is the home of all sockets.

func (s *server) choose() home {
	if s.down {
		return nil
	}
	return s
}

func (s *server) age() int      { return s.life }
func (s *server) mute() bool    { return false }
func (s *server) alive() bool   { return s.world.service == s }
func (s *server) reads() bool   { return true }
func (s *server) deafens() bool { return s.deaf }
func (s *server) sends([]byte)  {}

func (s *server) enter(k *socket) {
	k.peer, k.shard = core.NewPeer(k), -1
	s.socks = append(s.socks, k)
}

func (s *server) exit(k *socket) {
	s.socks = slices.DeleteFunc(s.socks, func(o *socket) bool { return o == k })
	if k.in && s.alive() {
		s.let(k.shard, core.Down{Peer: k.peer})
	}
}

func (s *server) call(k *socket, f wire.ClientFrame, _ []byte) {
	s.let(k.shard, core.Call{Peer: k.peer, Frame: f})
}

func (s *server) ack(k *socket, id int64) { s.let(k.shard, core.Ack{Peer: k.peer, ID: id}) }

func (s *server) login(k *socket, l wire.Login) {
	s.decide(k, s.owner(l.Account), func(done func(bool)) core.Input {
		return core.Login{Peer: k.peer, Login: l, Done: done}
	})
}

func (s *server) lineLogin(k *socket, l wire.LineLogin) {
	owner, ok := core.LineOwner(l.Line, len(s.shards))
	if !ok {
		s.world.fail("a line that no core gave out: %s", l.Line)
		return
	}
	s.decide(k, owner, func(done func(bool)) core.Input {
		return core.LineLogin{Peer: k.peer, Line: l, Done: func(account string) { done(account != "") }}
	})
}

// decide hands a login to a core.
func (s *server) decide(k *socket, shard int, login func(done func(bool)) core.Input) {
	k.shard = shard
	s.let(shard, login(func(ok bool) {
		s.world.after(0, func() { // the core is still inside
			k.decided(ok)
			if ok && k.ended { // it went while it was being decided
				s.let(shard, core.Down{Peer: k.peer})
			}
			k.conn.up.pump()
		})
	}))
}

func (s *server) probe(p *probe) {
	shard := s.owner(probeAccount)
	peer := core.NewPeer(p)
	p.calls = func(f wire.ClientFrame, _ []byte) { s.let(shard, core.Call{Peer: peer, Frame: f}) }
	s.let(shard, core.Login{
		Peer: peer, Login: wire.Login{AppID: app, Account: probeAccount, Device: wire.DeviceGo}, Done: func(bool) {},
	})
}
