package scale

import (
	"time"

	"github.com/agora-signal-go/signal/internal/cluster"
)

// turn does for a partition what it needs done, in so much virtual time as that takes.
func (n *node) turn(p int) {
	if n.dead || n.busy[p] {
		return
	}
	w := n.w
	j := &w.journals[p]
	a := n.Turn(p)
	n.busy[p] = true
	again := func() {
		n.busy[p] = false
		n.turn(p)
	}
	switch a.Do() {
	case cluster.Append:
		after, _, record := a.Record()
		w.after(w.delay(w.Append), func() {
			if n.dead {
				return
			}
			if after != j.last() {
				a.Appended(0, errFenced)
				again()
				return
			}
			j.records = append(j.records, record)
			if w.counting {
				w.seen.Records++
				w.seen.RecordBytes += len(record)
			}
			a.Appended(j.last(), nil)
			again()
		})
	case cluster.Recover:
		w.after(w.delay(2*w.Append)+time.Duration(len(j.snapshot))*readPerByte, func() { n.recover(p, &a, again) })
	case cluster.Save:
		w.after(w.delay(w.Append), func() {
			if !n.dead {
				j.save(&a)
				a.Saved(nil)
				n.Wake(p)
			}
		})
		again()
	case cluster.Release:
		j.save(&a)
		a.Saved(nil)
		again()
	default:
		n.busy[p] = false
		if until := a.Until(); !until.IsZero() {
			w.at(maxTime(until, w.now.Add(time.Millisecond)), func() { n.Wake(p) })
		}
	}
}

const readPerByte = 5 * time.Nanosecond // 200 MB a second

// recover hands in what there is of a partition.
func (n *node) recover(p int, a *cluster.Action, again func()) {
	if n.dead {
		return
	}
	j := &n.w.journals[p]
	err := a.Restore(j.snapshot, j.saved)
	for i, record := range j.records {
		if pos := j.trimmed + uint64(i) + 1; err == nil && pos > j.saved {
			err = a.Replay(pos, record)
		}
	}
	a.Recovered(err)
	again()
}

// save keeps a snapshot and forgets the records before it.
func (j *journal) save(a *cluster.Action) {
	pos, snapshot := a.Snapshot()
	if pos <= j.saved {
		return
	}
	j.saved, j.snapshot = pos, snapshot
	j.records = append([][]byte(nil), j.records[pos-j.trimmed-1:]...) // the last one stays
	j.trimmed = pos - 1
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
