// Package cluster makes one server of many nodes, or one that outlives its process.
//
// The server's state is divided into partitions, each of which is a [core.Core] whose inputs are in a journal before
// they happen (slot.go, replica.go, record.go). Any node reads the journal and has the state; the one that owns the
// partition appends to it. What partitions say to each other is made to arrive once (posts.go). Nodes tell each other
// by beats who they are and what they own (beat.go, members.go), and by links what sockets and partitions have to say (link.go).
// A socket is a [Client] of its node, which talks for it to the owner of its account's partition (client.go).
//
// Nothing here has a goroutine, a clock or a connection of its own: that is [World]'s. The real one is in run.go; the
// simulation has another.
package cluster

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
)

// World is what a Node needs of what is around it. Its methods return at once and do not call the Node.
type World interface {
	// Now returns the time of day.
	Now() time.Time
	// Publish sends to all who listen to a subject, at most once and in order.
	Publish(subject string, data []byte)
	// Reachable reports whether what keeps the journals and carries the messages can be reached, as far as one knows.
	Reachable() bool
	// Wake has Turn called for a partition, soon.
	Wake(partition int)
	// Flush has Flush called, soon.
	Flush()
	// Seed returns what nobody can guess.
	Seed() [32]byte
}

// Config is what a node is told.
type Config struct {
	ID        uint64      // drawn by chance at the start of the process, not 0
	Core      core.Config // Cores is the number of partitions; NewID and Post are the cluster's own
	Addresses []string    // where clients reach the node, for all nodes to tell them
	Alone     bool        // there are no other nodes to wait for
	MaxRecord int         // bytes of a journal's record
	MaxPiece  int         // bytes of a message of the bus
	SaveAfter int         // bytes of journal after which a snapshot is due; 0: 4 MiB. A large snapshot waits for as many as it has itself
	Log       *slog.Logger
	// Ext carries out a call for the embedding program. nil: there are none.
	Ext func(call core.ExtCall, reply func(core.ExtReturn))
}

// Node is one of the processes that make up a server. Its methods may be called from any goroutine, but for Turn and
// what tells of its outcome, which is one goroutine's for each partition.
type Node struct {
	cfg    Config
	world  World
	slots  []*slot
	routes []atomic.Pointer[route]

	clients sync.Map // by number: *Client
	sockets atomic.Uint64
	tokens  atomic.Uint64

	mu sync.Mutex
	// +checklocks:mu
	members members
	// +checklocks:mu
	links map[uint64]*link
	// +checklocks:mu
	ears map[uint64]*ear
	// +checklocks:mu
	homes []map[*Client]struct{} // by partition
	// +checklocks:mu
	waiting []*Client // for an owner
	// +checklocks:mu
	asks map[uint64]func(answer)
	// +checklocks:mu
	shut map[string]struct{} // apps that are closed here
	// +checklocks:mu
	draining bool
	// +checklocks:mu
	leaving bool
	// +checklocks:mu
	fenced []fence // by partition
	// +checklocks:mu
	owners []uint64 // that partitions should have, with the nodes of among
	// +checklocks:mu
	among []uint64
	// +checklocks:mu
	began time.Time
	// +checklocks:mu
	settled bool // it has listened for long enough to know who else there is
	// +checklocks:mu
	ticked, beaten, nudged time.Time
	// +checklocks:mu
	away bool // nothing was heard, for want of a broker or because the process stood still
	// +checklocks:mu
	untold bool // something that a beat says has changed
	// +checklocks:mu
	logged int // how many partitions the log has the node own

	counts Counts
}

// SubjectBeats is the subject that all nodes listen to.
const SubjectBeats = "beats"

// SubjectOf is the subject that one node listens to.
func SubjectOf(node uint64) string { return fmt.Sprintf("node-%016x", node) }

