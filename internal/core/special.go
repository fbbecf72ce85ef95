package core

import "github.com/agora-signal-go/signal/internal/wire"

// This file is the special channels of an app, in which those who may are told what all users do. Nobody can send to
// them or change their attributes, and their own joins and leaves are told to nobody. They are never destroyed
// as far as anyone can tell: of one that nobody is in there is nothing to keep.
//
// As there is mostly nobody who watches, a special channel tells all Cores when somebody comes and when the last one
// is gone, and they say nothing in between. Somebody who has joined has been answered after the Cores were told.

// mayJoin says whether a session may join a channel.
func (s *session) mayJoin(channel string) bool { return s.mayWatch || !wire.IsSpecial(channel) }

// setWatched tells all Cores whether anybody is in a special channel.
func (c *Core) setWatched(ch *channel, on bool) {
	for i := range c.cfg.Cores {
		c.post(Message{To: Address{Target: ToCore, App: ch.app, Name: ch.name, Core: i}, Op: OpWatch, Force: on})
	}
}

func (c *Core) receiveWatch(m *Message) {
	if m.Force {
		c.watched[entity{m.To.App, m.To.Name}] = struct{}{}
	} else {
		delete(c.watched, entity{m.To.App, m.To.Name})
	}
}

// watch reports something to a special channel, if anybody is in it.
func (c *Core) watch(app, special, what, account, channel string) {
	if len(c.watched) == 0 {
		return
	}
	if _, on := c.watched[entity{app, special}]; !on {
		return
	}
	var o wire.Object
	o.Str("event", what).Str("account", account).Str("channel", channel).Int("ts", c.now.UnixMilli())
	c.post(Message{
		To: Address{Target: ToChannel, App: app, Name: special}, From: Origin{Account: account},
		Op: OpReport, Text: string(o.Bytes()),
	})
}

func (c *Core) receiveReport(m *Message) {
	if ch := c.channelOf(m); ch != nil {
		c.publish(ch, &wire.ChannelEvent{Type: wire.TypeChannelMsg, Account: m.From.Account}, []byte(m.Text))
	}
}
