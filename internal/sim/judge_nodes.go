package sim

import (
	"bytes"

	"github.com/agora-signal-go/signal/internal/cluster"
)

// owner returns the node that owns a partition, nil when none does. It says that there are not two.
func (ns *nodes) owner(p int) *node {
	var owner *node
	newest := uint64(0)
	for _, nd := range ns.all {
		st, ok := nd.n.Inspect(p)
		if ok && st.Claim > newest {
			owner, newest = nd, st.Claim
		}
	}
	return owner
}

// check says that every partition has one owner, that all know him, and that nothing is on its way or was forgotten.
func (ns *nodes) check() {
	w := ns.world
	for p := range ns.profile.partitions {
		owner := ns.owner(p)
		if owner == nil {
			w.fail("nobody owns partition %d", p)
			return
		}
		st, _ := owner.n.Inspect(p)
		for _, nd := range ns.all {
			if _, owns := nd.n.Inspect(p); owns && nd != owner {
				w.fail("%s believes that it owns partition %d, and %s does since %d", nd, p, owner, st.Claim)
			}
			if node, claim := nd.n.Owner(p); node != owner.id || claim != st.Claim {
				w.fail("%s believes that %x owns partition %d since %d, it is %x since %d", nd, node, p, claim, owner.id, st.Claim)
			}
		}
	}
	for _, nd := range ns.all {
		ns.judgeStates(nd)
		l := nd.n.Load()
		sockets := 0
		for _, k := range nd.socks {
			if k.client != nil && !k.ended {
				sockets++
			}
		}
		switch {
		case len(l.Nodes) != len(ns.all)-1:
			w.fail("%s knows of %x, there are %d others", nd, l.Nodes, len(ns.all)-1)
		case l.Links >= len(ns.all) || l.Ears >= len(ns.all):
			w.fail("%s has %d links and %d ears, there are %d others", nd, l.Links, l.Ears, len(ns.all)-1)
		case l.Queued != 0 || l.QueuedBytes != 0 || l.Unacked != 0 || l.Fanned != 0 || l.LinkBytes > 100 || l.Waiting != 0 || l.Asks != 0:
			w.fail("%s has something left when all is well: %+v", nd, l)
		case l.Clients != l.Homes || l.Clients != sockets:
			w.fail("%s has %d clients, %d at partitions and %d sockets", nd, l.Clients, l.Homes, sockets)
		}
	}
}

// judgeLoad says that a node holds no more than it may at any time.
func (nd *node) judgeLoad() {
	if !nd.oneOf(10) {
		return
	}
	const most = 1 << 20 // users of a simulation send that much in no time that anything may stand still
	if l := nd.n.Load(); l.QueuedBytes < 0 || l.QueuedBytes > most || l.Queued > 20000 || l.Fanned > most || l.LinkBytes > most || l.Links > len(nd.ever) {
		nd.world.fail("%s holds too much: %+v", nd, l)
	}
}

// judgeStates says that what a node has is what the journals come to, from their beginnings and from the newest snapshots.
func (ns *nodes) judgeStates(nd *node) {
	for p := range ns.profile.partitions {
		st, ok := nd.n.Inspect(p)
		if !ok {
			continue
		}
		j := &ns.broker.journals[p]
		ns.judgeState(nd, p, &st, nil, 0)
		if 0 < j.saved && j.saved <= st.Position {
			ns.judgeState(nd, p, &st, j.shot, j.saved)
		}
	}
}

func (ns *nodes) judgeState(nd *node, p int, st *cluster.State, shot []byte, pos uint64) {
	ns.world.count("states compared")
	text, err := cluster.Replay(p, ns.config(), shot, pos, ns.broker.journals[p].upTo(pos, st.Position), st.Now)
	switch {
	case err != nil:
		ns.world.fail("partition %d cannot be replayed from %d on: %v", p, pos, err)
	case !bytes.Equal(text, st.Text):
		ns.world.fail("partition %d of %s is not what its journal from %d to %d comes to", p, nd, pos, st.Position)
	}
}
