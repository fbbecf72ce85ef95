package cluster

import "time"

// This file is what a node knows of who owns what, and what follows when that changes.

// route says who owns a partition.
type route struct {
	node  uint64 // 0: nobody knows
	claim uint64 // the newest that was heard of
}

// A fence is when somebody else took a partition, and the newest claim that was known by then.
type fence struct {
	at    time.Time
	claim uint64
}

// isFenced reports whether a partition has to be left alone for now: somebody has it of whom nothing was heard. Two who do not
// hear each other must not take from each other all the time.
//
// +checklocks:n.mu
func (n *Node) isFenced(p int, now time.Time) bool {
	f := n.fenced[p]
	return !f.at.IsZero() && now.Sub(f.at) < deadAfter && n.routes[p].Load().claim <= f.claim
}

// outdoes reports whether a claim is known, or an older one.
func (r *route) outdoes(node, claim uint64) bool {
	return claim < r.claim || (claim == r.claim && r.node == node)
}

// learn notes who owns a partition.
func (n *Node) learn(p int, node, claim uint64) {
	if n.routes[p].Load().outdoes(node, claim) { // mostly: every post says so
		return
	}
	n.mu.Lock()
	r := n.routes[p].Load()
	if r.outdoes(node, claim) {
		n.mu.Unlock()
		return
	}
	n.routes[p].Store(&route{node: node, claim: claim})
	cut := n.homedElsewhere(p, claim)
	n.mu.Unlock()
	for _, c := range cut {
		c.gone()
	}
	if claim > r.claim {
		for other := range n.slots {
			_ = n.put(other, item{kind: itemOwner, from: p, claim: claim})
		}
	}
	n.retry(n.world.Now())
}

// homedElsewhere returns the clients of a partition that are logged in with an owner before the one of a claim.
//
// +checklocks:n.mu
func (n *Node) homedElsewhere(p int, claim uint64) (cut []*Client) {
	for c := range n.homes[p] {
		if c.route != nil && c.route.claim != claim {
			cut = append(cut, c)
		}
	}
	sortClients(cut)
	return cut
}

// broken forgets what rested on a link to a node of which something was lost: the sockets of either with the other.
func (n *Node) broken(id uint64) {
	n.mu.Lock()
	if e := n.ears[id]; e != nil {
		e.forget()
	}
	n.mu.Unlock()
	n.cutClientsAt(id)
	for p := range n.slots {
		_ = n.put(p, item{kind: itemNodeGone, node: id})
	}
}

func (n *Node) cutClientsAt(id uint64) {
	n.mu.Lock()
	var cut []*Client
	for p := range n.homes {
		for c := range n.homes[p] {
			if c.route != nil && c.route.node == id {
				cut = append(cut, c)
			}
		}
	}
	n.mu.Unlock()
	sortClients(cut)
	for _, c := range cut {
		c.gone()
	}
}

// superseded notes that somebody has owned a partition since a claim. Who believes that he owns it asks its journal.
func (n *Node) superseded(p int, claim uint64) {
	n.mu.Lock()
	if r := n.routes[p].Load(); r.claim < claim {
		n.routes[p].Store(&route{claim: claim})
	}
	n.mu.Unlock()
	_ = n.put(p, item{kind: itemOwner, from: p, claim: claim})
}
