package server

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"
)

const (
	lastChance = 2 * time.Second        // in which a server that was stopped reads what came meanwhile
	lateness   = 250 * time.Millisecond // of an alarm, by which a server finds out that it was stopped
)

// A patience is the time in which a peer has to say something. It is not the socket's own deadline: that would pass
// while the process is stopped (SIGSTOP, a machine that is suspended, a debugger) or starved, and then all that came
// meanwhile lies in the socket and cannot be read any more.
//
// What a peer says moves heard alone, not the alarm: one that goes off too early is set anew. All times are those since
// the vigil began.
type patience struct {
	heard atomic.Int64 // when the peer last said something

	// Guarded by the vigil's mutex.

	within time.Duration // from heard on
	alarm  time.Duration // a little before the time is over: once it is late all depends on what is read then
	place  int32         // in the vigil's heap, from 1; 0 when not there
	last   bool          // the alarm is for the end of the time
}

// A vigil keeps the patience of all sockets with one timer.
type vigil struct {
	began time.Time

	mu sync.Mutex
	// +checklocks:mu
	waiting vigilHeap
	// +checklocks:mu
	timer *time.Timer
	// +checklocks:mu
	set time.Duration // when the timer fires; 0 when it is not set
	// +checklocks:mu
	ended bool
}

func (v *vigil) now() time.Duration { return time.Since(v.began) }

// hear notes that a peer said something.
func (v *vigil) hear(o *outbox) { o.patience.heard.Store(int64(v.now())) }

// watch gives the peer of a socket so long from since on, and from whatever it says later.
func (v *vigil) watch(o *outbox, since time.Time, within time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ended {
		return
	}
	p, heard := &o.patience, since.Sub(v.began)
	p.heard.Store(int64(heard))
	p.within, p.last = within, false
	v.setAlarm(o, max(heard+within-lastChance, v.now()))
	v.setTimer()
}

// setAlarm sets the alarm of one socket.
//
// +checklocks:v.mu
func (v *vigil) setAlarm(o *outbox, at time.Duration) {
	p := &o.patience
	if p.alarm = at; p.place > 0 {
		heap.Fix(&v.waiting, int(p.place-1))
	} else {
		heap.Push(&v.waiting, o)
	}
}

// forget ends the patience with a socket that is over.
func (v *vigil) forget(o *outbox) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if o.patience.place > 0 {
		heap.Remove(&v.waiting, int(o.patience.place-1))
	}
}

// setTimer sets the timer for the first alarm.
//
// +checklocks:v.mu
func (v *vigil) setTimer() {
	if len(v.waiting) == 0 || v.ended {
		return
	}
	first := v.waiting[0].patience.alarm
	if v.set != 0 && first >= v.set {
		return
	}
	v.set = max(first, 1)
	if wait := first - v.now(); v.timer == nil {
		v.timer = time.AfterFunc(wait, v.fire)
	} else {
		v.timer.Reset(wait)
	}
}

// fire looks after those whose alarm has come.
func (v *vigil) fire() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.set = 0
	now := v.now()
	for len(v.waiting) > 0 && v.waiting[0].patience.alarm <= now {
		v.lookAfter(v.waiting[0], now)
	}
	v.setTimer()
}

// lookAfter deals with an alarm that has come.
//
// +checklocks:v.mu
func (v *vigil) lookAfter(o *outbox, now time.Duration) {
	p := &o.patience
	until := time.Duration(p.heard.Load()) + p.within
	switch {
	case until-lastChance > now: // it has said something meanwhile
		p.last = false
		v.setAlarm(o, until-lastChance)
	case now-p.alarm > lateness:
		p.last = true
		v.setAlarm(o, now+lastChance)
	case !p.last && until > now:
		p.last = true
		v.setAlarm(o, until)
	default:
		heap.Remove(&v.waiting, int(p.place-1))
		_ = o.stream.SetReadDeadline(time.Now()) // wakes the reader; fails only when the socket is gone
	}
}

// end ends all patience.
func (v *vigil) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ended = true
	if v.timer != nil {
		v.timer.Stop()
	}
}

// A vigilHeap has the socket in front whose alarm comes first. It implements heap.Interface.
type vigilHeap []*outbox

func (h vigilHeap) Len() int           { return len(h) }
func (h vigilHeap) Less(i, j int) bool { return h[i].patience.alarm < h[j].patience.alarm }

func (h vigilHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].patience.place, h[j].patience.place = int32(i+1), int32(j+1)
}

// Push implements heap.Interface.
func (h *vigilHeap) Push(x any) {
	o, _ := x.(*outbox)
	*h = append(*h, o)
	o.patience.place = int32(len(*h))
}

// Pop implements heap.Interface.
func (h *vigilHeap) Pop() any {
	last := len(*h) - 1
	o := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	o.patience.place = 0
	return o
}
