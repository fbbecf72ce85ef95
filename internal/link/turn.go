package link

import (
	"runtime"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
)

const (
	inputsHeld = 256 // inputs on their way at which those who bring more begin to wait
	turnInputs = 256 // inputs that a borrowed goroutine handles for others, about
)

// inside is what belongs to whoever is inside the Engine.
type inside struct {
	engine *engine.Engine
	appID  string  // of the login, for discovery
	conns  []*conn // those that the Engine has not hung up
	events *[]engine.Event
	keys   keys
	paused bool // as the Engine knows it
	clock  clock
	now    time.Time
}

// inputLists are those that nobody has borrowed.
var inputLists sync.Pool

// post hands in an input, and waits while too many others are on their way. It returns the input's number, or false
// when everything has ended.
func (l *Link) post(in input) (number uint64, ok bool) {
	l.mu.Lock()
	for !l.stopped && l.inputs != nil && len(*l.inputs) >= inputsHeld {
		l.watch()
	}
	number, enter := l.came+1, !l.busy
	switch {
	case l.stopped:
		l.mu.Unlock()
		return 0, false
	case enter:
		l.came++
		l.busy = true
	default:
		l.put(in)
	}
	l.mu.Unlock()
	if enter {
		l.work(in)
	}
	return number, true
}

// postAndWait is post that waits until the input has been handled.
func (l *Link) postAndWait(in input) {
	number, ok := l.post(in)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.handled < number && !l.stopped {
		l.watch()
	}
}

// put leaves an input to whoever is inside.
//
// +checklocks:l.mu
func (l *Link) put(in input) {
	if l.inputs == nil {
		l.inputs = borrow[input](&inputLists)
	}
	*l.inputs = append(*l.inputs, in)
	l.came++
}

// putNow is put of whoever is inside: an input that he finds when he is about to leave.
func (l *Link) putNow(in input) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(in)
}

// watch waits for a change.
//
// +checklocks:l.mu
func (l *Link) watch() {
	l.watching++
	l.changed.Wait()
	l.watching--
}

// tell tells of a change.
//
// +checklocks:l.mu
func (l *Link) tell() {
	if l.watching > 0 {
		l.changed.Broadcast()
	}
}

// wake makes whoever is inside look around, or reports that the caller has to: nobody was inside, and now he is.
//
// +checklocks:l.mu
func (l *Link) wake() (enter bool) {
	switch {
	case l.stopped:
		return false
	case l.busy:
		l.look = true
		return false
	}
	l.busy = true
	return true
}

// enter reports whether the caller is inside now: nobody was.
func (l *Link) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy || l.stopped {
		return false
	}
	l.busy = true
	return true
}

// work handles an input, and what comes meanwhile. The caller is inside, and is not any more when it returns.
func (l *Link) work(in input) {
	l.begin()
	handled := uint64(0)
	if in.kind != inNone {
		l.take(in)
		handled = 1
	}
	if in.kind == inDo && l.inside.engine.Open() >= crowd {
		runtime.Gosched()
		handled += l.takeAll(l.takeOut())
	}
	l.leave(handled)
}

// crowd is how many requests are open at one time when it is worth while to let others who are about to make some go first:
// what they make goes out in the same piece. One that is made alone never waits.
const crowd = 8

// takeOut returns what was put until now.
func (l *Link) takeOut() *[]input {
	l.mu.Lock()
	defer l.mu.Unlock()
	inputs := l.inputs
	l.inputs = nil
	return inputs
}

// begin tells the Engine what no input tells.
func (l *Link) begin() {
	i := &l.inside
	i.now = time.Now()
	if i.clock.jumped(i.now) {
		i.engine.Woke(i.now)
	}
	if full := l.sink.Full(); full != i.paused {
		i.paused = full
		if l.observer != nil {
			l.observer.Paused(full)
		}
		i.engine.Pause(i.now, full)
	}
}

// leave ends a stay inside in which so many inputs were handled without having been put, unless there is more to do: that
// is done first, by a goroutine of its own when it is much.
func (l *Link) leave(handled uint64) {
	for did := 0; ; {
		inputs, more := l.finish(handled)
		if !more {
			return
		}
		if did >= turnInputs {
			l.running.Go(func() { l.leave(l.takeAll(inputs)) })
			return
		}
		handled = l.takeAll(inputs)
		did += int(handled) + 1
	}
}

// takeAll handles inputs that were put.
func (l *Link) takeAll(inputs *[]input) (handled uint64) {
	l.begin()
	if inputs == nil {
		return 0
	}
	for _, in := range *inputs {
		l.take(in)
	}
	handled = uint64(len(*inputs))
	giveBack(&inputLists, inputs, 4*inputsHeld)
	return handled
}

// finish lets go what the steps have caused, and leaves, unless there is more to do.
func (l *Link) finish(handled uint64) (inputs *[]input, more bool) {
	i := &l.inside
	next := i.engine.Next()
	if !next.IsZero() && !next.After(i.now) {
		i.engine.Tick(i.now)
		next = i.engine.Next()
	}
	l.flush()
	if i.engine.Done() {
		l.stop()
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handled += handled
	l.tell()
	inputs, more = l.inputs, l.look || l.inputs != nil
	l.inputs, l.look = nil, false
	l.busy = more
	if !more && !next.IsZero() && (l.due.IsZero() || next.Before(l.due)) {
		l.setTimer(next)
	}
	return inputs, more
}

// +checklocks:l.mu
func (l *Link) setTimer(at time.Time) {
	wait := time.Until(at)
	l.due = at
	switch {
	case l.timer == nil:
		l.running.Add(1)
		l.timer = time.AfterFunc(wait, l.fire)
	case !l.timer.Reset(wait):
		l.running.Add(1)
	}
}

// fire is what the timer calls.
func (l *Link) fire() {
	defer l.running.Done()
	l.mu.Lock()
	l.due = time.Time{}
	enter := l.wake()
	l.mu.Unlock()
	if enter {
		l.work(input{})
	}
}

// stop ends everything that the Link began. Nobody gets inside any more.
func (l *Link) stop() {
	for _, c := range l.inside.conns {
		c.hangup()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.inputs = nil
	if l.timer != nil && l.timer.Stop() {
		l.running.Done()
	}
	l.tell()
	go func() {
		l.running.Wait()
		l.state.Store(int32(engine.NotLogin))
		close(l.done)
	}()
}
