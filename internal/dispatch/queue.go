// Package dispatch hands events to the user's handlers: a bounded FIFO and the
// one goroutine that empties it, which ends when there has been nothing in it for a while.
// It knows nothing about signaling.
//
// Any goroutine pushes, the dispatcher goroutine handles, one event at a time
// and in order. A handler may do what it likes: block, panic, call
// runtime.Goexit, or call any method of the Queue that is calling it.
package dispatch

import (
	"sync"
	"sync/atomic"
)

// The bounds of a Queue whose Config names none.
const (
	DefaultEvents       = 65536
	DefaultBytes  int64 = 64 << 20
)

// Config says what a Queue holds and whom it calls. All but Handle may be left out.
type Config[E any] struct {
	// Events and Bytes are the bounds that Full reports; 0 or less means the default.
	Events int
	Bytes  int64

	// Size returns the bytes that e holds. It is called once per event, by
	// Push with the Queue locked: it must be quick and must not call the Queue.
	Size func(e E) int

	// Handle is called on the dispatcher goroutine, one event at a time, in order.
	Handle func(e E)

	// Panicked is called on the dispatcher goroutine after Handle(e) panicked
	// with v, or called runtime.Goexit: then v is ErrGoexit. If ok, next is
	// handled before anything that is queued, unless Drain refuses it; a panic
	// while next is handled calls Panicked again, which had better not return
	// ok forever. A panic in Panicked itself is not recovered.
	Panicked func(e E, v any, stack []byte) (next E, ok bool)

	// Room is called when a Queue that was Full is so no more, once each time,
	// by the goroutine that made the room: the dispatcher or a caller of
	// Drain. It must not block. By the time it runs the Queue may be Full
	// again, so whoever it wakes asks Full once more.
	Room func()
}

// Queue is a FIFO with a goroutine that handles what is pushed. One that is idle has neither
// goroutine nor buffer nor timer. All its methods
// may be called from any goroutine, also from inside Handle, Panicked and Room.
// None of them waits for a handler.
type Queue[E any] struct {
	cfg   Config[E]
	entry func() // what the dispatcher goroutine starts with
	done  chan struct{}

	full atomic.Bool // set with mu held

	mu   sync.Mutex
	more sync.Cond // events came, or the dispatcher goroutine is to end
	// +checklocks:mu
	events fifo[E] // what waits; the event being handled is out of it
	// +checklocks:mu
	keep func(E) bool // set by Drain, nil keeps all
	// +checklocks:mu
	running bool // there is a dispatcher goroutine
	// +checklocks:mu
	idle idleness
	// +checklocks:mu
	closed bool

	failed *failure[E] // owned by the dispatcher goroutine
}

// New returns an empty Queue.
func New[E any](cfg Config[E]) *Queue[E] {
	if cfg.Events <= 0 {
		cfg.Events = DefaultEvents
	}
	if cfg.Bytes <= 0 {
		cfg.Bytes = DefaultBytes
	}
	if cfg.Size == nil {
		cfg.Size = func(E) int { return 0 }
	}
	if cfg.Panicked == nil {
		cfg.Panicked = func(e E, _ any, _ []byte) (E, bool) { return e, false }
	}
	if cfg.Room == nil {
		cfg.Room = func() {}
	}
	q := &Queue[E]{cfg: cfg, done: make(chan struct{})}
	q.entry = func() { dispatcher(q.run) }
	q.more.L = &q.mu
	return q
}

// Push appends events, which stay together and in order. It never blocks and
// never refuses for want of room: outcomes that are owed must not be lost, so
// the bound is the caller's to respect, see Full. After Close it does nothing.
func (q *Queue[E]) Push(events ...E) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	for _, e := range events {
		if q.keeps(e) {
			q.events.push(e, int64(q.cfg.Size(e)))
		}
	}
	if q.events.n >= q.cfg.Events || q.events.bytes >= q.cfg.Bytes {
		q.full.Store(true)
	}
	switch {
	case q.events.n == 0:
	case q.running:
		q.more.Signal()
	default:
		q.running = true
		q.start()
	}
}

// Full reports whether the Queue reached a bound and has not yet fallen below
// half of both since. In between it stays as it was, so that a reader that
// pauses while Full, and goes on at Room, is not woken for each event.
func (q *Queue[E]) Full() bool { return q.full.Load() }

// Len returns how many events wait, without the one that is being handled.
func (q *Queue[E]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.events.n
}

// Waiting returns how many events wait, and how many bytes of them, without the one that is being handled.
func (q *Queue[E]) Waiting() (events int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.events.n, q.events.bytes
}

// Drain drops the waiting events that keep refuses, and from now on those
// pushed. A later Drain takes the place of an earlier one; nil keeps all again.
// The event that is being handled is not affected.
//
// keep is called by Drain, Push and the dispatcher goroutine with the Queue
// locked: it must be quick and must not call the Queue.
func (q *Queue[E]) Drain(keep func(E) bool) {
	if q.drain(keep) {
		q.cfg.Room()
	}
}

// drain reports whether it made room.
func (q *Queue[E]) drain(keep func(E) bool) (room bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.keep = keep
	if keep == nil {
		return false
	}
	q.events.filter(keep)
	return q.eased()
}

// Close ends the Queue: no more is pushed, what waits is still handled, then
// Done is closed. It never waits. Again is fine.
func (q *Queue[E]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed && !q.running {
		close(q.done)
	}
	q.closed = true
	q.more.Signal()
}

// Done is closed when, after Close, the dispatcher goroutine has handled the
// last event and ends. A handler must not wait for it, see OnDispatcher.
func (q *Queue[E]) Done() <-chan struct{} { return q.done }

// pop waits for the next event and removes it; ok is false when the dispatcher
// goroutine, which calls it, is to end.
func (q *Queue[E]) pop() (e E, ok bool) {
	e, ok, room := q.take()
	if room {
		q.cfg.Room()
	}
	return e, ok
}

// take is pop that reports whether it made room.
func (q *Queue[E]) take() (e E, ok, room bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.events.n == 0 && !q.closed && !q.idle.over {
		q.watchIdle()
		q.more.Wait()
	}
	if ok = q.events.n > 0; ok {
		q.idle.since = false
		e = q.events.pop()
		return e, true, q.eased()
	}
	q.running = false
	q.events.rest()
	q.idle.stop()
	if q.closed {
		close(q.done)
	}
	return e, false, false
}

// keeps reports whether the last Drain lets e in. Called with q.mu held.
//
// +checklocks:q.mu
func (q *Queue[E]) keeps(e E) bool { return q.keep == nil || q.keep(e) }

// eased ends full when the Queue is below half of both bounds, and reports
// that edge. Called with q.mu held, after events left.
//
// +checklocks:q.mu
func (q *Queue[E]) eased() bool {
	if !q.full.Load() || 2*q.events.n >= q.cfg.Events || 2*q.events.bytes >= q.cfg.Bytes {
		return false
	}
	q.full.Store(false)
	return true
}
