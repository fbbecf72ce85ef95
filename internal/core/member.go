package core

import "github.com/agora-signal-go/signal/internal/wire"

// This file is the session's side of channels; channel.go and join.go are the channel's.

func (c *Core) joinChannel(s *session, q ask) {
	name := q.args.Get("name").Text()
	if bad := wire.CheckName("channelID", name); bad != nil {
		c.answer(s, q, invalidRet(bad))
		return
	}
	if !s.mayJoin(name) {
		c.answer(s, q, notAllowed)
		return
	}
	c.lastJoin++
	p := c.request(s, q, Message{To: Address{Target: ToChannel, Name: name}, Op: OpJoin, Join: c.lastJoin})
	p.channel, p.join = name, c.lastJoin
	s.moving, s.want = p, name
}

// joined makes a session a member of the channel whose answer it was just given.
func (c *Core) joined(s *session, p *pending) {
	s.moving = nil
	if s.join != 0 {
		if s.channel != p.channel {
			c.gone(s, s.channel, s.join)
		}
		delete(c.joins, s.join)
	}
	s.channel, s.join, s.kicked = p.channel, p.join, ""
	c.joins[s.join] = s
}

func (c *Core) notJoined(s *session) { s.moving, s.want = nil, s.channel }

func (c *Core) leaveChannel(s *session, q ask) {
	name := q.args.Get("name").Text()
	if bad := wire.CheckName("channelID", name); bad != nil {
		c.answer(s, q, invalidRet(bad))
		return
	}
	if name != s.want {
		c.answer(s, q, notIn)
		return
	}
	p := c.request(s, q, Message{To: Address{Target: ToChannel, Name: name}, Op: OpLeave, Join: s.join})
	s.moving, s.want = p, ""
}

func (c *Core) left(s *session) {
	delete(c.joins, s.join)
	s.moving, s.channel, s.join = nil, "", 0
}

// peek answers a join that was asked for again with the channel's state of now.
func (c *Core) peek(s *session, q ask, channel string) {
	p := c.request(s, q, Message{To: Address{Target: ToChannel, Name: channel}, Op: OpPeek})
	p.channel, p.peek = channel, true
	s.peeks++
}

func (c *Core) sendChannel(s *session, q ask) {
	name := c.name(q, "name")
	msg, isText := c.bytes(q, "msg")
	force, _ := q.args.Get("force").Bool()
	key, badKey := c.key(s, q, "msgID")
	bad := firstBad(wire.CheckName("channelID", name), wire.CheckLength("msg", len(msg), wire.MaxChannelText), badKey)
	switch {
	case bad != nil:
		c.answer(s, q, invalidRet(bad))
	case !isText:
		c.answer(s, q, wrongParam)
	case wire.IsSpecial(name):
		c.answer(s, q, readOnly)
	case !force && name != s.want:
		c.answer(s, q, notMember)
	default:
		m := c.message(ToChannel, name, OpChannelSend)
		m.Key, m.Probe, m.Force, m.Value, m.Body = key, q.probe, force, q.trace(), append(m.Body, msg...)
		c.sendRequest(s, q, m)
	}
}

// askChannel poses the four questions about members.
func (c *Core) askChannel(s *session, q ask) {
	m := Message{To: Address{Target: ToChannel, Name: c.name(q, "name")}, Op: OpMembers, Fn: q.fn}
	bad := wire.CheckName("channelID", m.To.Name)
	switch q.fn {
	case wire.FnQueryIsIn:
		m.Op, m.Account = OpIsIn, c.name(q, "account")
		bad = firstBad(bad, wire.CheckAccount("account", m.Account))
	case wire.FnQueryList:
		m.Num = wire.NewestMembers
	case wire.FnQueryListAll:
		m.Num = wire.DefaultListAllNum
		if v := q.args.Get("num"); v != nil {
			n, ok := wire.Version(v)
			if !ok {
				c.answer(s, q, wrongParam)
				return
			}
			m.Num = min(n, wire.DefaultListAllNum)
		}
	}
	if bad != nil {
		c.answer(s, q, invalidRet(bad))
		return
	}
	c.request(s, q, m)
}

// fanout hands a channel's frame to the members that it is for. One that has left meanwhile has no join any more,
// one whose socket is down gets the frame with its resume.
func (c *Core) fanout(m *Message) {
	for _, join := range m.Joins {
		if s := c.joins[join]; s != nil && s.peer != nil {
			s.peer.conn.Send(m.Frame)
		}
	}
}
