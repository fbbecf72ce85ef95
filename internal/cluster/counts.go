package cluster

import "sync/atomic"

// Counts is what a node has seen since it began. Counters only rise.
type Counts struct {
	claims, releases, fenced                     atomic.Uint64
	failedRecoveries, failedAppends, failedSaves atomic.Uint64
	gaps, cut, refused, lateLogins               atomic.Uint64
}

// gauges are what a slot leaves behind for Holdings.
type gauges struct{ sessions, accounts, channels atomic.Int64 }

func (g *gauges) set(sessions, accounts, channels int) {
	g.sessions.Store(int64(sessions))
	g.accounts.Store(int64(accounts))
	g.channels.Store(int64(channels))
}

// Holdings are what the partitions hold that the node owns.
type Holdings struct {
	Sessions, Accounts, Channels int
	Queue, LongestQueue          int // inputs that wait
}

// Holdings returns what the node holds.
func (n *Node) Holdings() (h Holdings) {
	for _, s := range n.slots {
		h.Sessions += int(s.gauges.sessions.Load())
		h.Accounts += int(s.gauges.accounts.Load())
		h.Channels += int(s.gauges.channels.Load())
		waiting := s.waiting()
		h.Queue += waiting
		h.LongestQueue = max(h.LongestQueue, waiting)
	}
	return h
}

// Figures are the numbers of Counts at a moment, and what the node holds then.
type Figures struct {
	Partitions int // of all nodes
	Owned      int // of these, by this node
	Unowned    int // of these, by nobody that it knows of
	Nodes      int // that live, this one included
	Clients    int // sockets that log in or are logged in here

	Claims           uint64 // partitions that became this node's
	Releases         uint64 // that it gave up
	Fenced           uint64 // that somebody else took
	FailedRecoveries uint64
	FailedAppends    uint64 // records that the journal did not take at once
	FailedSaves      uint64 // snapshots
	Gaps             uint64 // of links, by what was lost between nodes
	Cut              uint64 // sockets that were sent to look for their session again
	Refused          uint64 // calls and logins, for want of room or of a journal
	LateLogins       uint64 // that nobody decided in time
}

// Figures returns the figures of the moment.
func (n *Node) Figures() Figures {
	f := Figures{Partitions: len(n.slots), Unowned: n.Unowned()}
	for _, s := range n.slots {
		if _, ok := s.owner(); ok {
			f.Owned++
		}
	}
	n.mu.Lock()
	f.Nodes = len(n.members.known) + 1
	for _, home := range n.homes {
		f.Clients += len(home)
	}
	n.mu.Unlock()
	c := &n.counts
	f.Claims, f.Releases, f.Fenced = c.claims.Load(), c.releases.Load(), c.fenced.Load()
	f.FailedRecoveries, f.FailedAppends, f.FailedSaves = c.failedRecoveries.Load(), c.failedAppends.Load(), c.failedSaves.Load()
	f.Gaps, f.Cut, f.Refused, f.LateLogins = c.gaps.Load(), c.cut.Load(), c.refused.Load(), c.lateLogins.Load()
	return f
}
