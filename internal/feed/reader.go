package feed

import (
	"context"
	"errors"
	"slices"
	"time"
)

// A Reader takes events from a queue of its own. One goroutine at a time may use it.
type Reader[E any] struct {
	feed  *Feed[E]
	topic *Topic[E] // nil: all topics
	want  func(E) bool
	wake  chan struct{} // something came, or the end

	// The Feed's lock guards these.
	queue   []*item[E]
	current *item[E] // what Next has returned
}

// ErrEnd is what Next returns when nothing follows and nothing went wrong.
var ErrEnd = errors.New("the end")

// Read begins to read what is published of a topic, of all with nil, as far as want says so. First come the events of
// first, then what is kept of the topics in kept, then what is published. End it with Stop.
func (f *Feed[E]) Read(t *Topic[E], want func(E) bool, first []E, kept ...*Topic[E]) *Reader[E] {
	r := &Reader[E]{feed: f, topic: t, want: want, wake: make(chan struct{}, 1)}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range first {
		f.queue(r, &item[E]{event: e, topic: t, size: int64(f.cfg.Size(e)), came: f.cfg.Now()})
	}
	for _, k := range kept {
		f.handOver(k, r)
	}
	slices.SortStableFunc(r.queue, func(a, b *item[E]) int { return int(a.seq) - int(b.seq) })
	f.readers = append(f.readers, r)
	return r
}

// Next says that the reader is done with the event that it returned before, and waits for the next. It returns ErrEnd,
// or the reason that End had, when nothing follows, and the error of ctx when that ends.
func (r *Reader[E]) Next(ctx context.Context) (e E, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		it, end := r.take()
		switch {
		case it != nil:
			return it.event, nil
		case end != nil:
			return e, end
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
		}
	}
}

// Came returns when that was published which Next has returned.
func (r *Reader[E]) Came() time.Duration {
	if r.current == nil {
		return 0
	}
	return r.current.came
}

// take returns the next item, or an error when none will come, or neither when there is none now.
func (r *Reader[E]) take() (it *item[E], end error) {
	it, eased, end := r.step()
	if eased {
		r.feed.cfg.Room()
	}
	return it, end
}

func (r *Reader[E]) step() (it *item[E], eased bool, end error) {
	f := r.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	r.finish()
	if len(r.queue) == 0 {
		r.queue = nil
		return nil, false, r.ended()
	}
	it = r.queue[0]
	r.queue[0] = nil
	r.queue = r.queue[1:]
	f.events--
	f.bytes -= it.size
	r.current = it
	return it, f.eased(), nil
}

// finish is done with what was returned last.
//
// +checklocks:r.feed.mu
func (r *Reader[E]) finish() {
	it := r.current
	if it == nil {
		return
	}
	r.current = nil
	it.seen = true
	if it.holds--; it.holds == 0 {
		r.feed.done(it)
	}
}

// +checklocks:r.feed.mu
func (r *Reader[E]) ended() error {
	end := r.feed.end
	if !end.over && r.topic != nil {
		end = r.topic.end
	}
	switch {
	case !end.over:
		return nil
	case end.err == nil:
		return ErrEnd
	}
	return end.err
}

// Stop ends the reader, which is done with what Next returned. What it has not read is kept for the next one.
func (r *Reader[E]) Stop() {
	if r.stop() {
		r.feed.cfg.Room()
	}
}

func (r *Reader[E]) stop() (eased bool) {
	f := r.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	r.finish()
	f.readers = slices.DeleteFunc(f.readers, func(o *Reader[E]) bool { return o == r })
	f.takeBack(r.queue)
	r.queue = nil
	f.tellLeft()
	return f.eased()
}

func (r *Reader[E]) wants(t *Topic[E], e E) bool {
	return (r.topic == nil || r.topic == t) && r.want(e)
}

// tell wakes the reader. The caller holds the Feed's lock.
func (r *Reader[E]) tell() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
