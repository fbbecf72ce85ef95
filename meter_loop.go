package signal

import (
	"context"
	"time"

	"github.com/agora-signal-go/signal/internal/feed"
	"github.com/agora-signal-go/signal/observe"
)

// A span is what tracing has for the body of one loop and one message. It is a pointer's, so that messages can be compared.
type span struct {
	into func(context.Context) context.Context
}

// clock returns the clock of Event.Came, nil when nobody watches.
func (m *meter) clock() func() time.Duration {
	if m == nil {
		return nil
	}
	return func() time.Duration { return time.Since(m.start) }
}

// watch returns the body of a loop over what r reads, with a look at each event that it gets.
func (m *meter) watch(r *feed.Reader[Event], body func(Event, error) bool) func(Event, error) bool {
	return func(e Event, err error) bool {
		if err != nil {
			return body(e, err)
		}
		into, done := m.handling(handleOf(e), r.Came())
		defer done() // also when it panics
		if msg, ok := e.(Message); ok && into != nil {
			msg.span = &span{into}
			e = msg
		}
		if gap, ok := e.(Gap); ok && gap.Dropped > 0 && m.metrics.Gap != nil {
			m.metrics.Gap(observe.Gap{Dropped: gap.Dropped})
		}
		return body(e, nil)
	}
}

// handleOf says what an event is, for those who measure and trace.
func handleOf(e Event) observe.Handle {
	switch e := e.(type) {
	case Message:
		h := observe.Handle{Kind: observe.Message, From: e.From, Channel: e.Channel, Trace: e.trace, Bytes: len(e.Text)}
		if e.Channel != "" {
			h.Kind = observe.ChannelMessage
		}
		return h
	case IncomingCall:
		return observe.Handle{Kind: observe.Call, From: e.peer, Channel: e.channel, Trace: e.trace, Bytes: len(e.extra)}
	case CallChanged, Tone:
		return observe.Handle{Kind: observe.CallEvent}
	case StateChanged:
		return observe.Handle{Kind: observe.Connection}
	}
	return observe.Handle{Kind: observe.ChannelEvent}
}