// New returns a Node that begins with its first Tick.
func New(cfg Config, world World) *Node {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Core.Limits = cfg.Core.Limits.Explicit() // a version with other defaults has to read the same in journals
	if cfg.Ext != nil {
		cfg.Core.ExtCall = func(core.ExtCall) {} // the replica's takes its place
	}
	n := &Node{
		cfg: cfg, world: world, links: make(map[uint64]*link), ears: make(map[uint64]*ear),
		slots: make([]*slot, cfg.Core.Cores), routes: make([]atomic.Pointer[route], cfg.Core.Cores),
		homes: make([]map[*Client]struct{}, cfg.Core.Cores), asks: make(map[uint64]func(answer)), shut: make(map[string]struct{}),
		fenced: make([]fence, cfg.Core.Cores), began: world.Now(),
	}
	n.ticked = n.began
	for p := range n.slots {
		n.slots[p] = newSlot(p, cfg.ID, cfg.Core, cfg.MaxRecord)
		if cfg.SaveAfter > 0 {
			n.slots[p].saveAfter = cfg.SaveAfter
		}
		n.routes[p].Store(new(route))
		n.homes[p] = make(map[*Client]struct{})
	}
	return n
}

// ID returns the node's number.
func (n *Node) ID() uint64 { return n.cfg.ID }

// Tick looks after what depends on time. It is to be called ten times a second or so.
func (n *Node) Tick() {
	now := n.world.Now()
	n.mu.Lock()
	passed := now.Sub(n.ticked)
	away := passed >= pause || !n.world.Reachable()
	if away {
		n.members.forgive(passed)
	}
	back := passed >= pause || n.away && !away
	n.away, n.ticked = away, now
	dead := n.members.bury(now)
	n.sweep(now)
	n.mu.Unlock()
	for _, id := range dead {
		n.cfg.Log.Warn("a node is gone", "node", SubjectOf(id))
		n.broken(id)
		n.bury(id)
	}
	if back { // somebody may have come and gone meanwhile
		for p := range n.slots {
			_ = n.put(p, item{kind: itemProbe})
		}
	}
	n.decide(now)
	n.tell()
	n.retry(now)
	n.nudge(now)
	n.beat(now)
}

// tell logs how many partitions the node owns, when that has changed.
func (n *Node) tell() {
	owns := 0
	for _, s := range n.slots {
		if _, ok := s.owner(); ok {
			owns++
		}
	}
	n.mu.Lock()
	changed := owns != n.logged
	n.logged = owns
	nodes := len(n.members.known) + 1
	n.mu.Unlock()
	if changed {
		n.cfg.Log.Info("partitions", "owned", owns, "of", len(n.slots), "nodes", nodes)
	}
}

// pause is how long no Tick may come before the process counts as one that was stopped, and hears only now what the others said.
const pause = time.Second

// sweep forgets what there was to say to nodes that are not there.
//
// +checklocks:n.mu
func (n *Node) sweep(now time.Time) {
	for id, l := range n.links {
		if n.members.known[id] == nil && l.isIdle(now, deadAfter) {
			delete(n.links, id)
		}
	}
	for id, e := range n.ears {
		if n.members.known[id] == nil && now.Sub(e.used) >= deadAfter {
			delete(n.ears, id)
		}
	}
}

// bury takes a dead node's partitions from it.
func (n *Node) bury(id uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.links, id)
	delete(n.ears, id)
	for p := range n.routes {
		if r := n.routes[p].Load(); r.node == id {
			n.routes[p].Store(&route{claim: r.claim})
		}
	}
}

// decide sees to it that the node owns what it should.
func (n *Node) decide(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var nodes []uint64
	for _, mb := range n.members.sorted() {
		if !mb.draining {
			nodes = append(nodes, mb.node)
		}
	}
	others := len(nodes)
	if !n.draining {
		nodes = append(nodes, n.cfg.ID)
	}
	if !n.settled && (n.cfg.Alone || now.Sub(n.began) >= settle) {
		n.settled, n.untold = true, true
	}
	if nodes = sortedIDs(nodes); n.owners == nil || !slices.Equal(nodes, n.among) {
		n.owners, n.among = assign(nodes, len(n.slots)), nodes
	}
	for p, s := range n.slots {
		mine := n.owners[p] == n.cfg.ID && !n.leaving
		free := n.isFree(p) && !n.isFenced(p, now)
		_, own := s.owner()
		switch {
		case own && !mine && (n.leaving || others > 0 && n.isSettled(n.owners[p])):
			n.want(p, false)
		case !own && n.settled:
			n.want(p, mine && free)
		}
	}
}

