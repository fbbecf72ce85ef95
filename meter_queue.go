package signal

import (
	"slices"

	"github.com/agora-signal-go/signal/internal/dispatch"
	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/observe"
)

// A meteredQueue is the queue of an API's handlers, with a meter before it. What is told to the meter alone ends there.
type meteredQueue struct {
	*dispatch.Queue[engine.Event]
	meter *meter
}

// Push implements link.Sink.
func (q meteredQueue) Push(events ...engine.Event) {
	q.meter.took(events)
	q.Queue.Push(slices.DeleteFunc(events, func(ev engine.Event) bool {
		return ev.Kind == engine.Done || ev.Kind == engine.ConnectionLost || ev.Kind == engine.TryFailed
	})...)
}

// handle runs the handler of an event, and tells of it.
func (m *meter) handle(ev engine.Event, handler func()) {
	_, done := m.handling(observe.Handle{
		Kind: kindOf(ev.Kind), From: ev.Account, Channel: ev.Channel, Trace: ev.Trace, Bytes: len(ev.Text) + len(ev.Extra),
	}, ev.Came)
	defer done() // also when it panics
	handler()
}
