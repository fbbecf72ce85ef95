package cluster

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/agora-signal-go/signal/server/backend"
)

// Doing says what an Action is.
type Doing = doing

// What there is to do for a partition.
const (
	Wait    = doWait    // until Wake, or until Until when that is set
	Recover = doRecover // call Restore with the newest snapshot, Replay with each record behind it, Recovered
	Append  = doAppend  // a record to the journal, and call Appended
	Save    = doSave    // a snapshot, in the background, then trim the journal up to it; and call Saved
	Release = doRelease // the same, not in the background
)

// An Action is what a partition needs done.
type Action struct {
	action
	n *Node
	s *slot
}

// Do says what to do.
func (a *Action) Do() Doing { return a.do }

// Until is when a Wait ends by itself, zero when it does not.
func (a *Action) Until() time.Time { return a.until }

// Record is what an Append appends, under which name, and behind what.
func (a *Action) Record() (after uint64, id string, record []byte) { return a.after, a.id, a.record }

// Snapshot is what is to be saved, and the position up to which it stands for the journal.
func (a *Action) Snapshot() (pos uint64, snapshot []byte) { return a.pos, a.snapshot }

// Restore begins a recovery, with nil and 0 when there is no snapshot.
func (a *Action) Restore(snapshot []byte, pos uint64) error { return a.s.restore(snapshot, pos) }

// Replay goes on with it. Nothing of the record is kept.
func (a *Action) Replay(pos uint64, record []byte) error { return a.s.replay(pos, record) }

// Position is up to where the journal was replayed.
func (a *Action) Position() uint64 { return a.s.pos }

// Recovered ends a recovery; err is why it failed.
func (a *Action) Recovered(err error) {
	if err != nil {
		a.n.counts.failedRecoveries.Add(1)
		level := slog.LevelError
		if errors.Is(err, backend.ErrUnavailable) { // which passes
			level = slog.LevelWarn
		}
		a.n.cfg.Log.Log(context.Background(), level, "a partition was not recovered", "partition", a.s.index, "err", err)
	}
	a.s.recovered(a.n.world.Now(), a.n.world.Seed(), err)
}

// Appended ends an Append.
func (a *Action) Appended(pos uint64, err error) {
	n, s := a.n, a.s
	claiming := s.isClaiming()
	known, _ := s.owner()
	if claiming {
		known = n.routes[s.index].Load().claim
	}
	outs, lost := s.appended(n.world.Now(), pos, err)
	claim, owns := s.owner()
	switch {
	case lost:
		n.counts.fenced.Add(1)
		n.cfg.Log.Warn("a partition has another owner", "partition", s.index)
		n.lost(s.index)
		n.mu.Lock()
		n.fenced[s.index] = fence{n.world.Now(), known}
		n.mu.Unlock()
	case err != nil:
		n.counts.failedAppends.Add(1)
		n.cfg.Log.Debug("a record was not appended", "partition", s.index, "err", err)
	case claiming && owns:
		n.counts.claims.Add(1)
		n.cfg.Log.Debug("a partition is owned", "partition", s.index, "claim", claim)
		n.learn(s.index, n.cfg.ID, claim)
		n.told()
	}
	n.deliver(s, outs)
}

// Saved ends a Save or a Release.
func (a *Action) Saved(err error) {
	if err != nil {
		a.n.counts.failedSaves.Add(1)
		a.n.cfg.Log.Warn("a snapshot was not saved", "partition", a.s.index, "err", err)
	}
	a.s.saved(a.do == doRelease)
	if a.do == doRelease {
		a.n.counts.releases.Add(1)
		a.n.cfg.Log.Debug("a partition is given up", "partition", a.s.index)
		a.n.lost(a.s.index)
		a.n.told()
	}
}

// lost notes that the node owns a partition no more.
func (n *Node) lost(p int) {
	n.mu.Lock()
	if r := n.routes[p].Load(); r.node == n.cfg.ID {
		n.routes[p].Store(&route{claim: r.claim})
	}
	n.slots[p].setWant(false)
	n.mu.Unlock()
}

// told has a beat sent at once.
func (n *Node) told() {
	n.mu.Lock()
	n.untold = true
	n.mu.Unlock()
	n.beat(n.world.Now())
}