// isSettled reports whether a node would take over at once what it is given.
//
// +checklocks:n.mu
func (n *Node) isSettled(node uint64) bool {
	mb := n.members.known[node]
	return mb != nil && !mb.settling
}

// +checklocks:n.mu
func (n *Node) want(p int, want bool) {
	if n.slots[p].setWant(want) {
		n.world.Wake(p)
	}
}

// isFree reports whether nobody else who lives owns a partition.
func (n *Node) isFree(p int) bool {
	r := n.routes[p].Load()
	return r.node == 0 || r.node == n.cfg.ID
}

// nudge has posts sent again that did not arrive.
func (n *Node) nudge(now time.Time) {
	n.mu.Lock()
	due := now.Sub(n.nudged) >= time.Second
	if due {
		n.nudged = now
	}
	n.mu.Unlock()
	if !due {
		return
	}
	for p := range n.slots {
		_ = n.put(p, item{kind: itemNudge})
	}
}

// put puts something into a partition's queue.
func (n *Node) put(p int, it item) error {
	due, err := n.slots[p].put(it)
	if due {
		n.world.Wake(p)
	}
	return err
}

// Turn lets go on what waits for a partition. The answer is what has to be done for it; when it is done, one of the
// methods of [Action] says so, and Turn is called again. An Action of kind Wait ends when Wake says so, or at its time.
func (n *Node) Turn(p int) Action {
	s := n.slots[p]
	a, outs := s.turn(n.world.Now())
	n.deliver(s, outs)
	return Action{action: a, n: n, s: s}
}

// Drain makes the node own nothing more as soon as there are others who can.
func (n *Node) Drain() {
	n.mu.Lock()
	n.draining, n.untold = true, true
	n.mu.Unlock()
	n.Tick()
}

// Leave makes the node own nothing more, whoever else there is.
func (n *Node) Leave() {
	n.mu.Lock()
	n.draining, n.leaving, n.untold = true, true, true
	n.mu.Unlock()
	n.Tick()
}

// Owns returns how many partitions the node owns or is busy with.
func (n *Node) Owns() (count int) {
	for _, s := range n.slots {
		if !s.isIdle() {
			count++
		}
	}
	return count
}

// HasHeirs reports whether there are other nodes that can own what this one does.
func (n *Node) HasHeirs() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, mb := range n.members.known {
		if !mb.draining {
			return true
		}
	}
	return false
}

// Unowned returns how many partitions have no owner that the node knows of.
func (n *Node) Unowned() (count int) {
	for p := range n.routes {
		if n.routes[p].Load().node == 0 {
			count++
		}
	}
	return count
}

// TakesPart reports whether the node has listened for long enough, and owns what it should.
func (n *Node) TakesPart() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for p, owner := range n.owners {
		if _, own := n.slots[p].owner(); owner == n.cfg.ID && !own {
			return false
		}
	}
	return n.settled
}

// Stalls reports whether the journal of a partition that the node owns takes nothing.
func (n *Node) Stalls() bool {
	return slices.ContainsFunc(n.slots, (*slot).isStalled)
}

// Addresses returns where clients reach the nodes that live and stay, this one's own first.
func (n *Node) Addresses() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := append([]string(nil), n.cfg.Addresses...)
	for _, mb := range n.members.sorted() {
		if !mb.draining {
			all = append(all, mb.addresses...)
		}
	}
	return all
}

// Shut closes an app here, for all nodes to know, or opens it again.
func (n *Node) Shut(app string, shut bool) {
	n.mu.Lock()
	if shut {
		n.shut[app] = struct{}{}
	} else {
		delete(n.shut, app)
	}
	n.untold = true
	n.mu.Unlock()
	n.beat(n.world.Now())
}

// IsShut reports whether an app is closed at any node.
func (n *Node) IsShut(app string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, here := n.shut[app]; here {
		return true
	}
	for _, mb := range n.members.known {
		for _, a := range mb.shut {
			if a == app {
				return true
			}
		}
	}
	return false
}

func (n *Node) isLeaving() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.leaving
}
