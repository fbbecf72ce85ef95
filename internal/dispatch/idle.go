package dispatch

import "time"

// lingering is how long a dispatcher goroutine stays without events, up to twice that. To start one for each event
// would cost more than the event: its stack has to grow anew.
const lingering = time.Second

// An idleness watches a dispatcher goroutine, by a timer that is set at most once in lingering.
type idleness struct {
	timer *time.Timer // nil while none is set
	since bool        // nothing was handled since it was set
	over  bool        // the goroutine is to end
}

// watchIdle sets the timer, unless it is set. Called before the dispatcher goroutine waits.
//
// +checklocks:q.mu
func (q *Queue[E]) watchIdle() {
	if i := &q.idle; i.timer == nil {
		i.since = true
		i.timer = time.AfterFunc(lingering, q.lingered)
	}
}

// lingered is what the timer calls.
func (q *Queue[E]) lingered() {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch i := &q.idle; {
	case !q.running: // it ended in this moment
	case i.since:
		i.over = true
		q.more.Signal()
	default:
		i.since = true
		i.timer.Reset(lingering)
	}
}

// stop ends the watch. Called when the goroutine ends.
func (i *idleness) stop() {
	if i.timer != nil {
		i.timer.Stop()
	}
	*i = idleness{}
}
