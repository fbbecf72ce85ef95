package core

import (
	"cmp"
	"slices"
)

// Takeover says that another process goes on with this state. What the one before had to do with is gone: all sockets are down
// (those that waited for what they had missed are told nothing, and their Done is not called), and the calls that an embedding
// program was to answer fail. Limits are in force from now on.
//
// Zero fields of Limits mean what the version says that applies it: see [Limits.Explicit].
type Takeover struct{ Limits Limits }

func (in Takeover) apply(c *Core) {
	for _, p := range c.peers() {
		if p.session != nil {
			Down{p}.apply(c)
		}
	}
	for _, s := range c.sessionsInOrder() {
		if s.arrival != nil {
			s.arrival, s.replay = nil, 0
			s.downAt = c.at
			c.set(&s.expiry, s.expires())
		}
		c.cancelExt(s)
	}
	c.limits = in.Limits.withDefaults(c.cfg.Cores)
}

// cancelExt answers what the embedding program was to answer.
func (c *Core) cancelExt(s *session) {
	var numbers []uint64
	for _, p := range s.pending {
		if p.ext {
			numbers = append(numbers, p.number)
		}
	}
	for _, n := range numbers {
		if c.sessions[s.id] == s {
			c.answered(s, &Message{From: Origin{Request: n}, Ret: cancelled})
		}
	}
}

// peers returns the sockets of sessions and those that wait to be one, by their names.
func (c *Core) peers() []*Peer {
	var all []*Peer
	for _, s := range c.sessions {
		if s.peer != nil {
			all = append(all, s.peer)
		}
		if s.arrival != nil {
			all = append(all, s.arrival.peer)
		}
	}
	slices.SortFunc(all, func(a, b *Peer) int { return a.id.Compare(b.id) })
	return all
}

func (c *Core) sessionsInOrder() []*session {
	all := make([]*session, 0, len(c.sessions))
	for _, s := range c.sessions {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *session) int { return cmp.Compare(a.id, b.id) })
	return all
}
