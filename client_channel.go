package signal

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/feed"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A Channel is the channel that a [Client] is in, from [Client.Join] to [Channel.Leave]. Connections that are lost change
// nothing about it: the client comes back into it by itself.
type Channel struct {
	client *Client
	name   string
	done   chan struct{} // closed when the user is not in it any more
	topic  feed.Topic[Event]

	// The client's lock guards these.
	members []string // as told, the oldest first
	attrs   map[string]string
	over    bool
	err     error // why
}

// Join joins a channel, whose name is 1 to 128 bytes of printable UTF-8. A user is in one channel at most: another one is
// left first. To join the one that the user is in returns the same [Channel]. The channels __agora_user_online and
// __agora_channel_event, for those that the server lets in, tell of all logins and of all joins of the app.
//
// When ctx ends first, the client leaves the channel again should the join come about.
//
// Seed: channelJoin
func (c *Client) Join(ctx context.Context, channel string) (*Channel, error) {
	was := c.in(channel)
	_, err := c.ask(ctx, "join", &engine.Request{Op: engine.OpJoin, Channel: channel}, nil)
	if err == nil {
		return c.current(channel)
	}
	if ctx.Err() != nil && !was {
		c.undo(&engine.Request{Op: engine.OpLeave, Channel: channel})
	}
	return nil, err
}

// current returns the channel that was joined just now. Another goroutine may have left it since.
func (c *Client) current(name string) (*Channel, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.channel == nil || c.channel.name != name {
		return nil, &Error{Op: "join", Code: JoinChannelEOther, Reason: "channel " + name, cause: ErrLeft}
	}
	return c.channel, nil
}

// in reports whether the user is in that channel, as far as the client knows.
func (c *Client) in(channel string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.channel != nil && c.channel.name == channel
}

// undo makes a request of the client's own, whose outcome nobody waits for.
func (c *Client) undo(req *engine.Request) {
	req.Check()
	c.link.Do(req)
}

// joined makes channel the one that the user is in.
//
// +checklocks:c.mu
func (c *Client) joined(channel string) {
	if c.channel == nil || c.channel.name != channel {
		c.leftChannel(nil, nil)
		c.channel = &Channel{client: c, name: channel, done: make(chan struct{}), attrs: make(map[string]string)}
		c.channel.topic.Name = channel
		c.publish(ChannelJoined{c.channel})
	}
}

// leftChannel ends the channel that the user is in, if there is one: err is the channel's, over what its loops end with.
//
// +checklocks:c.mu
func (c *Client) leftChannel(err, over error) {
	ch := c.channel
	if ch == nil {
		return
	}
	c.channel = nil
	ch.over, ch.err = true, err
	close(ch.done)
	c.publish(ChannelLeft{ch, err})
	c.feed.EndTopic(&ch.topic, over)
}

// takeChannel follows an event of the channel.
//
// +checklocks:c.mu
func (c *Client) takeChannel(ev engine.Event) {
	if ev.Kind == engine.ChannelJoined {
		c.joined(ev.Channel)
		return
	}
	ch := c.channel
	if ch == nil || ch.name != ev.Channel {
		return
	}
	switch ev.Kind {
	case engine.ChannelMessage:
		c.feed.Publish(&ch.topic, message(ev), 0, true)
	case engine.ChannelLeaved:
		c.takeLeaved(Code(ev.Code))
	case engine.ChannelUserList:
		ch.members = slices.Clone(ev.Accounts)
		slices.Reverse(ch.members)
		c.feed.Publish(&ch.topic, ch.presence(), 0, false)
	case engine.ChannelUserJoined:
		ch.members = append(ch.without(ev.Account), ev.Account)
		c.feed.Publish(&ch.topic, Presence{ch.name, PresenceJoin, []string{ev.Account}}, 0, false)
	case engine.ChannelUserLeaved:
		ch.members = ch.without(ev.Account)
		c.feed.Publish(&ch.topic, Presence{ch.name, PresenceLeave, []string{ev.Account}}, 0, false)
	case engine.ChannelAttr:
		c.feed.Publish(&ch.topic, ch.change(ev), 0, false)
	}
}

// takeLeaved follows the end of being in the channel.
//
// +checklocks:c.mu
func (c *Client) takeLeaved(code Code) {
	switch code {
	case LeaveChannelEOther: // a Leave that failed: the user is still in it
	case LeaveChannelEByUser, LeaveChannelELogout:
		c.leftChannel(nil, nil)
	default:
		err := newError("channel", code, "")
		c.leftChannel(err, err)
	}
}

// takeGap follows a gap among the events of the channel.
//
// +checklocks:c.mu
func (c *Client) takeGap(ev engine.Event) {
	if ch := c.channel; ch != nil && ch.name == ev.Channel {
		c.feed.Publish(&ch.topic, Gap{Channel: ch.name}, 0, true)
	}
}

