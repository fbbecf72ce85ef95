package sim

import (
	"bytes"
	"iter"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/server/backend"
)

// A broker is what nodes share: journals, snapshots and a bus (bus.go), with everything that backend.Backend lets happen. What
// was trimmed is kept for the judge.
type broker struct {
	*nodes
	journals []journal

	arrivals map[lineOf]time.Time // of the newest message of the bus
	lossy    int

	awayTill     time.Time // nothing gets there, or no answer back
	fullTill     time.Time // there is no room
	slowTill     time.Time
	losingTill   time.Time // answers get lost, one in a few
	unsavingTill time.Time // snapshots are not kept
	lossyTill    time.Time // messages get lost, one in lossy
	slowBusTill  time.Time
}

// A journal is that of one partition, with its newest snapshot.
type journal struct {
	all     []entry
	trimmed uint64 // what is before is gone
	saved   uint64
	shot    []byte
}

type entry struct {
	pos    uint64
	id     string
	record []byte
}

// callTimeout is how long a node waits for the broker.
const callTimeout = 2 * time.Second

func (j *journal) newest() uint64 {
	if len(j.all) == 0 {
		return 0
	}
	return j.all[len(j.all)-1].pos
}

// behind returns the records behind a position, also those that were trimmed.
func (j *journal) behind(after uint64) []entry {
	i, _ := slices.BinarySearchFunc(j.all, after+1, func(e entry, pos uint64) int {
		if e.pos < pos {
			return -1
		}
		return 1
	})
	return j.all[i:]
}

// upTo returns the records behind one position up to another. The bytes are the caller's, who takes them apart in place.
func (j *journal) upTo(after, last uint64) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for _, e := range j.behind(after) {
			if e.pos > last || !yield(e.pos, bytes.Clone(e.record)) {
				return
			}
		}
	}
}

// ask is one request of a node's. what happens at the broker, done is called at the node: once, and with ErrUnavailable
// when no answer came in time.
func (b *broker) ask(nd *node, what func() (back func(), err error), failed func(error)) {
	over := false
	once := func(do func()) func() {
		return func() {
			if !over {
				over = true
				do()
			}
		}
	}
	lose := func() { failed(backend.ErrUnavailable) }
	nd.after(callTimeout, once(lose))
	b.world.after(b.delay(), func() {
		away := b.now().Before(b.awayTill) || nd.isCut()
		if away && !b.oneOf(4) {
			if b.oneOf(2) { // known at once
				nd.after(b.delay(), once(lose))
			}
			return
		}
		back, err := what()
		if away || b.now().Before(b.losingTill) && b.oneOf(3) {
			b.world.count(faultPrefix + "answer of the journal lost")
			return
		}
		b.world.after(b.delay(), func() {
			if nd.isCut() {
				return
			}
			nd.after(0, once(func() {
				if err != nil {
					failed(err)
				} else {
					back()
				}
			}))
		})
	})
}

func (b *broker) delay() time.Duration {
	most := b.profile.journal
	if b.now().Before(b.slowTill) {
		most = 700 * time.Millisecond
	}
	return b.between(0, most)
}

// append adds a record as backend.Journal says.
func (b *broker) append(nd *node, p int, after uint64, id string, record []byte, done func(uint64, error)) {
	record = bytes.Clone(record)
	b.ask(nd, func() (func(), error) {
		j := &b.journals[p]
		for _, e := range j.all[max(0, len(j.all)-100):] { // also before after: an id names one record
			if e.id == id {
				if b.now().Before(b.fullTill) && b.oneOf(2) {
					return nil, backend.ErrFull // it did not look
				}
				return func() { done(e.pos, nil) }, nil
			}
		}
		switch {
		case j.newest() != after:
			b.world.count("fenced")
			return nil, backend.ErrFenced
		case b.now().Before(b.fullTill):
			b.world.count("journal full")
			return nil, backend.ErrFull
		case len(record) > b.profile.maxRecord:
			b.world.fail("partition %d: a record of %d bytes, %d are allowed", p, len(record), b.profile.maxRecord)
		}
		pos := j.newest() + 1
		if b.oneOf(10) {
			pos += uint64(b.rnd.IntN(5))
		}
		j.all = append(j.all, entry{pos, id, record})
		b.world.count("records")
		return func() { done(pos, nil) }, nil
	}, func(err error) { done(0, err) })
}

// load returns the newest snapshot.
func (b *broker) load(nd *node, p int, done func(shot []byte, pos uint64, err error)) {
	b.ask(nd, func() (func(), error) {
		j := &b.journals[p]
		shot, pos := j.shot, j.saved
		return func() { done(shot, pos, nil) }, nil
	}, func(err error) { done(nil, 0, err) })
}

// read returns the records behind a position that were not trimmed.
func (b *broker) read(nd *node, p int, after uint64, done func(records []entry, err error)) {
	b.ask(nd, func() (func(), error) {
		j := &b.journals[p]
		records := slices.Clone(j.behind(max(after, j.trimmed-min(j.trimmed, 1))))
		return func() { done(records, nil) }, nil
	}, func(err error) { done(nil, err) })
}

// save keeps a snapshot, sooner or later, or not.
func (b *broker) save(nd *node, p int, pos uint64, shot []byte, done func(error)) {
	took := time.Duration(0)
	if b.oneOf(3) {
		took = b.between(0, callTimeout)
	}
	b.world.after(took, func() {
		b.ask(nd, func() (func(), error) {
			if b.now().Before(b.unsavingTill) {
				b.world.count(faultPrefix + "snapshot not saved")
				return nil, backend.ErrUnavailable
			}
			if j := &b.journals[p]; pos > j.saved {
				b.world.count("snapshots")
				j.shot, j.saved = shot, pos
			}
			return func() { done(nil) }, nil
		}, done)
	})
}

// trim forgets what a snapshot stands for.
func (b *broker) trim(nd *node, p int, pos uint64, done func()) {
	b.ask(nd, func() (func(), error) {
		j := &b.journals[p]
		j.trimmed = max(j.trimmed, pos)
		return done, nil
	}, func(error) { done() })
}
