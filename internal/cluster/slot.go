package cluster

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
)

const (
	batchItems    = 256             // that go into one record
	queueItems    = 1 << 16         // that wait for one partition, then calls are refused
	queueBytes    = 64 << 20        // the same
	unackedBytes  = 64 << 20        // of posts that others do not take; beyond, calls are refused
	patience      = 2 * time.Second // with a journal that takes nothing, then calls are refused
	retryFirst    = 20 * time.Millisecond
	retryMost     = time.Second
	saveEvery     = time.Hour   // at the latest
	probeAfter    = time.Minute // without a record the owner asks the journal whether he still is, by an empty one
	snapshotAfter = 4 << 20     // bytes of journal, or as many as the snapshot before had, unless Config says otherwise
)

// A slot is a partition as one node has it: a queue of what is to happen, and, while the node owns the partition, its
// replica. One goroutine at a time (or a simulation) gives it turns and tells it what came of what it asked for; everybody
// may put something into the queue.
//
//	idle → recovering → claiming → owned → releasing → idle
//
// A record that was refused because another is in its place ends all that: somebody else owns the partition.
type slot struct {
	index     int
	node      uint64
	cfg       core.Config
	maxRecord int
	saveAfter int

	gauges gauges

	mu sync.Mutex
	// +checklocks:mu
	state state
	// +checklocks:mu
	want bool // to own it
	// +checklocks:mu
	queue []item
	// +checklocks:mu
	bytes int
	// +checklocks:mu
	queued []receiving // posts that came, by where from
	// Sockets that a call was refused. Should they not get to hear it they make it again, and then nothing that they asked
	// for later may have happened.
	// +checklocks:mu
	refused map[core.PeerID]struct{}
	// +checklocks:mu
	stalled bool // the journal takes nothing
	// +checklocks:mu
	crowded bool // other partitions do not take what is posted
	// +checklocks:mu
	claim uint64 // position of the record that made the node the owner

	// Of whoever gives turns.
	r        *replica
	pos      uint64 // of the newest record
	grown    int    // bytes of journal since the newest snapshot
	size     int    // of the newest snapshot
	saving   bool
	savedAt  time.Time // or when the node became the owner
	batch    []item
	parts    [][]byte // records that are yet to be appended, the one under way first
	id       string
	now      time.Time // of the batch
	seed     [seedSize]byte
	wrote    time.Time // the newest record, or tried to
	since    time.Time // the journal takes nothing since; zero: it does
	unsure   bool      // whether the journal has the record under way
	retryAt  time.Time
	retry    time.Duration
	serial   uint64
	tries    uint64 // that failed
	refusals []output
}

type state uint8

const (
	idle state = iota
	recovering
	claiming
	owned
	releasing
)

// Doing says what a slot wants to be done.
type doing uint8

const (
	doWait    doing = iota // until a time, or until somebody puts something in
	doRecover              // hand in the snapshot and the records behind it
	doAppend
	doSave    // while turns go on
	doRelease // save, and give no turn before that is done
)

// An action is what a turn comes to.
type action struct {
	do       doing
	until    time.Time // of doWait; zero: there is nothing to wait for
	after    uint64    // of doAppend
	id       string
	record   []byte
	pos      uint64 // of doSave and doRelease
	snapshot []byte
}

func newSlot(index int, node uint64, cfg core.Config, maxRecord int) *slot {
	return &slot{index: index, node: node, cfg: cfg, maxRecord: maxRecord, saveAfter: snapshotAfter}
}

// setWant says whether the node is to own the partition. It reports whether a turn is due because of it.
func (s *slot) setWant(want bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.want != want
	s.want = want
	return changed
}

// owner returns the claim by which the node owns the partition. It is not ok when it does not.
func (s *slot) owner() (claim uint64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claim, s.state == owned
}

// isStalled reports whether the journal takes nothing.
func (s *slot) isStalled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stalled
}

// isIdle reports whether the node has nothing to do with the partition.
func (s *slot) isIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == idle && !s.want
}

func (s *slot) setState(st state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = st
}

// turn goes on as far as possible and returns what is to be done, and what has come out meanwhile.
func (s *slot) turn(now time.Time) (action, []output) {
	s.mu.Lock()
	st, want := s.state, s.want
	s.mu.Unlock()
	switch st {
	case idle:
		if want {
			s.setState(recovering)
			return action{do: doRecover}, nil
		}
		return action{}, nil
	case owned:
		return s.work(now, want)
	}
	return s.goOn(now), nil
}

