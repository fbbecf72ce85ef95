package signal

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/feed"
)

const (
	setAttrOp    = "set channel attribute"
	deleteAttrOp = "delete channel attribute"
	clearAttrsOp = "clear channel attributes"
)

// SetChannelAttr sets an attribute of a channel, any channel: name has 1 to 128 bytes of printable UTF-8, value at most
// 8,096 bytes. An attribute may change 10 times a second, above that the error is [ErrRateLimited]; a channel has 1,000 at
// most. Names that begin with _ are built in: _channel_ttl, _userNotification, _auto_update_num, _auto_update_total_num,
// _sendmsg_limit, _setattr_limit. All members get it, see [Channel.AttrChanges].
//
// Seed: channelSetAttr
func (c *Client) SetChannelAttr(ctx context.Context, channel, name, value string) error {
	_, err := c.ask(ctx, setAttrOp, &engine.Request{Op: engine.OpChannelSet, Channel: channel, Name: name, Text: value}, nil)
	return err
}

// DeleteChannelAttr deletes an attribute of a channel; one that is not set is no error.
//
// Seed: channelDelAttr
func (c *Client) DeleteChannelAttr(ctx context.Context, channel, name string) error {
	_, err := c.ask(ctx, deleteAttrOp, &engine.Request{Op: engine.OpChannelDel, Channel: channel, Name: name}, nil)
	return err
}

// ClearChannelAttrs deletes all attributes of a channel but those built in.
//
// Seed: channelClearAttr
func (c *Client) ClearChannelAttrs(ctx context.Context, channel string) error {
	_, err := c.ask(ctx, clearAttrsOp, &engine.Request{Op: engine.OpChannelClear, Channel: channel}, nil)
	return err
}

// An AttrChangeKind says what an [AttrChange] tells.
type AttrChangeKind int

// The kinds of an AttrChange.
const (
	AttrSet      AttrChangeKind = iota + 1 // Name has Value now
	AttrDeleted                            // Name is not set any more
	AttrsCleared                           // no attribute is set any more, but those built in
)

// An AttrChange tells of an attribute of the channel.
//
// Seed: onChannelAttrUpdated
type AttrChange struct {
	Channel     string
	Name, Value string
	Kind        AttrChangeKind
}

// AttrChanges tells of the channel's attributes: first an [AttrSet] for each that is known here, then each change, one's own
// too, in order. It ends as [Channel.Messages] does.
func (ch *Channel) AttrChanges(ctx context.Context) iter.Seq2[AttrChange, error] {
	read := func() *feed.Reader[Event] {
		ch.client.mu.Lock()
		defer ch.client.mu.Unlock()
		return ch.client.feed.Read(&ch.topic, isAttrChange, ch.attrEvents())
	}
	return loop(ctx, ch.client, read, func(e Event) (AttrChange, error) {
		change, _ := e.(AttrChange)
		return change, nil
	})
}

// attrEvents are the events that name all attributes. The caller holds the client's lock.
func (ch *Channel) attrEvents() []Event {
	var all []Event
	for _, name := range slices.Sorted(maps.Keys(ch.attrs)) {
		all = append(all, AttrChange{Channel: ch.name, Name: name, Value: ch.attrs[name], Kind: AttrSet})
	}
	return all
}

func isAttrChange(e Event) bool { _, ok := e.(AttrChange); return ok }
