package link

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
)

// host is the Link as its Engine sees it.
type host struct{ *Link }

func (h host) Dial(id int) {
	c := newConn(h.Link, id)
	h.inside.conns = append(h.inside.conns, c)
	c.asks = h.inside.engine.LoggingIn()
	appID := h.inside.appID
	h.running.Go(func() { c.run(appID) })
}

func (h host) Send(id int, frame []byte) {
	if c := h.conn(id); c != nil {
		c.send(h.inside.keys.next(), frame)
	}
}

func (h host) Hangup(id int) {
	if c := h.conn(id); c != nil {
		h.forget(c)
		c.hangup()
	}
}

func (h host) Status(s engine.State) {
	was := engine.State(h.state.Swap(int32(s)))
	if h.observer != nil {
		h.observer.Status(was, s)
	}
}

func (h host) Emit(ev engine.Event) {
	i := &h.inside
	if i.events == nil {
		i.events = borrow[engine.Event](&eventLists)
	}
	*i.events = append(*i.events, ev)
}

func (h host) Handled() uint64 { return h.reached() }

// Log may lead to an event of its own, which has its place behind those that were emitted before. A record says nothing of
// where it was made: that is always here.
func (h host) Log(level slog.Level, msg string, args ...any) {
	h.flushEvents()
	ctx, handler := context.Background(), h.log.Handler()
	if !handler.Enabled(ctx, level) {
		return
	}
	r := slog.NewRecord(time.Now(), level, msg, 0)
	r.Add(args...)
	_ = handler.Handle(ctx, r) // as slog.Logger does: what cannot be logged is lost
}

// conn returns a connection that the Engine has not hung up, or nil.
func (l *Link) conn(id int) *conn {
	for _, c := range l.inside.conns {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (l *Link) forget(c *conn) {
	l.inside.conns = slices.DeleteFunc(l.inside.conns, func(o *conn) bool { return o == c })
}

// flush lets go what the Engine's steps have left: frames first, for their way is longer.
func (l *Link) flush() {
	for _, c := range l.inside.conns {
		c.flush()
	}
	l.flushEvents()
}

// eventLists are those that nobody has borrowed, and keptEvents bounds what a burst of events leaves behind in one.
var eventLists sync.Pool

const keptEvents = 1024

func (l *Link) flushEvents() {
	events := l.inside.events
	if events == nil {
		return
	}
	l.inside.events = nil
	l.sink.Push(*events...)
	giveBack(&eventLists, events, keptEvents)
}
