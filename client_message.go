package signal

import (
	"context"
	"iter"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/feed"
)

// A Message is a text that somebody sent, to this account or to a channel.
type Message struct {
	From    string    // the sender; "" for the server itself
	Channel string    // the channel that it was sent to; "" for a message to this account alone
	Text    string    // up to 8,196 bytes, any UTF-8
	Time    time.Time // when the server took it, to the millisecond

	trace string
	span  *span // of the body of a loop that has it; nil when nobody traces
}

// Trace returns the W3C traceparent that came with the message, "" for none: see [WithTracing].
func (m Message) Trace() string { return m.trace }

// Context returns ctx with what [WithTracing] has put there for the body of the loop that the message came from, such as the
// span of its handling: whatever is done for the message under this context belongs to the message's trace. Without
// tracing it is ctx.
func (m Message) Context(ctx context.Context) context.Context {
	if m.span == nil {
		return ctx
	}
	return m.span.into(ctx)
}

func message(ev engine.Event) Message {
	return Message{From: ev.Account, Channel: ev.Channel, Text: ev.Text, Time: time.UnixMilli(ev.Time), trace: ev.Trace}
}

// Send sends text, at most 8,196 bytes of UTF-8, to an account, which gets it now, or within a day when it comes online.
// nil means that the server has it. A user may send 60 messages a second, to accounts and channels together: above that
// the error is [ErrRateLimited]. Messages of one client to one account arrive in the order in which they were sent, each
// once.
//
// Seed: messageInstantSend
func (c *Client) Send(ctx context.Context, to, text string) error {
	_, err := c.ask(ctx, "send", &engine.Request{Op: engine.OpSend, Account: to, Text: text}, nil)
	return err
}

// SendChannel sends text, at most 8,192 bytes of UTF-8, to whichever channel, without being in it. See [Channel.Send].
//
// Seed: messageChannelSendForce
func (c *Client) SendChannel(ctx context.Context, channel, text string) error {
	_, err := c.ask(ctx, "send", &engine.Request{Op: engine.OpChannelSend, Channel: channel, Text: text, Force: true}, nil)
	return err
}

// Messages returns the messages to this account, with those that came before and no loop has had: from the account's list
// at the server, and since [Dial]. See [Client.Events] for when a message counts as handled, for what happens when loops
// are slow, and for how a loop ends.
//
// A client that never reads its messages keeps the newest 1,000 of them in memory, and those before are lost; at the server
// stay those behind which less than 500 others or events of calls wait. One that has read them once loses none: what no
// loop reads stays unacknowledged at the server, where an account has 1,000 places; to whom has none left others cannot
// send.
//
// Seed: onMessageInstantReceive
func (c *Client) Messages(ctx context.Context) iter.Seq2[Message, error] {
	read := func() *feed.Reader[Event] {
		return c.feed.Read(&c.personal, isMessage, nil, &c.personal)
	}
	return loop(ctx, c, read, pickMessage)
}

// pickMessage returns a message, or the gap between messages, of a loop that reads these.
func pickMessage(e Event) (Message, error) {
	switch e := e.(type) {
	case Message:
		return e, nil
	case Gap:
		return Message{}, &GapError{e}
	}
	return Message{}, nil
}
