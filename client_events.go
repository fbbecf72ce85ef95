package signal

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/feed"
)

// An Event is something that happened to a [Client], one of
//
//	StateChanged   IncomingCall   ChannelJoined   Presence     Message
//	Gap            CallChanged    ChannelLeft     AttrChange   Tone
type Event interface{ event() }

// Events tells everything that happens, in the order in which it does. The first event is a [StateChanged] with the state
// as it is; the channel that the client is in follows, with its members and attributes. What came before and no loop has
// had comes next: messages, and calls that wait for an answer; then what happens.
//
// Each loop has its own place: two of them get everything twice. One that begins while another runs gets what comes from
// then on: only what no loop wanted was kept for it. A message counts as handled, so that the server forgets it, when all
// loops over Events and [Client.Messages] that got it are done with it, that is when they ask for the next one; after a
// crash those that were not come again. The server forgets in order: when loops were left at different places, what one of
// them has handled comes again at the next login if something before it was read by none.
//
// When all loops together have left more than [WithQueueLimit] unread, the client stops reading from its connection, and
// requests fail with [ErrSlowConsumer], until half of that is read.
//
// A loop ends after [Client.Close] and break; with the error of ctx when that ends; with [Client.Err] when the client ends
// otherwise. A [Gap] comes as an event, not as an error.
func (c *Client) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		c.loop(ctx, c.readAll(), yield)
	}
}

func (c *Client) readAll() *feed.Reader[Event] {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := []Event{StateChanged{c.status}}
	kept := []*feed.Topic[Event]{&c.personal, &c.incoming}
	if c.channel != nil {
		first = append(first, ChannelJoined{c.channel}, c.channel.presence())
		first = append(first, c.channel.attrEvents()...)
		kept = append(kept, &c.channel.topic)
	}
	return c.feed.Read(nil, func(Event) bool { return true }, first, kept...)
}

// A State says how a [Client] is connected.
type State int

// The states of a Client.
const (
	StateConnected    State = iota + 1 // logged in and connected
	StateReconnecting                  // logged in, the connection is lost and is being made again
	StateClosed                        // at its end
)

// String returns "connected", "reconnecting" or "closed".
func (s State) String() string {
	switch s {
	case StateConnected:
		return "connected"
	case StateReconnecting:
		return "reconnecting"
	case StateClosed:
		return "closed"
	}
	return fmt.Sprintf("State(%d)", int(s))
}

// Status is the state of a [Client] with what belongs to it.
type Status struct {
	State      State
	Attempt    int       // while reconnecting: which try to have the connection back is under way, 0 before the first
	Connection int       // which of the client's connections is the newest: 1, 2, 3, …
	Err        error     // while reconnecting: what went wrong last; when closed: see Client.Err
	Since      time.Time // when it became so
}

// String returns the state in words, such as "reconnecting, attempt 3: connection refused".
func (s Status) String() string {
	text := s.State.String()
	if s.State == StateReconnecting && s.Attempt > 0 {
		text += fmt.Sprintf(", attempt %d", s.Attempt)
	}
	if s.Err != nil {
		text += ": " + s.Err.Error()
	}
	return text
}

// StateChanged tells how the client is connected from now on: the first event of each loop over [Client.Events], and each
// change.
//
// Seed: onLoginSuccess, onReconnecting, onReconnected, onLogout
type StateChanged struct{ Status }

// A Gap tells that something of a channel was missed and cannot be had again: events while the connection was away for
// longer than the server keeps them, after which a [PresenceSync] and the changes of attributes follow; or messages that
// nobody has read. See also [GapError].
type Gap struct {
	Channel string
	Dropped int // messages that nobody has read and that were not kept; 0 when nobody knows how many events are missing
}

func (StateChanged) event()  {}
func (Gap) event()           {}
func (Message) event()       {}
func (IncomingCall) event()  {}
func (CallChanged) event()   {}
func (Tone) event()          {}
func (ChannelJoined) event() {}
func (ChannelLeft) event()   {}
func (Presence) event()      {}
func (AttrChange) event()    {}

