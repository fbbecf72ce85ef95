package core

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// This file is what the server's owner can do. Each input's Done, which may be nil, is called once.

// What an owner's wish can fail with, besides a *wire.Invalid.
var (
	ErrNotFound = errors.New("core: no such session, channel or member")
	ErrFull     = errors.New("core: no room for the message")
)

// KickUser ends an account's session, for the Core that owns the account. The client gets the close frame "removed",
// or that reason when it comes back with its line. It does not keep the account from logging in again.
type KickUser struct {
	App, Account string
	Done         func(error) // nil or ErrNotFound
}

func (in KickUser) apply(c *Core) {
	acc := c.accounts[entity{in.App, in.Account}]
	if acc == nil || acc.session == nil {
		done(in.Done, ErrNotFound)
		return
	}
	c.throwOut(acc.session, EndRemoved)
	done(in.Done, nil)
}

// CloseApp ends all sessions of an app as KickUser does. It is for every Core.
type CloseApp struct {
	App  string
	Done func(sessions int) // of this Core
}

func (in CloseApp) apply(c *Core) {
	var ended []*session
	for _, s := range c.sessions {
		if s.acc.app == in.App {
			ended = append(ended, s)
		}
	}
	slices.SortFunc(ended, func(a, b *session) int { return strings.Compare(a.acc.name, b.acc.name) })
	for _, s := range ended {
		c.throwOut(s, EndRemoved)
	}
	if in.Done != nil {
		in.Done(len(ended))
	}
}

// KickFromChannel takes a member out of a channel, for the Core that owns the channel. The other members see a leave.
// A Go client is told by
//
//	["notify",["channel_kicked",channel]]
//
// or, when its socket is away, by the field channel_kicked in the answer to its line_login. Others have no word for it and
// hear nothing of the channel any more.
type KickFromChannel struct {
	App, Channel, Account string
	Done                  func(error) // nil or ErrNotFound
}

func (in KickFromChannel) apply(c *Core) {
	ch := c.channels[entity{in.App, in.Channel}]
	if ch == nil || ch.members.byAccount[in.Account] == nil {
		done(in.Done, ErrNotFound)
		return
	}
	mb := ch.members.byAccount[in.Account]
	c.removeMember(ch, mb)
	c.post(Message{
		To: Address{Target: ToSession, App: in.App, Core: mb.core, Session: mb.session},
		Op: OpKicked, Channel: in.Channel, Join: mb.join,
	})
	done(in.Done, nil)
}

// kickedOut makes a session a member no more. One that is leaving anyway finds out from its answer.
func (c *Core) kickedOut(s *session, m *Message) {
	if s.join != m.Join {
		return // it has left or moved
	}
	delete(c.joins, s.join)
	s.channel, s.join = "", 0
	switch {
	case s.moving == nil:
		s.want = ""
	case s.moving.fn == wire.FnLeave:
		return
	}
	s.kicked = m.Channel
	c.tellKicked(s, m.Channel)
}

// tellKicked tells a Go client that it was thrown out of a channel, if it was.
func (c *Core) tellKicked(s *session, channel string) {
	if s.kicked == channel && s.isGo() && s.peer != nil {
		s.peer.conn.Send(c.frame(wire.AppendKicked(c.buf.empty(), channel)))
	}
}

// SendSystem sends an instant message of the server's own to an account, for the Core that owns it. In its line SRC
// and FLAG both are "-", which no user's message can have.
type SendSystem struct {
	App, To, Text string
	TTL           time.Duration // how long it is kept for an account that is offline; 0: a day
	Done          func(error)   // nil, ErrFull or a *wire.Invalid
}

func (in SendSystem) apply(c *Core) { done(in.Done, c.sendSystem(in)) }

func (c *Core) sendSystem(in SendSystem) error {
	bad := firstBad(wire.CheckAccount("account", in.To), wire.CheckText("msg", in.Text, wire.MaxInstant))
	if bad != nil {
		return bad
	}
	acc := c.reach(&Message{To: Address{App: in.App, Name: in.To}})
	if acc == nil {
		return ErrFull
	}
	if in.TTL <= 0 {
		in.TTL = wire.OfflineDelivery
	}
	l := wire.Line{Src: wire.NoSender, Flag: wire.NoSender, Type: wire.TypeInstant}
	e := c.deliver(acc, entry{kind: message}, in.TTL, &l, []byte(in.Text))
	if e == nil {
		c.forget(acc)
		return ErrFull
	}
	c.observe(Event{Kind: EventMessage, App: in.App, Peer: in.To, Bytes: len(in.Text)})
	return nil
}

// SendSystemChannel sends a message of the server's own to a channel, for the Core that owns it. Its account is "".
// No rate holds it back. Special channels are nobody's to send to.
type SendSystemChannel struct {
	App, Channel, Text string
	Done               func(error) // nil, ErrNotFound or a *wire.Invalid
}

func (in SendSystemChannel) apply(c *Core) { done(in.Done, c.sendSystemChannel(in)) }

func (c *Core) sendSystemChannel(in SendSystemChannel) error {
	bad := firstBad(wire.CheckName("channelID", in.Channel), wire.CheckText("msg", in.Text, wire.MaxChannelText))
	if bad != nil {
		return bad
	}
	ch := c.channels[entity{in.App, in.Channel}]
	if ch == nil || ch.special {
		return ErrNotFound
	}
	c.observe(Event{Kind: EventMessage, App: in.App, Channel: in.Channel, Bytes: len(in.Text)})
	c.publish(ch, &wire.ChannelEvent{Type: wire.TypeChannelMsg}, []byte(in.Text))
	return nil
}

func done(tell func(error), err error) {
	if tell != nil {
		tell(err)
	}
}
