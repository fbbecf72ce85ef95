package core

import (
	"strings"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// A channel is the state of one channel. It is owned by the Core that Owner names.
type channel struct {
	app, name string
	epoch     string // names this life of the channel
	msgID     uint64 // number of the newest event
	ttl       time.Duration
	members   members
	attrs     attrs
	history   history
	keys      *recent[outcome] // nil before the first
	rates     rates
	counts    counts
	special   bool
	silent    bool  // joins and leaves are no events
	expiry    timer // set while nobody is in it
	emptiedAt instant
}

// outcome is what a message was answered that may come again.
type outcome uint8

const (
	taken outcome = iota
	noMember
	noRoom
)

func (o outcome) ret() []byte {
	switch o {
	case noMember:
		return notMember
	case noRoom:
		return messageFull
	}
	return okRet
}

// channelOf returns the channel that a message is for, nil when there is none.
func (c *Core) channelOf(m *Message) *channel { return c.channels[entity{m.To.App, m.To.Name}] }

// newChannel returns a channel that is in no table yet, with all its timers ready.
func newChannel(app, name, epoch string) *channel {
	ch := &channel{app: app, name: name, epoch: epoch, ttl: defaultChannelTTL, special: wire.IsSpecial(name)}
	ch.silent = ch.special
	ch.expiry.owner = (*unusedChannel)(ch)
	ch.rates.sweep.owner = (*ratedChannel)(ch)
	ch.counts.members.timer.owner = (*memberCount)(ch)
	ch.counts.total.timer.owner = (*totalCount)(ch)
	return ch
}

// unusedChannel is a channel as its expiry sees it.
type unusedChannel channel

func (u *unusedChannel) fire(c *Core) { c.destroy((*channel)(u)) }

func newChannelKeys() *recent[outcome] { return &recent[outcome]{ttl: wire.RepeatedWithin} }

// newChannel makes a channel that nobody is in yet.
func (c *Core) newChannel(app, name string) *channel {
	name = strings.Clone(name)
	ch := newChannel(app, name, c.cfg.NewID())
	c.channels[entity{app, name}] = ch
	c.memberless++
	c.emptied(ch)
	return ch
}

// emptied starts the time that a channel has without members.
func (c *Core) emptied(ch *channel) {
	ch.emptiedAt = c.at
	ch.history = history{} // nobody is left who could ask for it
	c.stopCounts(ch)
	c.set(&ch.expiry, ch.emptiedAt+instant(ch.ttl))
}

func (c *Core) destroy(ch *channel) {
	c.stop(&ch.expiry)
	c.stop(&ch.rates.sweep)
	ch.keys.clear(c)
	delete(c.channels, entity{ch.app, ch.name})
	c.memberless--
}

// publish numbers an event and sends it to every member. msg is the text of a message.
func (c *Core) publish(ch *channel, e *wire.ChannelEvent, msg []byte) {
	ch.msgID++
	if ch.members.len() == 0 {
		return
	}
	e.Channel = ch.name
	frame := c.frame(wire.AppendChannelEvent(c.buf.empty(), ch.msgID, c.now.UnixMilli(), e, msg))
	ch.history.add(&c.limits, ch.msgID, frame)
	for core, joins := range ch.members.perCore(c.cfg.Cores) {
		if len(joins) > 0 {
			c.post(Message{To: Address{Target: ToCore, App: ch.app, Core: core}, Op: OpFanout, Joins: joins, Frame: frame})
		}
	}
}

func (c *Core) receiveChannelMsg(m *Message) {
	ch := c.channelOf(m)
	switch {
	case ch != nil && c.sentBefore(m, ch.keys):
		return
	case m.Probe:
		c.reply(m, messageRateLimited)
		return
	case ch == nil: // of a sender who need not be a member, or of one whose session just ended
		if m.Force {
			c.reply(m, okRet)
		} else {
			c.reply(m, notMember)
		}
		return
	}
	var o outcome
	switch {
	case !m.Force && !ch.members.has(m.From):
		o = noMember
	case !c.maySend(ch):
		c.reply(m, messageRateLimited) // sent again, it may well pass
		return
	default:
		ch.rates.sent.take(c.at, c.sendRate(ch))
		c.observe(Event{Kind: EventMessage, App: ch.app, Account: m.From.Account, Channel: ch.name, Bytes: len(m.Body)})
		c.publish(ch, &wire.ChannelEvent{Type: wire.TypeChannelMsg, Account: m.From.Account, Trace: m.trace()}, m.Body)
	}
	if m.Key != (digest{}) {
		if ch.keys == nil {
			ch.keys = newChannelKeys()
		}
		ch.keys.add(c, c.limits.Keys, m.Key, o)
	}
	c.reply(m, o.ret())
}

// sentBefore answers a message that came before as it was answered then, and reports whether it is one.
func (c *Core) sentBefore(m *Message, keys *recent[outcome]) bool {
	o, again := keys.get(m.Key)
	if again {
		c.replyWith(m, Message{Op: OpAnswer, Ret: o.ret(), Again: true})
	}
	return again
}

// readChannel answers the questions about members, which need no channel to exist.
func (c *Core) readChannel(m *Message) {
	var none members
	all := &none
	if ch := c.channelOf(m); ch != nil {
		all = &ch.members
	}
	switch m.Fn {
	case wire.FnQueryIsIn:
		isIn := int64(0)
		if all.byAccount[m.Account] != nil {
			isIn = 1
		}
		o := wire.OKIn(c.obj.empty())
		c.replyBuilt(m, c.obj.built(o.Str("name", m.To.Name).Str("account", m.Account).Int("isin", isIn).Bytes()))
		return
	case wire.FnQueryNum:
		o := wire.OKIn(c.obj.empty())
		c.replyBuilt(m, c.obj.built(o.Str("name", m.To.Name).Int("num", int64(all.len())).Bytes()))
		return
	}
	list := wire.AppendMembers(nil, all.newest(int(m.Num)))
	c.reply(m, wire.OK().Str("name", m.To.Name).Int("num", int64(all.len())).Raw("list", list).Bytes())
}
