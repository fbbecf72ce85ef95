package core

import "github.com/agora-signal-go/signal/internal/wire"

// A snapshot is what a joiner is told of a channel.
type snapshot struct {
	List  []byte // the newest members
	Attrs []byte
	MsgID uint64
	Epoch string
}

func (ch *channel) snapshot() *snapshot {
	attrs := ch.shown()
	return &snapshot{
		List:  wire.AppendMembers(nil, ch.members.newest(wire.NewestMembers)),
		Attrs: wire.AppendStrings(nil, wire.SortedNames(attrs), attrs),
		MsgID: ch.msgID, Epoch: ch.epoch,
	}
}

// write adds the snapshot to an answer, the channel's life under the given name.
func (r *snapshot) write(o *wire.Object, epoch string) *wire.Object {
	return o.Raw("list", r.List).Raw("attrs", r.Attrs).Int("msgid", int64(r.MsgID)).Str(epoch, r.Epoch)
}

func (c *Core) receiveJoin(m *Message) {
	ch := c.channelOf(m)
	if ch == nil {
		ch = c.newChannel(m.To.App, m.To.Name)
	}
	if mb := ch.members.byAccount[m.From.Account]; mb != nil {
		// The same session again. (An older session of the account has left before this one could ask.)
		ch.members.rejoin(mb, m.From.Session, m.Join)
	} else {
		if ch.members.len() == 0 {
			c.stop(&ch.expiry)
			c.memberless--
			if ch.special {
				c.setWatched(ch, true)
			}
		}
		if !ch.silent {
			c.publish(ch, &wire.ChannelEvent{Type: wire.TypeChannelJoin, Account: m.From.Account}, nil)
		}
		ch.members.add(&member{
			account: m.From.Account, core: m.From.Core, session: m.From.Session, join: m.Join, since: ch.msgID,
		})
		c.came(ch, m.From.Account)
	}
	room := ch.snapshot()
	c.reply(m, room.write(wire.OK(), "epoch").Bytes())
}

func (c *Core) receivePeek(m *Message) {
	room := &snapshot{List: []byte("[]"), Attrs: []byte("{}")}
	in := false // or it has left since: what it asked for after the join was carried out as well
	if ch := c.channelOf(m); ch != nil {
		room, in = ch.snapshot(), ch.members.has(m.From)
	}
	o := room.write(wire.OK(), "epoch")
	if !in {
		o.Bool("in", false)
	}
	c.reply(m, o.Bytes())
}

func (c *Core) receiveLeave(m *Message) {
	ok := false
	if ch := c.channelOf(m); ch != nil {
		mb := ch.members.byAccount[m.From.Account]
		if ok = mb != nil && mb.core == m.From.Core && mb.join == m.Join; ok {
			c.removeMember(ch, mb)
		}
	}
	switch {
	case m.Op == OpGone:
	case ok:
		c.reply(m, okRet)
	default:
		c.replyWith(m, Message{Op: OpAnswer, Ret: notIn, Reason: wire.ReasonNotMember})
	}
}

func (c *Core) removeMember(ch *channel, mb *member) {
	ch.members.remove(mb)
	if !ch.silent {
		c.publish(ch, &wire.ChannelEvent{Type: wire.TypeChannelLeave, Account: mb.account}, nil)
	}
	c.went(ch, mb.account)
	if ch.members.len() > 0 {
		return
	}
	if ch.special {
		c.setWatched(ch, false)
	}
	c.memberless++
	if c.emptied(ch); ch.special || c.memberless > c.limits.MemberlessChannels {
		c.destroy(ch)
	}
}
