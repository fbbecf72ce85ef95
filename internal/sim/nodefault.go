package sim

import (
	"slices"
	"time"
)

// haveFaults has faults of nodes, and of what they share, happen until all is mended.
func (ns *nodes) haveFaults() {
	if ns.profile.faults == 0 {
		return
	}
	ns.world.after(ns.between(0, 2*ns.profile.faults), func() {
		if ns.world.calm {
			return
		}
		ns.fault()
		ns.haveFaults()
	})
}

// nodeFaults are what can happen to nodes and to the broker, by its odds.
var nodeFaults = []struct {
	name string
	odds int
	do   func(ns *nodes)
}{
	{"crash of a node", 3, func(ns *nodes) { ns.crash(ns.some(anyNode)) }},
	{"crash of all nodes", 1, func(ns *nodes) {
		for _, nd := range slices.Clone(ns.all) {
			ns.crash(nd)
		}
	}},
	{"a node leaves", 3, func(ns *nodes) { ns.leave(ns.some(anyNode)) }},
	{"a node joins", 2, func(ns *nodes) {
		if len(ns.all) < 5 {
			ns.newNode()
		}
	}},
	{"pause of a node", 3, (*nodes).pause},
	{"a node is cut off", 3, func(ns *nodes) {
		if nd := ns.some(anyNode); nd != nil {
			nd.cutTill = ns.now().Add(ns.between(0, 12*time.Second))
			ns.trouble(nd.cutTill)
			ns.world.note("fault: %s is cut off until %v", nd, nd.cutTill.Sub(start))
		}
	}},
	{"a node loses messages", 2, func(ns *nodes) {
		if nd := ns.some(anyNode); nd != nil {
			nd.losing = 1 + ns.rnd.IntN(10)
			nd.loseTill = ns.now().Add(ns.between(0, 12*time.Second))
			ns.world.note("fault: %s loses one message in %d until %v", nd, nd.losing, nd.loseTill.Sub(start))
		}
	}},
	{"messages are lost", 2, func(ns *nodes) {
		ns.broker.lossy = 1 + ns.rnd.IntN(30)
		ns.broker.lossyTill = ns.now().Add(ns.between(0, 8*time.Second))
	}},
	{"messages are slow", 1, func(ns *nodes) { ns.broker.slowBusTill = ns.now().Add(ns.between(0, 10*time.Second)) }},
	{"the broker is away", 2, func(ns *nodes) {
		ns.broker.awayTill = ns.now().Add(ns.between(0, 15*time.Second))
		ns.trouble(ns.broker.awayTill)
	}},
	{"the journals are full", 2, func(ns *nodes) {
		ns.broker.fullTill = ns.now().Add(ns.between(0, 10*time.Second))
		ns.trouble(ns.broker.fullTill)
	}},
	{"the journals' answers get lost", 2, func(ns *nodes) {
		ns.broker.losingTill = ns.now().Add(ns.between(0, 10*time.Second))
		ns.trouble(ns.broker.losingTill)
	}},
	{"the journals are slow", 1, func(ns *nodes) { ns.broker.slowTill = ns.now().Add(ns.between(0, 10*time.Second)) }},
	{"snapshots are not kept", 1, func(ns *nodes) { ns.broker.unsavingTill = ns.now().Add(ns.between(0, 20*time.Second)) }},
}

// NodeFaults returns what can happen to nodes and to what they share.
func NodeFaults() (names []string) {
	for i := range nodeFaults {
		names = append(names, nodeFaults[i].name)
	}
	return names
}

func anyNode(nd *node) bool { return nd.listens }

// fault is one fault of any kind.
func (ns *nodes) fault() {
	sum := 0
	for i := range nodeFaults {
		sum += nodeFaults[i].odds
	}
	n := ns.rnd.IntN(sum)
	for i := range nodeFaults {
		f := &nodeFaults[i]
		if n -= f.odds; n < 0 {
			ns.world.count(faultPrefix + f.name)
			ns.world.note("fault: %s", f.name)
			f.do(ns)
			return
		}
	}
}

// trouble says that calls may be refused until a time, and while that is noticed and got over.
func (ns *nodes) trouble(until time.Time) {
	const margin = 8 * time.Second
	if until = until.Add(margin); ns.troubledTill.Before(until) {
		ns.troubledTill = until
	}
}

// pause stops a process for a while, as SIGSTOP does.
func (ns *nodes) pause() {
	nd := ns.some(anyNode)
	if nd == nil || nd.asleep() {
		return
	}
	d := ns.between(0, 8*time.Second)
	if ns.oneOf(3) {
		d = ns.between(0, 40*time.Second)
	}
	nd.sleepTill, nd.forgets, nd.slept = ns.now().Add(d), ns.oneOf(2), ns.now().Before(ns.troubledTill)
	ns.world.note("fault: %s stands still until %v", nd, nd.sleepTill.Sub(start))
	ns.world.at(nd.sleepTill, nd.wake)
}

// crash ends a process without a word, and often has another one begin.
func (ns *nodes) crash(nd *node) {
	if nd == nil {
		return
	}
	ns.world.note("fault: crash of %s", nd)
	ns.judgeStates(nd)
	ns.kill(nd)
	ns.replace()
}

// replace has a node begin some time after another ended; at once or not at all when others are there.
func (ns *nodes) replace() {
	if ns.some(anyNode) != nil && ns.oneOf(4) {
		return
	}
	ns.coming++
	ns.world.after(ns.between(0, 10*time.Second), func() {
		if ns.coming--; len(ns.all) < 5 {
			ns.newNode()
		}
	})
}

// kill ends a process. Its sockets are reset by its system, or the machine is gone, too.
func (ns *nodes) kill(nd *node) {
	if nd.dead {
		return
	}
	nd.dead, nd.listens, nd.waits = true, false, nil
	ns.all = slices.DeleteFunc(ns.all, func(o *node) bool { return o == nd })
	for p := range nd.alarms {
		nd.alarms[p].set(&ns.world.schedule, time.Time{}, nil)
	}
	tells := !ns.oneOf(4)
	for _, k := range nd.socks {
		k.ended = true
		k.quiet.set(&ns.world.schedule, time.Time{}, nil)
		k.conn.cut(tells, false)
	}
	nd.socks = nil
	if len(ns.all) == 0 && ns.coming == 0 {
		ns.replace()
	}
}

// leave ends a process in good order: it gives its partitions away, then its sockets.
func (ns *nodes) leave(nd *node) {
	if nd == nil {
		return
	}
	ns.world.note("%s leaves", nd)
	nd.listens = false
	ns.replace()
	nd.after(0, nd.n.Drain)
	nd.after(ns.between(0, 3*time.Second), func() {
		nd.deaf = true
		nd.after(50*time.Millisecond, func() {
			for _, k := range slices.Clone(nd.socks) {
				k.leave("restart")
			}
			nd.after(time.Second, nd.n.Leave)
			nd.after(time.Second, func() { nd.exitBy(ns.now().Add(10 * time.Second)) })
		})
	})
}

// exitBy ends the process when it owns nothing any more, or at a time.
func (nd *node) exitBy(by time.Time) {
	if nd.n.Owns() == 0 || !nd.now().Before(by) {
		nd.world.note("%s has left, with %d partitions", nd, nd.n.Owns())
		nd.kill(nd)
		return
	}
	nd.after(100*time.Millisecond, func() { nd.exitBy(by) })
}
