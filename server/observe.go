package server

import (
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
)

// An Event is something that users did, for those who count, bill or audit. It never has the content of a message.
type Event struct {
	Kind    EventKind
	At      time.Time
	AppID   string
	Account string // who did it; "" for a message of the server itself
	Device  string // of EventLogin and EventLogout, as the client says
	End     string // of EventLogout: "logout", "kick", "expired" or "removed"
	Channel string // of EventJoin, EventLeave, and EventMessage to a channel
	Peer    string // of EventMessage to a user
	Bytes   int    // of EventMessage: the length of its text
}

// EventKind says what happened.
type EventKind string

// The kinds of Event.
const (
	EventLogin   EventKind = "login"  // a session began; resuming one is no login
	EventLogout  EventKind = "logout" // a session ended, for whatever reason
	EventJoin    EventKind = "join"
	EventLeave   EventKind = "leave"
	EventMessage EventKind = "message" // was taken
)

// WithObserver makes the server tell f what happens. f is called from one goroutine at a time, and what one user
// does, and what happens in one channel, comes in order. The server never waits for f: [Limits].Events wait for
// it at most, and what comes when there are as many is dropped and counted in [Stats].EventsDropped. When f
// panics, that is logged, and the next event comes as usual.
func WithObserver(f func(Event)) Option {
	return func(c *config) { c.observe = f }
}

// An observer hands events to the function of WithObserver. It has a goroutine while there are some.
type observer struct {
	f     func(Event)
	most  int
	log   *slog.Logger
	stats *counters

	mu sync.Mutex
	// +checklocks:mu
	events []Event // that wait
	// +checklocks:mu
	running bool
	// +checklocks:mu
	closed bool
	// +checklocks:mu
	over bool          // whatever waits is dropped
	idle chan struct{} // closed when closed and not running
}

func newObserver(s *Server) *observer {
	return &observer{
		f: s.observe, most: s.bounds.events, log: s.log, stats: &s.stats, idle: make(chan struct{}),
	}
}

// add is called from inside the cores.
func (o *observer) add(e core.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.events) >= o.most || o.closed {
		o.stats.drops.Add(1)
		return
	}
	o.events = append(o.events, Event{
		Kind: kindOf(e.Kind), At: e.At, AppID: e.App, Account: e.Account, Device: e.Device, End: string(e.End),
		Channel: e.Channel, Peer: e.Peer, Bytes: e.Bytes,
	})
	if !o.running {
		o.running = true
		go o.run()
	}
}

func kindOf(k core.EventKind) EventKind {
	switch k {
	case core.EventLogin:
		return EventLogin
	case core.EventLogout:
		return EventLogout
	case core.EventJoin:
		return EventJoin
	case core.EventLeave:
		return EventLeave
	case core.EventMessage:
		return EventMessage
	}
	return ""
}

func (o *observer) run() {
	var done, events []Event
	for {
		if events = o.next(done); len(events) == 0 {
			return
		}
		for i := range events {
			o.tell(events[i])
		}
		clear(events)
		done = events[:0]
	}
}

// next returns what waits and puts an empty slice in its place.
func (o *observer) next(empty []Event) []Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	events := o.events
	if len(events) == 0 || o.over {
		o.running, o.events = false, nil
		if o.closed {
			close(o.idle)
		}
		return nil
	}
	o.events = empty
	return events
}

func (o *observer) tell(e Event) {
	defer func() {
		if p := recover(); p != nil {
			o.log.Error("observer panicked", "kind", e.Kind, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	o.mu.Lock()
	over := o.over
	o.mu.Unlock()
	if !over {
		o.f(e)
	}
}

// close takes no events any more. The channel that it returns is closed when those that waited have been told.
func (o *observer) close() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed && !o.running {
		close(o.idle)
	}
	o.closed = true
	return o.idle
}

// abandon drops what still waits.
func (o *observer) abandon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
}
