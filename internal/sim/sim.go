// Package sim plays clients, a server and a bad network in one process and in virtual time, and judges what every
// user sees. One number, the seed, decides everything that happens: which users there are, what they call and when,
// how slow their handlers are, what the network does to them and when the server goes away. The same seed plays the
// same run again, step by step.
//
// The parts are the real ones: [engine.Engine] for each client and [core.Core] for each shard of the server. What lies
// between them in production, sockets and timers, is played by conn (a connection), socket (the server's end of it),
// client (the host of an engine, with its queue of events) and server (cores and what they post to each other).
//
// Instead of one server there may be nodes ([Nodes]): then cores are where [cluster.Node] has them, and node (a process, which
// may be killed or stopped) and broker (journals, snapshots and a bus, which lose, delay and refuse) are what is around it.
//
// The judge (judge*.go) hears every call that a user makes and every event that an engine emits, sees what the server
// publishes, and knows which faults there were. It fails a run at the first event that breaks a promise of
// doc/guarantees.md; at the end, when the network is good again, it compares what all of them believe.
//
// To add a fault: a method of network in fault.go, and its odds in profile.go; one of nodes or of what they share: nodefault.go. To add something that users do: an
// action in user.go. To add a promise: a method of judge, called from where it can be broken.
package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// Result is what came of one seed.
type Result struct {
	Seed      uint64
	Steps     int // things that happened
	Lasted    time.Duration
	Violation string   // which promise was broken, and how; "" for none
	Trace     []string // what led to it: the newest lines, when there is a Violation or all was asked for
	Stats     Stats
}

// Stats counts what happened, by name.
type Stats map[string]int

// Add adds what other counted.
func (s Stats) Add(other Stats) {
	for name, n := range other {
		s[name] += n
	}
}

// traceShort is how many lines of the trace come with a violation.
const traceShort = 60

// Kind says what kind of server the clients of a run have.
type Kind uint8

// The kinds of server.
const (
	Server Kind = iota // one process, whose state is in its memory
	Nodes              // several, whose state is in journals
)

// Run plays a seed. When it ends in a violation it is played again for its trace.
func (k Kind) Run(seed uint64) Result {
	r := k.run(seed, 0)
	if r.Violation != "" {
		r = k.run(seed, traceShort)
	}
	return r
}

// Trace plays a seed and returns the whole of its trace.
func (k Kind) Trace(seed uint64) Result { return k.run(seed, -1) }

func (k Kind) run(seed uint64, lines int) Result {
	w := newWorld(seed, k)
	w.trace.keep = lines
	w.play()
	return Result{
		Seed: seed, Steps: w.steps, Lasted: w.lasted, Violation: w.violation, Trace: w.trace.newest(), Stats: w.stats,
	}
}

// world is everything in a run.
type world struct {
	schedule
	rnd       *rand.Rand
	profile   profile
	service   service
	network   network
	clients   []*client // the living
	judge     *judge
	trace     trace
	stats     Stats
	ids       int
	violation string
	lasted    time.Duration // until all was well again
	calm      bool          // no more faults, and no more that users do by themselves
}

var start = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func newWorld(seed uint64, k Kind) *world {
	w := &world{rnd: rand.New(rand.NewPCG(seed, 0)), stats: make(Stats)}
	w.now = start
	w.profile = drawProfile(w.rnd)
	w.network = network{world: w}
	w.judge = newJudge(w)
	if w.service = newServer(w); k == Nodes {
		w.profile.amnesia = false
		w.service = newNodes(w, seed)
	}
	for _, account := range w.profile.accounts {
		w.newClient(account)
	}
	return w
}

// play lets everything happen: first what users do among faults, then what a good network makes of it, then the end.
func (w *world) play() {
	w.note("%s", w.profile)
	w.service.live()
	for _, c := range w.clients {
		w.after(w.between(0, time.Second), c.live)
	}
	w.network.live()
	w.run(w.profile.lasts)
	w.comeDown()
	w.lasted = w.now.Sub(start)
	if w.violation == "" {
		w.judge.calm()
	}
	w.hangUpAll()
	if w.violation == "" {
		w.judge.allOver()
	}
	w.callTheDeaf()
	w.endAll()
	if w.violation == "" {
		w.judge.forgotten()
	}
}

// run lets happen what is due within d, until a promise is broken.
func (w *world) run(d time.Duration) {
	for end := w.now.Add(d); w.violation == "" && w.next(end); w.steps++ {
	}
}

// comeDown mends the network and gives everybody the time to be in again, and to hear of all that he missed.
func (w *world) comeDown() {
	w.calm = true
	w.network.mend()
	for _, account := range w.profile.accounts {
		w.someone(account) // one of the account's devices stays
	}
	w.run(w.profile.settle)
	for range 3 { // who was thrown out, or gave up, comes back
		for _, c := range w.clients {
			if c.engine.State() == engine.NotLogin {
				c.login()
			}
		}
		w.run(40 * time.Second)
	}
}

// someone sees to it that exactly one client of an account is there.
func (w *world) someone(account string) {
	var stays *client
	for _, c := range append([]*client(nil), w.clients...) {
		switch {
		case c.account != account:
		case stays == nil:
			stays = c
		default:
			c.destroy()
		}
	}
	if stays == nil {
		w.newClient(account)
	}
}

// hangUpAll ends every call that is still open.
func (w *world) hangUpAll() {
	for _, c := range w.clients {
		w.judge.calls.endOpen(c)
	}
	w.run(20 * time.Second)
}

// callTheDeaf rings somebody whose program does not run: the caller must be told in time.
func (w *world) callTheDeaf() {
	if w.violation != "" || len(w.clients) < 2 {
		return
	}
	caller, deaf := w.clients[0], w.clients[1]
	deaf.sleep(time.Minute, false)
	k := caller.ring(deaf.account, "")
	w.run(wire.InviteDefault + 2*time.Second)
	if k.caller.outcome != failed {
		w.fail("call %d of %s: nobody could hear it for %v, and %s was told %q", k.n, k.key.channel, wire.InviteDefault, caller, k.caller.outcome)
	}
	w.run(time.Minute)
}

// endAll ends all clients, one of them without a word, and waits until the server has forgotten everything.
func (w *world) endAll() {
	for i, c := range append([]*client(nil), w.clients...) {
		if i == 0 {
			c.crash(false)
		} else {
			c.destroy()
		}
	}
	w.run(time.Second)
	w.judge.destroyed()
	w.service.rest()
	const forgetful = 35 * 24 * time.Hour // longer than the longest stay of anything that is kept
	w.run(forgetful)
}

// fail ends the run: a promise was broken.
func (w *world) fail(format string, args ...any) {
	if w.violation == "" {
		text := fmt.Sprintf(format, args...)
		w.note("VIOLATION: %s", text)
		w.violation = text // what comes after it is no news
	}
}

// count counts something that happened.
func (w *world) count(what string) { w.stats[what]++ }

// chance is true in one of n cases.
func (w *world) chance(n int) bool { return n > 0 && w.rnd.IntN(n) == 0 }

// between draws a duration.
func (w *world) between(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(w.rnd.Int64N(int64(most-least)))
}

func (w *world) newID() string {
	w.ids++
	return fmt.Sprintf("id%020d", w.ids)
}