// work is a turn of an owner.
func (s *slot) work(now time.Time, want bool) (action, []output) {
	for len(s.parts) == 0 {
		switch {
		case now.Before(s.retryAt):
			return action{until: s.retryAt}, s.take()
		case !want && !s.saving:
			s.setState(releasing)
			s.abandon()
			return s.save(doRelease), s.take()
		}
		s.fill(now)
		due, timed := s.r.core.Next()
		switch {
		case len(s.parts) > 0:
		case len(s.batch) > 0: // nothing that is journaled
			s.happen()
		case s.isSaveDue(now) && !s.saving:
			s.saving = true
			return s.save(doSave), s.take()
		case timed:
			return action{until: due}, s.take()
		default:
			return action{}, s.take()
		}
	}
	return s.goOn(now), s.take()
}

func (s *slot) take() []output {
	outs := s.r.outs
	if len(s.refusals) > 0 {
		outs = slices.Concat(s.refusals, outs)
	}
	s.refusals, s.r.outs = nil, nil
	return outs
}

// fill makes a batch of what waits, when something does or the core has something due, and the records of it.
func (s *slot) fill(now time.Time) {
	s.mu.Lock()
	n := min(len(s.queue), batchItems)
	size := 0
	for i := range n {
		size += len(s.queue[i].entry)
		if i > 0 && size > s.maxRecord/2 {
			n = i
			break
		}
	}
	s.batch = append(s.batch, s.queue[:n]...)
	clear(s.queue[:n])
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	journaled := s.stalled // to see whether it still is
	for _, it := range s.batch {
		s.bytes -= len(it.entry)
		journaled = journaled || s.isProbe(&it, now)
	}
	s.mu.Unlock()

	due, timed := s.r.core.Next()
	now = s.recordTime(now)
	journaled = journaled || timed && !due.After(now)
	var body []byte
	for _, it := range s.batch {
		if it.isJournaled() {
			journaled = true
			body = appendItem(body, it.entry)
		}
	}
	if s.now = now; journaled {
		s.write(record{node: s.node, now: now.UnixNano(), body: body})
	}
}

// recordTime returns a time as the next record has it. Two may have the same, but none goes back.
func (s *slot) recordTime(now time.Time) time.Time {
	if now = stamp(now); now.Before(s.r.now) {
		return s.r.now
	}
	return now
}

// isProbe says whether an item makes a record, though it has nothing to write: to see whether nobody else owns the partition.
//
// +checklocks:s.mu
func (s *slot) isProbe(it *item, now time.Time) bool {
	switch it.kind {
	case itemProbe:
		return true
	case itemOwner: // somebody says that he owns this very partition
		return it.from == s.index && it.claim > s.claim
	case itemNudge:
		return now.Sub(s.wrote) >= probeAfter
	}
	return false
}

// happen lets a batch happen. When nothing of it is journaled no time has passed: a snapshot that knew of another time would
// not be what the journal comes to.
func (s *slot) happen() {
	for i := range s.batch {
		s.do(&s.batch[i])
	}
	s.acknowledge()
	s.measure()
	clear(s.batch)
	s.batch = s.batch[:0]
}

// do lets one item happen, of which all is in order: what is damaged was damaged before it came here, and is left out by whoever reads the journal.
func (s *slot) do(it *item) {
	r := s.r
	switch it.kind {
	case itemAcked:
		r.sends[it.from].acked(it.number)
	case itemResend:
		r.resend(it.from)
	case itemOwner:
		if r.ownedAnew(it.from, it.claim) {
			r.resend(it.from)
		}
	case itemProbe:
	case itemNudge:
		r.nudge()
	case itemNodeGone:
		s.nodeGone(it.node)
	case itemLook:
		it.look(r.core) // as of the newest record
	case itemPost, itemFan:
		if r.ownedAnew(it.from, it.claim) {
			r.resend(it.from)
		}
		if it.lost {
			r.sendAllAway()
		}
		switch {
		case it.entry == nil: // known
		case it.kind == itemFan:
			_ = r.fan(it.entry)
		default:
			_ = r.do(it.entry)
		}
	default:
		_ = r.do(it.entry)
	}
}

