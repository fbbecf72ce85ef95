package core

import (
	"bytes"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

func (c *Core) sendInstant(s *session, q ask) {
	peer, flag := c.name(q, "peer"), c.name(q, "flag")
	content, isText := c.bytes(q, "content")
	key, badKey := c.key(s, q, "messageID")
	_, isFlag := wire.ParseFlag(flag)
	bad := firstBad(wire.CheckAccount("account", peer), wire.CheckLength("msg", len(content), wire.MaxInstant), badKey)
	switch {
	case bad != nil:
		c.answer(s, q, invalidRet(bad))
	case !isText || !isFlag || !q.args.Get("t").Is(wire.TypeInstant):
		c.answer(s, q, wrongParam)
	default:
		m := c.message(ToAccount, peer, OpSend)
		m.Key, m.Probe, m.Flag, m.Value, m.Body = key, q.probe, flag, q.trace(), append(m.Body, content...)
		c.sendRequest(s, q, m)
	}
}

func (c *Core) receiveInstant(m *Message) {
	if acc := c.accounts[entity{m.To.App, m.To.Name}]; acc != nil && c.sentBefore(m, acc.keys) {
		return
	}
	if m.Probe {
		c.reply(m, messageRateLimited)
		return
	}
	acc := c.reach(m)
	if acc == nil {
		c.reply(m, messageFull)
		return
	}
	ttl, _ := wire.ParseFlag(m.Flag)
	if acc.session != nil {
		// The flag speaks of an account that is offline. One that is online gets the message even when its socket is just away.
		ttl = max(ttl, wire.MaxConnTimeout*time.Second)
	}
	var o outcome
	l := wire.Line{Src: m.From.Account, Flag: m.Flag, Type: wire.TypeInstant}
	if ttl > 0 && c.deliver(acc, entry{kind: message, trace: m.trace()}, ttl, &l, m.Body) == nil {
		o = noRoom
	} else {
		c.observe(Event{Kind: EventMessage, App: acc.app, Account: m.From.Account, Peer: acc.name, Bytes: len(m.Body)})
	}
	if m.Key != (digest{}) {
		c.remember(acc, m.Key, o)
	}
	c.reply(m, o.ret())
	c.forget(acc)
}

// deliver puts a line with that content into an account's list and, where a socket is up, sends it or word of it at once.
// It returns what is in the list, or nil when there was no room.
func (c *Core) deliver(acc *account, of entry, ttl time.Duration, l *wire.Line, content []byte) *entry {
	l.Dst, l.Time = acc.name, c.now.UnixMilli()
	line := c.buf.built(append(l.Append(c.buf.empty()), content...))
	e := c.entries.take()
	*e = of
	e.line = line
	if !acc.inbox.hasRoom(&c.limits, e.kind, e.size()) || c.stored+int64(e.size()) > c.limits.StoredBytes {
		c.drop(e)
		return nil
	}
	e.line, e.expires = bytes.Clone(line), c.in(min(ttl, c.limits.MessageTTL))
	if acc.inbox.entries == nil {
		acc.inbox.entries = c.lists.take()
	}
	acc.inbox.add(e)
	c.stored += int64(e.size())
	c.setBy(&acc.sweep, e.expires)
	if s := acc.session; s != nil && s.peer != nil {
		switch {
		case s.byID && !s.isNext(e): // what was before it is yet to be fetched
			s.peer.conn.Send(c.frame(wire.AppendMsg(c.buf.empty(), e.ver)))
		case s.byID:
			s.handed = e.ver
			s.peer.conn.Send(c.frame(wire.AppendRecvByID(c.buf.empty(), acc.idOf(e), e.line)))
			c.pushed(acc, e)
		case s.isGo() || s.device == wire.DeviceWeb:
			s.peer.conn.Send(c.push(s, e))
			c.pushed(acc, e)
		default:
			s.peer.conn.Send(c.frame(wire.AppendMsg(c.buf.empty(), e.ver)))
		}
	}
	return e
}

// push returns the frame that brings an entry to a session's client.
func (c *Core) push(s *session, e *entry) []byte {
	if e.trace != "" && s.isGo() {
		return c.frame(wire.AppendTracedRecvMsg(c.buf.empty(), e.ver, e.line, e.trace))
	}
	return c.frame(wire.AppendRecvMsg(c.buf.empty(), e.ver, e.line))
}

// pushed notes that an entry went out.
func (c *Core) pushed(acc *account, e *entry) {
	if e.pushed {
		return
	}
	e.pushed = true
	if e.kind == invitation {
		acc.inbox.tally(e, -1)
		e.kind = callEvent
		acc.inbox.tally(e, 1)
		c.delivered(acc, e.call)
	}
}

// pushMissed sends a socket that goes on with a session what is beyond version v: as much as an answer to a poll
// would hold, and for the rest the word that there is more.
func (c *Core) pushMissed(s *session, v uint64) {
	missed := s.acc.inbox.after(v)
	if s.byID || (!s.isGo() && s.device != wire.DeviceWeb) {
		if len(missed) > 0 {
			s.peer.conn.Send(c.frame(wire.AppendMsg(c.buf.empty(), s.acc.inbox.newest)))
		}
		return
	}
	size := 0
	for i, e := range missed {
		frame := c.push(s, e)
		size += len(frame)
		if i == wire.MaxPoll || (i > 0 && size > wire.MaxPollBytes) {
			s.peer.conn.Send(c.frame(wire.AppendMsg(c.buf.empty(), s.acc.inbox.newest)))
			return
		}
		s.peer.conn.Send(frame)
		c.pushed(s.acc, e)
	}
}

// poll answers user_getmsg, which never fails in a session: what it cannot read counts as absent.
func (c *Core) poll(s *session, q ask) {
	b := &s.acc.inbox
	v, _ := wire.Version(q.args.Get("ver_clear"))
	v = min(v, b.newest)
	c.acknowledge(s.acc, v)

	// A Go client says apart what the server may forget and what it has: the first lags behind its handlers.
	have, _ := wire.Version(q.args.Get("after"))
	rest := b.after(min(max(v, have), b.newest))
	out, msgs := c.page(rest, q.pollMax(), func(dst []byte, e *entry) []byte { return wire.AppendVersioned(dst, e.ver, e.line) })
	before := b.newest
	if len(out) > 0 {
		before = out[0].ver - 1
	}
	o := wire.OKIn(c.obj.empty())
	o.Int("ver_clear", int64(before)).Raw("msgs", msgs)
	if s.isGo() {
		if traces := tracesOf(out); traces != nil {
			o.Raw("traces", traces)
		}
	}
	if len(out) < len(rest) {
		o.Bool("more", true)
	}
	c.answer(s, q, c.obj.built(o.Bytes()))
	for _, e := range out {
		c.pushed(s.acc, e)
	}
}

// tracesOf returns the traces of entries, in their order, as an array; nil when none has one.
func tracesOf(out []*entry) []byte {
	return wire.AppendTraces(nil, len(out), func(i int) string { return out[i].trace })
}

// encodedSize is how long a JSON text is as a string in a frame.
func encodedSize(b []byte) int {
	return len(b) + bytes.Count(b, []byte{'"'}) + bytes.Count(b, []byte{'\\'})
}