// gap is what stands for n messages of a topic that were not kept.
func gap(t *feed.Topic[Event], n int) Event { return Gap{Channel: t.Name, Dropped: n} }

// Name returns the channel's name.
func (ch *Channel) Name() string { return ch.name }

// Done is closed when the user is not in the channel any more: [Channel.Err] says why.
func (ch *Channel) Done() <-chan struct{} { return ch.done }

// Err returns why the user is not in the channel any more: nil while being in it, after [Channel.Leave], after joining
// another one and after [Client.Close]; else an error with [LeaveChannelEKicked] or [LeaveChannelEDisconn], or the reason
// for the client's end.
func (ch *Channel) Err() error {
	ch.client.mu.Lock()
	defer ch.client.mu.Unlock()
	return ch.err
}

// Send sends text, at most 8,192 bytes of UTF-8, to all members, this one too. nil means that the server has it. A user may
// send 60 messages a second, a channel takes 200, see the attribute _sendmsg_limit: above that the error is
// [ErrRateLimited].
//
// Seed: messageChannelSend
func (ch *Channel) Send(ctx context.Context, text string) error {
	return ch.ask(ctx, "send", &engine.Request{Op: engine.OpChannelSend, Text: text})
}

// Messages returns the messages of the channel, one's own too, from the join on. The newest 1,000 are kept while no loop
// reads them; where some are missing a [GapError] stands in their place, and the loop may go on. See [Client.Events] for
// what happens when loops are slow.
//
// A loop ends when ctx does, with its error; when the user leaves the channel or joins another, without one; when the
// channel ends otherwise with [Channel.Err].
//
// Seed: onMessageChannelReceive
func (ch *Channel) Messages(ctx context.Context) iter.Seq2[Message, error] {
	read := func() *feed.Reader[Event] {
		return ch.client.feed.Read(&ch.topic, isMessage, nil, &ch.topic)
	}
	return loop(ctx, ch.client, read, pickMessage)
}

func isMessage(e Event) bool {
	switch e.(type) {
	case Message, Gap:
		return true
	}
	return false
}

// Attr returns an attribute of the channel as it is known here, "" when it is not set.
func (ch *Channel) Attr(name string) string {
	ch.client.mu.Lock()
	defer ch.client.mu.Unlock()
	return ch.attrs[name]
}

// Attrs returns the attributes of the channel as they are known here.
func (ch *Channel) Attrs() map[string]string {
	ch.client.mu.Lock()
	defer ch.client.mu.Unlock()
	return maps.Clone(ch.attrs)
}

// SetAttr is [Client.SetChannelAttr] of this channel.
func (ch *Channel) SetAttr(ctx context.Context, name, value string) error {
	return ch.ask(ctx, setAttrOp, &engine.Request{Op: engine.OpChannelSet, Name: name, Text: value})
}

// DeleteAttr is [Client.DeleteChannelAttr] of this channel.
func (ch *Channel) DeleteAttr(ctx context.Context, name string) error {
	return ch.ask(ctx, deleteAttrOp, &engine.Request{Op: engine.OpChannelDel, Name: name})
}

// ClearAttrs is [Client.ClearChannelAttrs] of this channel.
func (ch *Channel) ClearAttrs(ctx context.Context) error {
	return ch.ask(ctx, clearAttrsOp, &engine.Request{Op: engine.OpChannelClear})
}

// Leave leaves the channel: nil means that the server knows, or that the user was not in it any more.
//
// Seed: channelLeave
func (ch *Channel) Leave(ctx context.Context) error {
	err := ch.ask(ctx, "leave", &engine.Request{Op: engine.OpLeave})
	if isClosed(ch.done) {
		return nil
	}
	return err
}

// ask asks for something of this channel, as long as the user is in it.
func (ch *Channel) ask(ctx context.Context, op string, req *engine.Request) error {
	if isClosed(ch.done) {
		return &Error{Op: op, Code: GeneralEFailed, Reason: "channel " + ch.name, cause: ErrLeft}
	}
	req.Channel = ch.name
	_, err := ch.client.ask(ctx, op, req, nil)
	return err
}

// change follows an attribute's event.
func (ch *Channel) change(ev engine.Event) AttrChange {
	change := AttrChange{Channel: ch.name, Name: ev.Name, Value: ev.Text, Kind: AttrSet}
	switch ev.Change {
	case wire.AttrUpdate:
		ch.attrs[ev.Name] = ev.Text
	case wire.AttrDel:
		change.Kind = AttrDeleted
		delete(ch.attrs, ev.Name)
	case wire.AttrClear:
		change.Kind = AttrsCleared
		maps.DeleteFunc(ch.attrs, func(name, _ string) bool { return !wire.IsBuiltin(name) })
	}
	return change
}
