package server

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Stats is what a Server did since it was made, and what it holds now. Counters only rise.
type Stats struct {
	// Now.

	Sockets        int // websockets
	PendingSockets int // of these, that have not logged in
	Sessions       int // also those whose socket is down
	Accounts       int // that are remembered, online or not
	Channels       int // also those without members
	Addresses      int // that are remembered for the limits per address
	QueueLength    int // inputs that wait for their shard, all shards together
	QueueLongest   int // the same of the shard that has most

	// Sockets and logins.

	Accepted       uint64            // sockets
	Refused        map[string]uint64 // sockets before they were any, by the text of the answer, a 429 or 503
	Logins         uint64
	Resumes        uint64
	LoginsFailed   map[string]uint64 // by reason, resumes too
	SlowSockets    uint64            // closed because their peers did not read
	BadFrames      uint64            // sockets closed for what they sent
	LoginTimeouts  uint64            // sockets closed because nobody logged in
	SilentSockets  uint64            // sockets dropped because nothing came
	PendingEvicted uint64            // sockets closed before their time to make room for a new one

	// Traffic. Bytes are those of frames before websocket's framing.

	FramesIn, FramesOut   uint64
	BytesIn, BytesOut     uint64
	Calls                 uint64 // of any function
	MessagesIn            uint64 // calls that send a message to a user or a channel
	Notifies              uint64 // frames queued that bring messages and events, one per recipient
	Invocations           uint64 // calls for handlers of WithInvokeHandler
	InvocationsFailed     uint64
	EventsDropped         uint64        // that the observer was too slow for
	Turns                 uint64        // of shards: how often one was handed a batch of inputs
	TurnTime, LongestTurn time.Duration // spent in these: TurnTime / Turns is what a turn takes

	// Cluster is nil without a backend. With one, Sessions, Accounts and Channels are those that this server owns at present,
	// and there are no turns.
	Cluster *ClusterStats `json:",omitempty"`
}

// ClusterStats is what a Server that has a backend knows of itself and of the others.
type ClusterStats struct {
	Partitions int // of all servers
	Owned      int // of these, by this server
	Unowned    int // of these, by nobody that it knows of
	Nodes      int // servers that live, this one included
	Clients    int // sockets here that log in or are logged in

	Claims           uint64 // partitions that became this server's
	Releases         uint64 // that it gave up
	Fenced           uint64 // that another took
	FailedRecoveries uint64
	FailedAppends    uint64 // records that the journal did not take at once
	FailedSaves      uint64 // snapshots
	Gaps             uint64 // messages between servers that got lost, one or more at a time
	Cut              uint64 // sockets that were sent to look for their sessions again
	Refused          uint64 // calls and logins, for want of room or of a journal
	LateLogins       uint64 // that nobody decided in time
}

// counters are what Stats counts. Each is touched by many goroutines, rarely enough.
type counters struct {
	accepted, logins, resumes             atomic.Uint64
	slow, badFrames, loginTimeouts        atomic.Uint64
	silent, evicted                       atomic.Uint64
	framesIn, framesOut                   atomic.Uint64
	bytesIn, bytesOut                     atomic.Uint64
	calls, messagesIn, notifies           atomic.Uint64
	invocations, invocationsFailed, drops atomic.Uint64

	refused, loginsFailed tally
}

// A tally counts by name. The names are constants of this package and of wire, so there are few.
type tally struct {
	mu sync.Mutex
	// +checklocks:mu
	n map[string]uint64
}

func (t *tally) add(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = make(map[string]uint64)
	}
	t.n[name]++
}

func (t *tally) all() map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.n)
}

// Stats returns the figures of the moment. It costs little and may be called as often as one likes; the figures
// are read one after the other.
func (s *Server) Stats() Stats {
	c := &s.stats
	st := Stats{
		Addresses: s.addresses.len(),
		Accepted:  c.accepted.Load(), Refused: c.refused.all(),
		Logins: c.logins.Load(), Resumes: c.resumes.Load(), LoginsFailed: c.loginsFailed.all(),
		SlowSockets: c.slow.Load(), BadFrames: c.badFrames.Load(), LoginTimeouts: c.loginTimeouts.Load(),
		SilentSockets: c.silent.Load(), PendingEvicted: c.evicted.Load(),
		FramesIn: c.framesIn.Load(), FramesOut: c.framesOut.Load(), BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		Calls: c.calls.Load(), MessagesIn: c.messagesIn.Load(), Notifies: c.notifies.Load(),
		Invocations: c.invocations.Load(), InvocationsFailed: c.invocationsFailed.Load(),
		EventsDropped: c.drops.Load(),
	}
	s.mu.Lock()
	st.Sockets, st.PendingSockets = len(s.sockets), s.pending.Len()
	s.mu.Unlock()
	for _, sh := range s.shards {
		g := &sh.gauges
		st.Sessions += int(g.sessions.Load())
		st.Accounts += int(g.accounts.Load())
		st.Channels += int(g.channels.Load())
		st.Turns += g.turns.Load()
		st.TurnTime += time.Duration(g.busy.Load())
		st.LongestTurn = max(st.LongestTurn, time.Duration(g.longest.Load()))
		n := sh.waiting()
		st.QueueLength += n
		st.QueueLongest = max(st.QueueLongest, n)
	}
	if s.cluster != nil {
		h, f := s.cluster.Holdings(), ClusterStats(s.cluster.Figures())
		st.Sessions, st.Accounts, st.Channels = h.Sessions, h.Accounts, h.Channels
		st.QueueLength, st.QueueLongest, st.Cluster = h.Queue, h.LongestQueue, &f
	}
	return st
}

// gauges are what whoever is inside a core leaves behind for Stats.
type gauges struct {
	sessions, accounts, channels atomic.Int64
	turns                        atomic.Uint64
	busy, longest                atomic.Int64 // nanoseconds
}
