package cluster

import (
	"cmp"
	"slices"
	"time"
)

const (
	beatEvery = 500 * time.Millisecond
	deadAfter = 5 * time.Second // without a beat
	settle    = 3 * beatEvery   // that a node listens before it takes what seems to be nobody's
)

// members is which nodes there are, as far as this one has heard.
type members struct {
	known map[uint64]*member
}

type member struct {
	beat
	heard time.Time
}

// hear notes a beat and reports whether the node was not known.
func (m *members) hear(b beat, now time.Time) (isNew bool) {
	if m.known == nil {
		m.known = make(map[uint64]*member)
	}
	_, ok := m.known[b.node]
	m.known[b.node] = &member{b, now}
	return !ok
}

// bury forgets the nodes that were not heard for long, and returns them.
func (m *members) bury(now time.Time) (dead []uint64) {
	for id, mb := range m.known {
		if now.Sub(mb.heard) >= deadAfter {
			dead = append(dead, id)
			delete(m.known, id)
		}
	}
	slices.Sort(dead)
	return dead
}

// forgive counts for nobody's silence the time in which nobody could be heard.
func (m *members) forgive(d time.Duration) {
	for _, mb := range m.known {
		mb.heard = mb.heard.Add(d)
	}
}

// sorted returns the nodes in the order of their names.
func (m *members) sorted() []*member {
	all := make([]*member, 0, len(m.known))
	for _, mb := range m.known {
		all = append(all, mb)
	}
	slices.SortFunc(all, func(a, b *member) int { return cmp.Compare(a.node, b.node) })
	return all
}

// assign says which of these nodes should own each partition: evenly many each, and mostly the same as before when one
// comes or goes. All who know of the same nodes come to the same.
func assign(nodes []uint64, partitions int) []uint64 {
	owners := make([]uint64, partitions)
	if len(nodes) == 0 {
		return owners
	}
	most := (partitions + len(nodes) - 1) / len(nodes)
	count := make(map[uint64]int)
	for p := range owners {
		var best, score uint64
		for _, id := range nodes {
			if s := mix(id ^ mix(uint64(p))); count[id] < most && (best == 0 || s > score) {
				best, score = id, s
			}
		}
		owners[p] = best
		count[best]++
	}
	return owners
}

// mix is the finalizer of SplitMix64: similar numbers become unlike.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
