package sim

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/cluster"
	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// nodes is a server of several processes that share a broker. All that it draws comes from a source of its own, so that the
// same seed has the same users whatever they are connected to.
type nodes struct {
	world   *world
	rnd     *rand.Rand
	profile nodeProfile
	broker  *broker
	all     []*node // whose processes are there
	ever    []*node
	coming  int // that will be there

	troubledTill time.Time // calls may be refused because journals take nothing
	resting      bool      // a month passes
}

// nodeProfile is what a seed draws of nodes.
type nodeProfile struct {
	nodes, partitions int
	faults            time.Duration // between two; 0: there are none
	journal           time.Duration // of a request or an answer, at most
	bus               time.Duration // the same, of a message
	skew              time.Duration // of a clock, at most
	maxRecord         int
	maxPiece          int
	saveAfter         int
}

func drawNodeProfile(rnd *rand.Rand) nodeProfile {
	draw := func(values ...int) int { return values[rnd.IntN(len(values))] }
	return nodeProfile{
		nodes: 2 + rnd.IntN(3), partitions: 4 + rnd.IntN(5),
		faults:    time.Duration(draw(0, 2000, 5000, 10000)) * time.Millisecond,
		journal:   time.Duration(draw(1, 5, 30)) * time.Millisecond,
		bus:       time.Duration(draw(1, 5, 50)) * time.Millisecond,
		skew:      time.Duration(draw(0, 0, 10, 300)) * time.Millisecond,
		maxRecord: draw(200, 2000, 256<<10), maxPiece: draw(60, 1000, 256<<10),
		saveAfter: draw(2<<10, 10<<10, 50<<10, 0),
	}
}

func (p nodeProfile) String() string {
	return fmt.Sprintf("%d nodes, %d partitions, a fault of theirs each %v, journal %v, bus %v, clocks %v, records %d, pieces %d, snapshots %d",
		p.nodes, p.partitions, p.faults, p.journal, p.bus, p.skew, p.maxRecord, p.maxPiece, p.saveAfter)
}

func newNodes(w *world, seed uint64) *nodes {
	ns := &nodes{world: w, rnd: rand.New(rand.NewPCG(seed, 1))}
	ns.profile = drawNodeProfile(ns.rnd)
	ns.broker = &broker{nodes: ns, journals: make([]journal, ns.profile.partitions), arrivals: make(map[lineOf]time.Time)}
	return ns
}

func (ns *nodes) config() core.Config {
	return core.Config{
		Cores: ns.profile.partitions, Limits: ns.world.profile.limits, Log: slog.New(slog.DiscardHandler),
		MayWatch: func(string, string) bool { return false },
	}
}

func (ns *nodes) now() time.Time { return ns.world.now }

// oneOf is true in one of n cases.
func (ns *nodes) oneOf(n int) bool { return n > 0 && ns.rnd.IntN(n) == 0 }

// between draws a duration.
func (ns *nodes) between(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(ns.rnd.Int64N(int64(most-least)))
}

// some returns any node for which ok holds, nil when there is none.
func (ns *nodes) some(ok func(nd *node) bool) *node {
	var good []*node
	for _, nd := range ns.all {
		if ok(nd) {
			good = append(good, nd)
		}
	}
	if len(good) == 0 {
		return nil
	}
	return good[ns.rnd.IntN(len(good))]
}

func (ns *nodes) tickEvery() time.Duration {
	if ns.resting {
		return 6 * time.Hour
	}
	if ns.world.calm {
		return ns.between(200*time.Millisecond, 300*time.Millisecond)
	}
	return ns.between(80*time.Millisecond, 120*time.Millisecond)
}

// refused is told when somebody hears that a call, or a wish, cannot be carried out at present.
func (ns *nodes) refused(who string) {
	ns.world.count("refused for want of a journal")
	if !ns.now().Before(ns.troubledTill) {
		ns.world.fail("%s refuses a call for want of a journal, and journals have been good since %v", who, ns.troubledTill.Sub(start))
	}
}

// nodes is a service.

func (ns *nodes) live() {
	ns.world.note("%s", ns.profile)
	for range ns.profile.nodes {
		ns.newNode()
	}
	ns.haveFaults()
}

func (ns *nodes) age() int { return 0 }

func (ns *nodes) choose() home {
	nd := ns.some(func(nd *node) bool { return nd.listens })
	if nd == nil {
		return nil
	}
	return nd
}

func (ns *nodes) restart() {
	if nd := ns.some(func(nd *node) bool { return nd.listens }); nd != nil {
		if ns.oneOf(2) {
			ns.leave(nd)
		} else {
			ns.crash(nd)
		}
	}
}

// step hands what the owner wants to any node.
func (ns *nodes) step(e core.Entry) {
	name := e.Account
	if e.Kind == core.EntryKickFrom {
		name = e.Channel
	}
	nd := ns.some(func(nd *node) bool { return !nd.asleep() })
	if nd == nil {
		return
	}
	told := func(_ int, err error) {
		ns.world.count("wish answered")
		ns.world.note("%s: the wish came to %v", nd, err)
	}
	forget, err := nd.n.Wish(core.Owner(app, name, ns.profile.partitions), e, told)
	if err == nil {
		nd.after(10*time.Second, forget)
	}
}

func (ns *nodes) probe(p *probe) {
	nd := ns.some(func(nd *node) bool { return nd.listens })
	c := nd.n.Login(p, wire.Login{AppID: app, Account: probeAccount, Device: wire.DeviceGo}, false, false)
	p.calls = func(_ wire.ClientFrame, text []byte) { c.Call(text) }
	p.ends = c.Down
}

func (ns *nodes) cores() []*core.Core {
	var all []*core.Core
	for p := range ns.profile.partitions {
		if nd := ns.owner(p); nd != nil {
			st, _ := nd.n.Inspect(p)
			all = append(all, st.Core)
		}
	}
	return all
}

// rest leaves one node, which has hardly anything to do.
func (ns *nodes) rest() {
	for _, nd := range slices.Clone(ns.all[1:]) {
		ns.kill(nd)
	}
	ns.world.after(20*time.Second, func() { ns.resting = true })
}

// mend ends all faults of nodes and of what they share.
func (ns *nodes) mend() {
	b := ns.broker
	b.awayTill, b.fullTill, b.slowTill, b.losingTill, b.unsavingTill = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	b.lossyTill, b.slowBusTill = time.Time{}, time.Time{}
	for _, nd := range slices.Clone(ns.all) {
		nd.cutTill, nd.loseTill = time.Time{}, time.Time{}
		if nd.asleep() {
			nd.sleepTill = time.Time{}
			nd.wake()
		}
	}
	if ns.some(anyNode) == nil {
		ns.newNode()
	}
}

var _ cluster.World = (*node)(nil)