// acknowledge tells other partitions which of their posts have happened.
func (s *slot) acknowledge() {
	var from []int
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.batch {
		it := &s.batch[i]
		if (it.kind == itemPost || it.kind == itemFan) && !slices.Contains(from, it.from) {
			from = append(from, it.from)
			s.queued[it.from].again = false
			s.r.emit(output{kind: outAck, to: it.from, number: s.r.taken[it.from].number})
		}
	}
}

// nodeGone has the sockets of a node go down.
func (s *slot) nodeGone(node uint64) {
	for _, id := range s.r.peersOf(node) {
		e := core.Entry{Kind: core.EntryDown, Peer: id}
		_, _ = s.put(item{kind: itemWord, entry: e.Append(nil)})
	}
}

// isSaveDue says whether it is time for a snapshot: what the journal has beyond the one before is as much as that, or an
// hour old. Then it is not long to be read, and what users have deleted is not there for long.
func (s *slot) isSaveDue(now time.Time) bool {
	return s.grown > max(s.saveAfter, s.size) || (s.grown > 0 && now.Sub(s.savedAt) >= saveEvery)
}

// save returns the action of keeping the present state.
func (s *slot) save(do doing) action {
	b, err := s.r.freeze()
	if err != nil { // cannot be
		b = nil
	}
	s.grown, s.size, s.savedAt = 0, len(b), s.now
	return action{do: do, pos: s.pos, snapshot: b}
}

// saved is told what became of a doSave or a doRelease. A release without a snapshot is one all the same: the journal
// has everything.
func (s *slot) saved(released bool) {
	s.saving = false
	if released {
		s.reset()
	}
}

// restore begins a recovery with a snapshot, nil when there is none.
func (s *slot) restore(snapshot []byte, pos uint64) (err error) {
	s.r, err = thaw(s.index, s.cfg, snapshot)
	s.pos, s.grown, s.size = pos, 0, len(snapshot)
	return err
}

// replay goes on with a recovery.
func (s *slot) replay(pos uint64, b []byte) error {
	if len(b) == 0 { // of a backend that has lost what the snapshot knows
		s.pos = pos
		return nil
	}
	rec, err := parseRecord(b)
	if err != nil {
		return err
	}
	if rec.after != s.pos {
		return fmt.Errorf("%w: behind %d, want %d", errGap, rec.after, s.pos)
	}
	s.pos = pos
	s.grown += len(b)
	return s.r.apply(&rec)
}

// errGap means that the journal was trimmed after the snapshot was loaded: there is a newer one.
var errGap = errors.New("cluster: records are missing")

// recovered ends a recovery: the partition is claimed next, with a seed that nobody knows. err is why it failed.
func (s *slot) recovered(now time.Time, seed [seedSize]byte, err error) {
	s.mu.Lock()
	want := s.want
	if err != nil {
		s.want = false // whoever wanted it says so again
	}
	s.mu.Unlock()
	if err != nil || !want {
		s.reset()
		return
	}
	s.setState(claiming)
	s.now, s.seed = s.recordTime(now), seed
	e := core.Entry{Kind: core.EntryTakeover, Limits: s.cfg.Limits}
	s.write(record{claim: true, node: s.node, now: s.now.UnixNano(), seed: s.seed, body: appendItem(nil, e.Append(nil))})
}

func (s *slot) isClaiming() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == claiming
}

// begin begins the time of an owner.
func (s *slot) begin(claim uint64) {
	_ = s.r.claimed(s.seed, s.now, s.cfg.Limits)
	s.mu.Lock()
	s.state, s.claim, s.stalled = owned, claim, false
	s.queue, s.bytes, s.refused = nil, 0, nil
	s.queued = slices.Clone(s.r.taken)
	s.mu.Unlock()
	s.r.live, s.savedAt = true, s.now
	s.measure()
	for to := range s.r.sends {
		s.r.resend(to)
	}
}

// reset forgets the partition.
func (s *slot) reset() {
	s.r, s.batch, s.parts, s.saving = nil, nil, nil, false
	s.since, s.unsure, s.retryAt, s.retry, s.refusals = time.Time{}, false, time.Time{}, 0, nil
	s.gauges.set(0, 0, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.claim, s.stalled, s.queue, s.bytes, s.queued, s.refused = idle, 0, false, nil, 0, nil, nil
}

// measure leaves figures behind, and whether there is room for what calls bring about elsewhere.
func (s *slot) measure() {
	c := s.r.core
	s.gauges.set(c.Sessions(), c.Accounts(), c.Channels())
	crowded := s.r.unacked() > unackedBytes
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crowded = crowded
}