// eventSize returns about how many bytes an event holds.
func eventSize(e Event) int {
	const each = 200
	switch e := e.(type) {
	case Message:
		return each + len(e.From) + len(e.Channel) + len(e.Text)
	case AttrChange:
		return each + len(e.Channel) + len(e.Name) + len(e.Value)
	case Presence:
		n := each
		for _, a := range e.Accounts {
			n += 16 + len(a)
		}
		return n
	}
	return each
}

// loop returns an iterator over what of a reader's events pick picks. read begins it when the loop does.
func loop[T any](ctx context.Context, c *Client, read func() *feed.Reader[Event], pick func(Event) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		c.loop(ctx, read(), func(e Event, err error) bool {
			if err != nil {
				var none T
				return yield(none, err)
			}
			return yield(pick(e))
		})
	}
}

// loop is feed.Loop, with a look at what its body does.
func (c *Client) loop(ctx context.Context, r *feed.Reader[Event], yield func(Event, error) bool) {
	if c.meter != nil {
		yield = c.meter.watch(r, yield)
	}
	feed.Loop(ctx, r, yield)
}

// sink takes the engine's events, one after the other.
type sink struct{ *Client }

func (s sink) Full() bool { return s.feed.Full() }

func (s sink) Push(events ...engine.Event) {
	if s.meter != nil {
		s.meter.took(events)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range events {
		s.take(ev)
	}
}

// take follows an event: the state first, then whoever waits for it, then those who read.
//
// +checklocks:c.mu
func (c *Client) take(ev engine.Event) {
	if c.status.State == StateClosed {
		return
	}
	if ev.Mark != 0 && ev.Kind != engine.InstantMessage {
		c.feed.Pass(ev.Mark)
	}
	r := c.requests[ev.Request]
	delete(c.requests, ev.Request)
	if r != nil && r.call != nil && outcomeCode(&ev) == Success {
		c.takeDone(r, ev)
	}
	switch ev.Kind {
	case engine.LoginSuccess, engine.LoginFailed, engine.TryFailed, engine.ConnectionLost, engine.ReconnectTry,
		engine.Reconnected, engine.Logout:
		c.takeState(ev)
	case engine.InstantMessage:
		c.feed.Publish(&c.personal, message(ev), ev.Mark, true)
	case engine.ChannelJoined, engine.ChannelLeaved, engine.ChannelUserList, engine.ChannelUserJoined,
		engine.ChannelUserLeaved, engine.ChannelAttr, engine.ChannelMessage:
		c.takeChannel(ev)
	case engine.Failure:
		if ev.Name == gapName {
			c.takeGap(ev)
		}
	case engine.InviteReceived, engine.InviteReceivedByPeer, engine.InviteAccepted, engine.InviteRefused,
		engine.InviteFailed, engine.InviteEndByPeer, engine.InviteEndByMyself, engine.InviteMsg:
		c.takeCall(ev)
	}
	if r != nil {
		r.outcome <- ev // it has room for the one
	}
}

// gapName is what the engine calls a failure that is a gap in a channel.
const gapName = "channel"

// takeState follows what becomes of the connection.
//
// +checklocks:c.mu
func (c *Client) takeState(ev engine.Event) {
	s := c.status
	switch ev.Kind {
	case engine.LoginSuccess:
		c.changed(Status{State: StateConnected, Connection: ev.Num})
		close(c.up)
	case engine.Reconnected:
		c.changed(Status{State: StateConnected, Connection: ev.Num})
	case engine.ConnectionLost:
		c.changed(Status{State: StateReconnecting, Connection: s.Connection, Err: fmt.Errorf("connection lost: %s", ev.Text)})
	case engine.TryFailed:
		c.why = ev.Text
	case engine.ReconnectTry:
		if c.why != "" {
			s.Err = fmt.Errorf("no connection: %s", c.why)
			c.why = ""
		}
		c.changed(Status{State: StateReconnecting, Attempt: ev.Num, Connection: s.Connection, Err: s.Err})
	case engine.LoginFailed:
		c.finished(c.lost("dial", ev.Code))
	case engine.Logout:
		c.finished(c.lost("session", ev.Code))
	}
}

// lost is the error of a login, or of the session, that ended with a code.
//
// +checklocks:c.mu
func (c *Client) lost(op string, code int) error {
	return newError(op, Code(code), c.why)
}
