package server

import "time"

const (
	lastChance = 2 * time.Second        // in which a server that was stopped reads what came meanwhile
	lateness   = 250 * time.Millisecond // of a timer, by which a server finds out that it was stopped
)

// A patience is the time in which a peer has to say something. It is not the socket's own deadline: that would pass
// while the process is stopped (SIGSTOP, a machine that is suspended, a debugger) or starved, and then all that came
// meanwhile lies in the socket and cannot be read any more. Guarded by the outbox's mutex.
type patience struct {
	timer *time.Timer
	until time.Time
	alarm time.Time // when the timer fires: a little before, once it is late all depends on what is read then
}

func (p *patience) set(alarm time.Time, over func()) {
	now := time.Now()
	if p.alarm = alarm; alarm.Before(now) {
		p.alarm = now
	}
	if wait := p.alarm.Sub(now); p.timer == nil {
		p.timer = time.AfterFunc(wait, over)
	} else {
		p.timer.Reset(wait)
	}
}

func (p *patience) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// listen gives the peer until t for its next frame, unless the socket is closing.
func (o *outbox) listen(t time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.code == 0 && !o.broken {
		o.patience.until = t
		o.patience.set(t.Add(-lastChance), o.overdue)
	}
}

// overdue is called when the peer has not said anything for long.
func (o *outbox) overdue() {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, now := &o.patience, time.Now()
	switch {
	case o.code != 0 || o.broken || now.Before(p.alarm): // meanwhile
	case now.Sub(p.alarm) > lateness:
		p.until = now.Add(lastChance)
		p.set(p.until, o.overdue)
	case now.Before(p.until):
		p.set(p.until, o.overdue)
	default:
		_ = o.ws.SetReadDeadline(now) // wakes the reader; fails only when the socket is gone
	}
}
