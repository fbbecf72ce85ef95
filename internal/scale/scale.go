// Package scale plays a large cluster in one process and in virtual time: the nodes are the real ones
// ([cluster.Node], and in each partition a core), journals and the network between nodes are so slow as one says, and users
// are connections that speak the protocol and nothing more. It says how many records, bytes and how much processor
// time a message takes, how long users wait for what, and for how long they are without a server when a node ends.
//
// Processor time is that of this process, of all nodes together; virtual time goes by without it.
package scale

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"github.com/agora-signal-go/signal/internal/cluster"
	"github.com/agora-signal-go/signal/internal/core"
)

// Config says what is played.
type Config struct {
	Nodes, Partitions, Users int
	Room                     int           // members of each channel; everybody is in one
	Instant                  float64       // instant messages per user and minute
	Spoken                   float64       // channel messages per user and minute
	Append                   time.Duration // that a journal takes for a record, on average: half of it, and a rest that is exponential
	Hop                      time.Duration // from node to node, the same way
	For                      time.Duration // of virtual time, once all have logged in
	Kill                     bool          // a node ends in the middle, without a word
	Seed                     uint64
}

// Defaults returns a small cluster of middling machines.
func Defaults() Config {
	return Config{
		Nodes: 10, Partitions: 240, Users: 50_000, Room: 10, Instant: 6, Spoken: 1,
		Append: time.Millisecond, Hop: 300 * time.Microsecond, For: 20 * time.Second, Kill: true, Seed: 1,
	}
}

// world is everything that is played.
type world struct {
	Config
	rnd    *rand.Rand
	now    time.Time
	events events
	seq    uint64

	journals []journal
	nodes    []*node // the living
	users    []*user
	seen     Seen
	counting bool
}

func newWorld(c Config) *world {
	w := &world{
		Config: c, rnd: rand.New(rand.NewPCG(c.Seed, 0)), now: time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC),
		journals: make([]journal, c.Partitions),
	}
	for range c.Nodes {
		w.newNode()
	}
	return w
}

// An event is something that will happen.
type event struct {
	at  time.Time
	seq uint64
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].seq < e[j].seq
	}
	return e[i].at.Before(e[j].at)
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push implements heap.Interface.
func (e *events) Push(x any) {
	if ev, ok := x.(event); ok {
		*e = append(*e, ev)
	}
}

// Pop implements heap.Interface.
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	(*e)[len(*e)-1] = event{}
	*e = (*e)[:len(*e)-1]
	return last
}

func (w *world) after(d time.Duration, do func()) { w.at(w.now.Add(d), do) }

func (w *world) at(t time.Time, do func()) {
	w.seq++
	heap.Push(&w.events, event{t, w.seq, do})
}

// run lets happen what is due within d.
func (w *world) run(d time.Duration) {
	end := w.now.Add(d)
	for len(w.events) > 0 && !w.events[0].at.After(end) {
		e := heap.Pop(&w.events).(event) //nolint:errcheck,forcetypeassert // nothing else is in there
		w.now = e.at
		e.do()
	}
	w.now = end
}

// delay draws how long something takes that takes mean on average.
func (w *world) delay(mean time.Duration) time.Duration {
	return mean/2 + time.Duration(w.rnd.ExpFloat64()*float64(mean)/2)
}

// A journal is one partition's.
type journal struct {
	records  [][]byte // the first is at trimmed+1
	trimmed  uint64
	snapshot []byte
	saved    uint64
}

func (j *journal) last() uint64 { return j.trimmed + uint64(len(j.records)) }

// A node is one of the cluster's, and the [cluster.World] that it sees.
type node struct {
	*cluster.Node
	w       *world
	id      uint64
	dead    bool
	woken   map[int]bool
	busy    map[int]bool // partitions for which something is being done
	flushes bool
	arrives map[uint64]time.Time // when the newest piece to each node does
}

func (w *world) newNode() {
	n := &node{w: w, id: w.rnd.Uint64() | 1, woken: make(map[int]bool), busy: make(map[int]bool), arrives: make(map[uint64]time.Time)}
	n.Node = cluster.New(cluster.Config{
		ID: n.id, Core: core.Config{Cores: w.Partitions, Limits: core.Limits{Sessions: -1, Accounts: -1}}, MaxRecord: 1 << 20, MaxPiece: 1 << 20,
	}, n)
	w.nodes = append(w.nodes, n)
	n.tick()
}

func (n *node) tick() {
	if n.dead {
		return
	}
	n.Tick()
	n.w.after(100*time.Millisecond, n.tick)
}

// Now implements cluster.World.
func (n *node) Now() time.Time { return n.w.now }

// Reachable implements cluster.World.
func (n *node) Reachable() bool { return true }

// Seed implements cluster.World.
func (n *node) Seed() (seed [32]byte) {
	for i := range seed {
		seed[i] = byte(n.w.rnd.Uint32())
	}
	return seed
}

// Publish implements cluster.World.
func (n *node) Publish(subject string, data []byte) {
	if n.dead {
		return
	}
	if n.w.counting {
		n.w.seen.Pieces++
		n.w.seen.PieceBytes += len(data)
	}
	for _, to := range n.w.nodes {
		switch {
		case subject == cluster.SubjectBeats && to != n:
			n.w.after(n.w.delay(n.w.Hop), func() {
				if !to.dead {
					to.HearBeat(data)
				}
			})
		case subject == cluster.SubjectOf(to.id):
			at := n.w.now.Add(n.w.delay(n.w.Hop))
			if at.Before(n.arrives[to.id]) {
				at = n.arrives[to.id]
			}
			n.arrives[to.id] = at
			n.w.at(at, func() {
				if !to.dead {
					to.HearPiece(data)
				}
			})
		}
	}
}

// Wake implements cluster.World.
func (n *node) Wake(p int) {
	if !n.woken[p] {
		n.woken[p] = true
		n.w.after(0, func() {
			delete(n.woken, p)
			n.turn(p)
		})
	}
}

// Flush implements cluster.World.
func (n *node) Flush() {
	if !n.flushes {
		n.flushes = true
		n.w.after(0, func() {
			n.flushes = false
			n.Node.Flush()
		})
	}
}
