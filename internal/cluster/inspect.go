package cluster

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
)

// This file is for who judges nodes: what they have, next to what the journals say that they should.

// A State is a partition as the node has it that owns it, as far as it knows.
type State struct {
	Claim, Position uint64
	Core            *core.Core // as it is: nobody steps into it
	Now             time.Time
	Text            []byte // equal for equal states of the same Position and Now
}

// Inspect returns the state of a partition that the node owns. It is called by whoever gives the partition turns.
func (n *Node) Inspect(p int) (State, bool) {
	s := n.slots[p]
	claim, ok := s.owner()
	if !ok {
		return State{}, false
	}
	return State{Claim: claim, Position: s.pos, Core: s.r.core, Now: s.r.now, Text: s.r.text()}, true
}

// Replay returns the Text of a partition after these records, of which each comes with its position, behind a snapshot or,
// when that is nil, from the beginning, when it is as late as now.
func Replay(p int, cfg core.Config, snapshot []byte, pos uint64, records iter.Seq2[uint64, []byte], now time.Time) ([]byte, error) {
	s := newSlot(p, 0, cfg, 0)
	if err := s.restore(snapshot, pos); err != nil {
		return nil, err
	}
	for at, b := range records {
		if err := s.replay(at, b); err != nil {
			return nil, fmt.Errorf("record at %d: %w", at, err)
		}
	}
	s.r.begin(now)
	return s.r.text(), nil
}

// text is what of a replica follows from its journal alone.
func (r *replica) text() []byte {
	var dst []byte
	if r.ids != nil {
		seed, err := r.ids.MarshalBinary()
		if err != nil {
			return nil
		}
		dst = append(dst, seed...)
	}
	for i := range r.sends {
		dst = appendUint(dst, r.sends[i].last)
	}
	for _, id := range r.sortedPeers() {
		if p := r.peers[id]; !p.decided { // of the others the core knows which matter
			dst = appendUint(appendUint(appendUint(dst, id.Node), id.Socket), flagOf(p.down))
		}
	}
	return r.core.Freeze(dst)
}

// Owner returns which node owns a partition, 0 when nobody is known to, and since which claim.
func (n *Node) Owner(p int) (node, claim uint64) {
	r := n.routes[p].Load()
	return r.node, r.claim
}

// A Load is what a node holds at a moment.
type Load struct {
	Queued, QueuedBytes int // of the longest queue
	Unacked, Fanned     int // posts on their way, and bytes of what was fanned out, of the partitions that it owns
	Links, Ears         int
	LinkBytes           int // that wait on the longest link
	Clients, Homes      int // sockets by number, and by partition
	Waiting, Asks       int
	Nodes               []uint64 // that it has heard of, without itself
}

// Load returns what the node holds. It is called by whoever gives turns.
func (n *Node) Load() (l Load) {
	for _, s := range n.slots {
		s.mu.Lock()
		l.Queued, l.QueuedBytes = max(l.Queued, len(s.queue)), max(l.QueuedBytes, s.bytes)
		st := s.state
		s.mu.Unlock()
		if st != owned {
			continue
		}
		for i := range s.r.sends {
			l.Unacked += len(s.r.sends[i].unacked)
			for _, p := range s.r.sends[i].unacked {
				if p.fan {
					l.Fanned += len(p.entry)
				}
			}
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	l.Links, l.Ears, l.Waiting, l.Asks = len(n.links), len(n.ears), len(n.waiting), len(n.asks)
	for _, k := range n.links {
		k.mu.Lock()
		l.LinkBytes = max(l.LinkBytes, len(k.buf))
		k.mu.Unlock()
	}
	n.clients.Range(func(any, any) bool { l.Clients++; return true })
	for _, home := range n.homes {
		l.Homes += len(home)
	}
	for id := range n.members.known {
		l.Nodes = append(l.Nodes, id)
	}
	slices.Sort(l.Nodes)
	return l
}
