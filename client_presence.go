package signal

import (
	"context"
	"iter"
	"slices"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/feed"
)

// A PresenceKind says what a [Presence] tells.
type PresenceKind int

// The kinds of a Presence.
const (
	PresenceSync  PresenceKind = iota + 1 // these are the members now: the newest first, 200 of those that were there at the join
	PresenceJoin                          // this one came in
	PresenceLeave                         // this one went out
)

// Presence tells who is in the channel: all there are, or one who came or went. A channel with the attribute
// _userNotification "0" tells of nobody who comes or goes.
//
// Seed: onChannelUserList, onChannelUserJoined, onChannelUserLeaved
type Presence struct {
	Channel  string
	Kind     PresenceKind
	Accounts []string // the reader's own
}

// Presence tells who is in the channel: first all that are known here, as a [PresenceSync], then each that comes and goes,
// in order. Another PresenceSync follows when some of that was missed. It ends as [Channel.Messages] does.
func (ch *Channel) Presence(ctx context.Context) iter.Seq2[Presence, error] {
	read := func() *feed.Reader[Event] {
		ch.client.mu.Lock()
		defer ch.client.mu.Unlock()
		return ch.client.feed.Read(&ch.topic, isPresence, []Event{ch.presence()})
	}
	return loop(ctx, ch.client, read, func(e Event) (Presence, error) {
		p, _ := e.(Presence)
		p.Accounts = slices.Clone(p.Accounts)
		return p, nil
	})
}

func isPresence(e Event) bool { _, ok := e.(Presence); return ok }

// presence is the event that names all members. The caller holds the client's lock.
func (ch *Channel) presence() Presence {
	return Presence{ch.name, PresenceSync, ch.newestFirst()}
}

// Members returns who is in the channel as it is known here, the newest first, this account among them: 200 of those that
// were there at the join, and who came since. [Client.Members] asks the server for all.
func (ch *Channel) Members() []string {
	ch.client.mu.Lock()
	defer ch.client.mu.Unlock()
	return ch.newestFirst()
}

func (ch *Channel) newestFirst() []string {
	all := slices.Clone(ch.members)
	slices.Reverse(all)
	return all
}

// without returns the members but one, in the same slice.
func (ch *Channel) without(account string) []string {
	return slices.DeleteFunc(ch.members, func(a string) bool { return a == account })
}

// Members returns all members of a channel, any channel, the newest first.
//
// Seed: invoke of io.agora.signal.channel_query_userlist_all
func (c *Client) Members(ctx context.Context, channel string) ([]string, error) {
	type answer struct {
		List [][]any `json:"list"` // of account and uid
	}
	all, err := Invoke[answer](ctx, c, "io.agora.signal.channel_query_userlist_all", map[string]string{"name": channel})
	if err != nil {
		return nil, err
	}
	members := make([]string, 0, len(all.List))
	for _, m := range all.List {
		if account, ok := first(m).(string); ok {
			members = append(members, account)
		}
	}
	return members, nil
}

func first(all []any) any {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// MemberCount returns how many are in a channel, any channel; 0 for one that does not exist.
//
// Seed: channelQueryUserNum
func (c *Client) MemberCount(ctx context.Context, channel string) (int, error) {
	ev, err := c.ask(ctx, "count members", &engine.Request{Op: engine.OpQueryNum, Channel: channel}, nil)
	return ev.Num, err
}

// ChannelJoined tells that the client is in a channel from now on.
//
// Seed: onChannelJoined
type ChannelJoined struct{ *Channel }

// ChannelLeft tells that the client is not in a channel any more, and why: see [Channel.Err].
//
// Seed: onChannelLeaved
type ChannelLeft struct {
	Channel *Channel
	Err     error
}
