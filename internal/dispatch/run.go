package dispatch

import (
	"errors"
	"runtime"
	"runtime/debug"
)

// ErrGoexit is what Config.Panicked gets as v when a handler ended its
// goroutine, as t.FailNow does. One that panics on its way out is reported with
// the value of that panic.
var ErrGoexit = errors.New("handler called runtime.Goexit")

// failure is a call of Handle that did not return.
type failure[E any] struct {
	event E
	value any // nil: runtime.Goexit, or panic(nil) where GODEBUG has panicnil=1
	stack []byte
}

// start starts the dispatcher goroutine. Called by Push when there is none, and by
// one that is about to end early.
func (q *Queue[E]) start() { go q.entry() }

// run handles events until none has come for a while. When runtime.Goexit ends it before, a fresh
// goroutine takes over.
func (q *Queue[E]) run() {
	ended := false
	defer func() {
		if ended {
			return
		}
		if f := q.failed; f != nil && f.value == nil {
			f.value = ErrGoexit
		}
		q.start()
	}()
	for {
		e, ok := q.next()
		if !ok {
			break
		}
		q.handle(e)
	}
	ended = true
}

// next returns the event to be handled now: what Panicked answers if the last
// one failed, else the oldest that waits.
func (q *Queue[E]) next() (e E, ok bool) {
	if f := q.failed; f != nil {
		q.failed = nil
		if f.value == nil { // run is still here, so it was no Goexit
			f.value = new(runtime.PanicNilError)
		}
		if e, ok = q.cfg.Panicked(f.event, f.value, f.stack); ok && q.admits(e) {
			return e, true
		}
	}
	return q.pop()
}

// handle calls the handler; if that does not return, it leaves q.failed behind.
// Only a panic lets handle itself return then: recover cannot stop a Goexit.
func (q *Queue[E]) handle(e E) {
	returned := false
	defer func() {
		if !returned {
			q.failed = &failure[E]{e, recover(), debug.Stack()}
		}
	}()
	q.cfg.Handle(e)
	returned = true
}

// admits is keeps for the dispatcher goroutine, which does not hold q.mu.
func (q *Queue[E]) admits(e E) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.keeps(e)
}
