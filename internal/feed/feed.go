// Package feed hands events to whoever reads them: any number of readers, each with a queue of its own and its own pace.
// What no reader has wanted yet is kept for the next one, within bounds. It knows nothing about signaling.
//
// There is no goroutine in it: whoever publishes fills the queues, and each reader takes from its own.
package feed

import (
	"sync"
	"sync/atomic"
	"time"
)

// The bounds of a Feed whose Config names none.
const (
	DefaultEvents       = 65536
	DefaultBytes  int64 = 64 << 20
)

// Kept is how many events of a topic are kept while nobody reads it.
const Kept = 1000

// Config says what a Feed holds. All may be left out.
type Config[E any] struct {
	// Events and Bytes bound what waits in the queues of all readers together, see Full; 0 or less means the default.
	Events int
	Bytes  int64
	Size   func(e E) int        // the bytes that e holds
	Now    func() time.Duration // the time, for Reader.Came

	// Room is called when a Feed that was Full is so no more, by the reader that made the room. It must not block.
	Room func()
	// Gap makes what a reader is told in the place of n events that were not kept.
	Gap func(t *Topic[E], n int) E
}

// A Feed is what is published. All its methods may be called from any goroutine.
type Feed[E any] struct {
	cfg  Config[E]
	full atomic.Bool // set with mu held
	// handled is the mark up to which all marked events are done with; set with mu held.
	handled atomic.Uint64

	mu sync.Mutex
	// +checklocks:mu
	readers []*Reader[E]
	// +checklocks:mu
	marks marks
	// +checklocks:mu
	seq uint64 // of the item published last
	// +checklocks:mu
	events int // in the queues
	// +checklocks:mu
	bytes int64
	// +checklocks:mu
	end ending
	// +checklocks:mu
	left chan struct{} // closed when there is no reader; nil when nobody waits for that
}

// An ending is that nothing will follow, and why.
type ending struct {
	over bool
	err  error
}

// An item is an event on its way. The Feed's lock guards it.
type item[E any] struct {
	event E
	topic *Topic[E]
	seq   uint64
	size  int64
	came  time.Duration
	mark  *mark // nil when nobody waits for its end, or no more
	holds int   // the readers that have it in their queue, or are not done with it
	seen  bool  // a reader is done with it
	keep  bool  // for the next reader, should no one have it
	owed  bool  // it had a mark: who sent it was told that it will be read

	dropped int // of a gap: how many events it stands for
}

// New returns a Feed without readers.
func New[E any](cfg Config[E]) *Feed[E] {
	if cfg.Events <= 0 {
		cfg.Events = DefaultEvents
	}
	if cfg.Bytes <= 0 {
		cfg.Bytes = DefaultBytes
	}
	if cfg.Size == nil {
		cfg.Size = func(E) int { return 0 }
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Duration { return 0 }
	}
	if cfg.Room == nil {
		cfg.Room = func() {}
	}
	return &Feed[E]{cfg: cfg}
}

// Publish hands an event of topic t to all readers that want it. When none does and keep says so, the next one gets it.
//
// A mark that is not 0 rises from event to event: Handled tells up to which all are done with.
// After End it does nothing.
func (f *Feed[E]) Publish(t *Topic[E], e E, mark uint64, keep bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.end.over {
		return
	}
	f.seq++
	it := &item[E]{event: e, topic: t, seq: f.seq, size: int64(f.cfg.Size(e)), came: f.cfg.Now(), keep: keep}
	if mark != 0 {
		it.mark, it.owed = f.marks.add(mark), true
	}
	for _, r := range f.readers {
		if r.wants(t, e) {
			f.queue(r, it)
		}
	}
	switch {
	case it.holds > 0:
	case it.keep && !t.end.over:
		f.keep(it)
	default:
		f.done(it)
	}
	f.relieve()
}

// Pass says that an event with a mark is done with already: it is not published, or without its mark.
func (f *Feed[E]) Pass(mark uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.end.over {
		f.passed(f.marks.add(mark))
		f.relieve()
	}
}

// queue puts an item into a reader's queue.
//
// +checklocks:f.mu
func (f *Feed[E]) queue(r *Reader[E], it *item[E]) {
	it.holds++
	r.queue = append(r.queue, it)
	f.events++
	f.bytes += it.size
	if f.events >= f.cfg.Events || f.bytes >= f.cfg.Bytes {
		f.full.Store(true)
	}
	r.tell()
}

// done says that nobody needs an item any more.
//
// +checklocks:f.mu
func (f *Feed[E]) done(it *item[E]) {
	if it.mark != nil {
		f.passed(it.mark)
		it.mark = nil
	}
}

// +checklocks:f.mu
func (f *Feed[E]) passed(m *mark) {
	if n := f.marks.done(m); n != 0 {
		f.handled.Store(n)
	}
}

// Full reports whether the queues reached a bound and have not fallen below half of both since.
func (f *Feed[E]) Full() bool { return f.full.Load() }

// eased ends full when there is room again, and reports that edge.
//
// +checklocks:f.mu
func (f *Feed[E]) eased() bool {
	if !f.full.Load() || 2*f.events >= f.cfg.Events || 2*f.bytes >= f.cfg.Bytes {
		return false
	}
	f.full.Store(false)
	return true
}

// Waiting returns how many events, and how many bytes of them, are in the queues of all readers together.
func (f *Feed[E]) Waiting() (events int, bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events, f.bytes
}

// Handled returns the mark up to which all marked events are done with.
func (f *Feed[E]) Handled() uint64 { return f.handled.Load() }

// End says that nothing follows: each reader still gets what is in its queue, and then ends with err.
// Only the first End counts.
func (f *Feed[E]) End(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.end.over {
		return
	}
	f.end = ending{true, err}
	for _, r := range f.readers {
		r.tell()
	}
}

// EndTopic says the same of a topic. What is kept of it waits for one who reads it.
func (f *Feed[E]) EndTopic(t *Topic[E], err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t.end.over {
		return
	}
	t.end = ending{true, err}
	for _, r := range f.readers {
		r.tell()
	}
}

// Left returns what is closed when there is no reader.
func (f *Feed[E]) Left() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == nil {
		f.left = make(chan struct{})
	}
	left := f.left
	f.tellLeft()
	return left
}

// +checklocks:f.mu
func (f *Feed[E]) tellLeft() {
	if f.left != nil && len(f.readers) == 0 {
		close(f.left)
		f.left = nil
	}
}
