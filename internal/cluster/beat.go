package cluster

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

// A beat is what every node tells all others of itself, some times a second and whenever it has changed.
type beat struct {
	node       uint64
	partitions int
	draining   bool     // it will be gone: it is to own nothing
	settling   bool     // it has just come: what somebody owns it takes over a little later
	addresses  []string // where clients reach it
	shut       []string // apps that are closed there
	owned      []ownership
}

type ownership struct {
	partition int
	claim     uint64
}

const beatFormat = 1

var errBeat = errors.New("cluster: damaged beat")

func (b *beat) bytes() []byte {
	dst := []byte{beatFormat}
	dst = binary.LittleEndian.AppendUint64(dst, b.node)
	dst = appendUint(dst, uint64(b.partitions))
	dst = appendUint(appendUint(dst, flagOf(b.draining)), flagOf(b.settling))
	for _, list := range [][]string{b.addresses, b.shut} {
		dst = appendUint(dst, uint64(len(list)))
		for _, text := range list {
			dst = appendItem(dst, []byte(text))
		}
	}
	dst = appendUint(dst, uint64(len(b.owned)))
	for _, o := range b.owned {
		dst = appendUint(appendUint(dst, uint64(o.partition)), o.claim)
	}
	return dst
}

func parseBeat(data []byte) (b beat, err error) {
	if len(data) < 9 || data[0] != beatFormat {
		return b, errBeat
	}
	b.node = binary.LittleEndian.Uint64(data[1:])
	in := reader{b: data[9:]}
	b.partitions = int(in.uint())
	b.draining, b.settling = in.flag(), in.flag()
	for _, list := range []*[]string{&b.addresses, &b.shut} {
		for range in.count() {
			*list = append(*list, in.text())
		}
	}
	for range in.count() {
		o := ownership{partition: int(in.uint()), claim: in.uint()}
		if o.partition < 0 || o.partition >= b.partitions {
			return b, errBeat
		}
		b.owned = append(b.owned, o)
	}
	if in.bad {
		return b, errBeat
	}
	return b, nil
}

// beat tells all others what there is to know of the node, when it is time.
func (n *Node) beat(now time.Time) {
	n.mu.Lock()
	if !n.untold && now.Sub(n.beaten) < beatEvery {
		n.mu.Unlock()
		return
	}
	pings := now.Sub(n.beaten) >= beatEvery
	if n.untold = false; pings {
		n.beaten = now
	}
	b := beat{node: n.cfg.ID, partitions: len(n.slots), draining: n.draining, settling: !n.settled, addresses: n.cfg.Addresses}
	for app := range n.shut {
		b.shut = append(b.shut, app)
	}
	slices.Sort(b.shut)
	links := n.sortedLinks()
	n.mu.Unlock()
	for p, s := range n.slots {
		if claim, ok := s.owner(); ok {
			b.owned = append(b.owned, ownership{p, claim})
		}
	}
	n.world.Publish(SubjectBeats, b.bytes())
	if !pings {
		return
	}
	first := false
	for _, l := range links {
		first = l.ping() || first
	}
	if first {
		n.world.Flush()
	}
}

// HearBeat takes what came on SubjectBeats.
func (n *Node) HearBeat(data []byte) {
	b, err := parseBeat(data)
	switch {
	case err != nil:
		n.cfg.Log.Error("what came is no beat of a node", "err", err)
		return
	case b.node == n.cfg.ID:
		return
	case b.partitions != len(n.slots):
		n.cfg.Log.Error("a node has another number of partitions", "node", SubjectOf(b.node), "partitions", b.partitions, "want", len(n.slots))
		return
	}
	n.mu.Lock()
	isNew := n.members.hear(b, n.world.Now())
	if isNew {
		n.untold = true // it does not know this one
		n.cfg.Log.Info("a node is here", "node", SubjectOf(b.node), "addresses", b.addresses)
	}
	owned := make(map[int]struct{}, len(b.owned))
	for _, o := range b.owned {
		owned[o.partition] = struct{}{}
	}
	for p := range n.routes {
		if r := n.routes[p].Load(); r.node == b.node {
			if _, still := owned[p]; !still {
				n.routes[p].Store(&route{claim: r.claim})
			}
		}
	}
	n.mu.Unlock()
	if isNew { // or was taken for dead: either way nothing rests on the link
		n.broken(b.node)
		n.say(b.node, &message{kind: sayBroken})
	}
	for _, o := range b.owned {
		n.learn(o.partition, b.node, o.claim)
		if r := n.routes[o.partition].Load(); o.claim < r.claim {
			n.say(b.node, &message{kind: sayOwned, partition: o.partition, claim: r.claim})
		}
	}
}
