package core

import (
	"slices"

	"github.com/agora-signal-go/signal/internal/wire"
)

// This file is the caller's side of calls and what both sides do by their sessions; call.go is the callee's.

// outgoing is a call as its caller knows it.
type outgoing struct {
	id, channel, peer string
	accepted          bool
}

func (a *account) findOutgoing(id string) *outgoing {
	for i := range a.outgoing {
		if a.outgoing[i].id == id {
			return &a.outgoing[i]
		}
	}
	return nil
}

func (a *account) outgoingTo(channel, peer string) *outgoing {
	for i := range a.outgoing {
		if a.outgoing[i].channel == channel && a.outgoing[i].peer == peer {
			return &a.outgoing[i]
		}
	}
	return nil
}

func (a *account) dropOutgoing(id string) {
	a.outgoing = slices.DeleteFunc(a.outgoing, func(o outgoing) bool { return o.id == id })
}

func (c *Core) invite(s *session, q ask) {
	channel, peer := q.args.Get("channelName").Text(), q.args.Get("peer").Text()
	extra, isText := q.extra()
	bad := firstBad(wire.CheckName("channelID", channel), wire.CheckAccount("account", peer))
	if bad == nil {
		_, bad = wire.ParseInviteOptions("extra", extra)
	}
	acc := s.acc
	switch {
	case bad != nil:
		c.answer(s, q, invalidRet(bad))
	case !isText || peer == acc.name:
		c.answer(s, q, wrongParam)
	case acc.outgoingTo(channel, peer) != nil:
		c.answer(s, q, wire.Failure("Reinvite", wire.InviteEReinvite))
	case len(acc.outgoing) >= c.limits.OpenCalls:
		c.answer(s, q, wire.Failure("TooManyCalls", wire.InviteEOther))
	default:
		id := c.nameCall(s, q)
		acc.outgoing = append(acc.outgoing, outgoing{id: id, channel: channel, peer: peer})
		p := c.request(s, q, Message{
			To: Address{Target: ToAccount, Name: peer}, Op: OpInvite, Call: id, Channel: channel, Text: extra, Value: q.trace(),
		})
		p.call = id
	}
}

// nameCall returns what a new call is called. A Go client names its calls itself, so that it knows what is told of one
// before it has the answer to its invite; other clients do not.
func (c *Core) nameCall(s *session, q ask) string {
	name := q.args.Get("call").Text()
	if !s.isGo() || wire.CheckName("call", name) != nil || s.acc.knowsCall(name) {
		return c.cfg.NewID()
	}
	return name
}

// knowsCall says whether an account is a party of a call of that name.
func (a *account) knowsCall(id string) bool {
	return a.findIncoming(id) != nil || a.findOutgoing(id) != nil
}

// extra reads the extra of a call: a string, an object that stands for its text, or nothing.
func (q ask) extra() (string, bool) {
	text, ok := q.text("extra")
	return text, ok || len(q.args.Get("extra")) == 0 || string(q.args.Get("extra")) == "null"
}

// onCall does what a party does to a call: acknowledge, accept, refuse, end, or say something in it.
func (c *Core) onCall(s *session, q ask) {
	channel, peer := q.args.Get("channelName").Text(), q.args.Get("peer").Text()
	extra, isText := q.extra()
	bad := firstBad(wire.CheckName("channelID", channel), wire.CheckAccount("account", peer), wire.CheckExtra("extra", extra))
	if bad == nil && q.fn == wire.FnInviteMsg {
		if typ, keys := wire.ParseInviteMsg(extra); typ == "dtmf" {
			bad = wire.CheckDTMF("dtmf", keys)
		}
	}
	if bad != nil {
		c.answer(s, q, invalidRet(bad))
		return
	}
	if !isText {
		c.answer(s, q, wrongParam)
		return
	}
	said := words{extra, q.trace()}
	in, out := s.acc.callsWith(channel, peer, q.args.Get("call").Text())
	switch q.fn {
	case wire.FnInviteBye, wire.FnInviteMsg:
		// With calls both ways: the accepted one, else one's own.
		if in != nil && out != nil && in.state == accepted && !out.accepted {
			out = nil
		}
	default:
		out = nil // only a callee does these
	}
	switch {
	case out != nil:
		c.callerDoes(s, q, *out, said)
	case in != nil:
		c.calleeDoes(s, q, in, said)
	default:
		c.answer(s, q, noSuchCall)
	}
}

// callsWith returns the open calls with peer about channel, as callee and as caller; id "" or the one that is meant.
func (a *account) callsWith(channel, peer, id string) (in *call, out *outgoing) {
	for _, cl := range a.incoming {
		if cl.channel == channel && cl.caller == peer && (id == "" || cl.id == id) {
			in = cl
		}
	}
	if o := a.outgoingTo(channel, peer); o != nil && (id == "" || o.id == id) {
		out = o
	}
	return in, out
}

func (c *Core) callerDoes(s *session, q ask, o outgoing, said words) {
	m := Message{
		To: Address{Target: ToAccount, App: s.acc.app, Name: o.peer}, From: Origin{Account: s.acc.name},
		Op: OpCallEnd, Call: o.id, Channel: o.channel, Text: said.extra, Value: said.trace,
	}
	if q.fn == wire.FnInviteMsg {
		m.Op = OpCallMsg
		c.request(s, q, m)
		return
	}
	// For the caller the call is over with this, whatever the callee did meanwhile.
	s.acc.dropOutgoing(o.id)
	c.post(m)
	c.answer(s, q, callRet(o.id))
}

func callRet(id string) []byte { return wire.OK().Str("call", id).Bytes() }

// receiveCallEvent tells the caller what became of a call. One that has ended it knows nothing of it any more.
func (c *Core) receiveCallEvent(m *Message) {
	acc := c.accounts[entity{m.To.App, m.To.Name}]
	if acc == nil {
		return
	}
	o := acc.findOutgoing(m.Call)
	if o == nil {
		return
	}
	switch m.Type {
	case wire.FnInviteAck:
	case wire.FnInviteAccept:
		o.accepted = true
	default:
		acc.dropOutgoing(m.Call)
	}
	c.tell(acc, m)
	c.forget(acc)
}

// receiveCallMsg hands on what one party says to the other inside a call.
func (c *Core) receiveCallMsg(m *Message) {
	acc := c.accounts[entity{m.To.App, m.To.Name}]
	if acc == nil || (acc.findIncoming(m.Call) == nil && acc.findOutgoing(m.Call) == nil) {
		c.reply(m, noSuchCall)
		return
	}
	m.Type = wire.FnInviteMsg
	if c.tell(acc, m) == nil {
		c.reply(m, wire.Failure(reasonFull, wire.GeneralEFailed))
		return
	}
	c.reply(m, callRet(m.Call))
}

// tell puts an event of a call into a party's list; nil when there was no room.
func (c *Core) tell(acc *account, m *Message) *entry {
	v := wire.Voip{Channel: m.Channel, Peer: m.From.Account, Extra: m.Text, ECode: m.Code, Call: m.Call, Trace: m.trace()}
	e := entry{kind: callEvent}
	switch m.Type {
	case wire.FnInvite:
		e.kind, e.call = invitation, m.Call
	case wire.FnInviteMsg:
		e.kind = message
	}
	l := wire.Line{Src: m.From.Account, Flag: wire.NoSender, Type: m.Type}
	return c.deliver(acc, e, wire.CallEndsAfter, &l, c.obj.built(v.Append(c.obj.empty())))
}
