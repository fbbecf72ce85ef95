package link

import (
	"bytes"
	"context"
	"log/slog"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
)

// loop is what belongs to the loop's goroutine alone.
type loop struct {
	engine *engine.Engine
	appID  string        // of the login, for discovery
	conns  map[int]*conn // those that the Engine has not hung up
	dirty  []*conn       // have frames for their writers
	events []engine.Event
	paused bool // as the Engine knows it
	clock  clock
}

// keptEvents bounds the memory that a burst of events leaves behind.
const keptEvents = 1024

func (l *Link) run() {
	l.loop = loop{conns: make(map[int]*conn), clock: clock{time.Now()}}
	e := engine.New(l.cfg.Engine, host{l})
	l.loop.engine = e
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !e.Done() {
		if next := e.Next(); next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(next))
		}
		var first input
		select {
		case first = <-l.inputs:
		case <-timer.C:
		case <-l.wake:
		}
		now := time.Now()
		l.lookAround(now)
		l.takeInputs(now, first)
		if next := e.Next(); !next.IsZero() && !next.After(now) {
			e.Tick(now)
		}
		l.flush()
	}
	l.stop()
}

// lookAround tells the Engine what no input tells.
func (l *Link) lookAround(now time.Time) {
	if l.loop.clock.jumped(now) {
		l.loop.engine.Woke(now)
	}
	if full := l.cfg.Sink.Full(); full != l.loop.paused {
		l.loop.paused = full
		l.loop.engine.Pause(now, full)
	}
}

// takeInputs takes first, if it is one, and what else is there, but not for ever.
func (l *Link) takeInputs(now time.Time, first input) {
	if first.kind == inNone {
		return
	}
	l.take(now, first)
	for range batch - 1 {
		select {
		case in := <-l.inputs:
			l.take(now, in)
		default:
			return
		}
	}
}

// flush lets go what the Engine's steps have left.
func (l *Link) flush() {
	for i, c := range l.loop.dirty {
		c.flush()
		l.loop.dirty[i] = nil
	}
	l.loop.dirty = l.loop.dirty[:0]
	l.flushEvents()
}

func (l *Link) flushEvents() {
	if len(l.loop.events) == 0 {
		return
	}
	l.cfg.Sink.Push(l.loop.events...)
	if cap(l.loop.events) > keptEvents {
		l.loop.events = nil
		return
	}
	clear(l.loop.events)
	l.loop.events = l.loop.events[:0]
}

// stop ends everything that the Link began.
func (l *Link) stop() {
	close(l.stopped)
	for _, c := range l.loop.conns {
		c.hangup()
	}
	l.running.Wait()
	l.state.Store(int32(engine.NotLogin))
	close(l.done)
}

// host is the Link as its Engine sees it.
type host struct{ *Link }

func (h host) Dial(id int) {
	c := newConn(h.Link, id)
	h.loop.conns[id] = c
	appID := h.loop.appID
	h.running.Go(func() { c.run(appID) })
}

func (h host) Send(id int, frame []byte) {
	c := h.loop.conns[id]
	if c == nil {
		return
	}
	if len(c.batch) == 0 {
		h.loop.dirty = append(h.loop.dirty, c)
	}
	c.batch = append(c.batch, bytes.Clone(frame))
}

func (h host) Hangup(id int) {
	if c := h.loop.conns[id]; c != nil {
		delete(h.loop.conns, id)
		c.flush()
		c.hangup()
	}
}

func (h host) Status(s engine.State) { h.state.Store(int32(s)) }

func (h host) Emit(ev engine.Event) { h.loop.events = append(h.loop.events, ev) }

func (h host) Handled() uint64 { return h.cfg.Handled() }

// Log may lead to an event of its own, which has its place behind those that were emitted before.
func (h host) Log(level slog.Level, msg string, args ...any) {
	h.flushEvents()
	h.cfg.Log.Log(context.Background(), level, msg, args...) //nolint:sloglint // the Engine's message
}
