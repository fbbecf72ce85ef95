package core

import (
	"slices"

	"github.com/agora-signal-go/signal/internal/wire"
)

// A call is one invite, from its coming in until it is refused, ended or failed. Its callee's account owns it.
type call struct {
	id, channel, caller string
	extra               string // of the invite
	options             wire.InviteOptions
	state               callState
	late                bool   // it came while the callee was offline: time for the acknowledgement starts later
	ver                 uint64 // version of the invite in the callee's list
	timer               timer
	callee              *account
}

// words are what a party of a call says by what it does.
type words struct{ extra, trace string }

// fire ends a call that nobody took in time.
func (cl *call) fire(c *Core) { c.callTimeout(cl.callee, cl) }

type callState uint8

const (
	waiting  callState = iota // neither acknowledged nor answered
	ringing                   // acknowledged
	accepted                  // a conversation
)

func (a *account) findIncoming(id string) *call {
	for _, cl := range a.incoming {
		if cl.id == id {
			return cl
		}
	}
	return nil
}

func (c *Core) receiveInvite(m *Message) {
	fail := func(reason string, code int) {
		c.replyWith(m, Message{Op: OpAnswer, Ret: wire.Failure(reason, code), Reason: reason})
	}
	options, _ := wire.ParseInviteOptions("extra", m.Text) // the caller's Core has checked it
	acc := c.accounts[entity{m.To.App, m.To.Name}]
	if online := acc != nil && acc.session != nil; options.RequirePeerOnline && !online {
		fail("PeerOffline", wire.InviteEPeerOffline)
		return
	}
	if acc = c.reach(m); acc == nil || len(acc.incoming) >= c.limits.OpenCalls || acc.knowsCall(m.Call) {
		fail("CannotReceive", wire.InviteECantRecv)
		return
	}
	if in, _ := acc.callsWith(m.Channel, m.From.Account, ""); in != nil {
		fail("Reinvite", wire.InviteEReinvite)
		return
	}
	cl := &call{
		id: m.Call, channel: m.Channel, caller: m.From.Account, extra: m.Text, options: options, late: acc.session == nil,
		callee: acc,
	}
	cl.timer.owner = cl
	acc.incoming = append(acc.incoming, cl)
	c.set(&cl.timer, c.in(options.Timeout))
	m.Type = wire.FnInvite
	e := c.tell(acc, m)
	if e == nil {
		c.close(acc, cl)
		fail("CannotReceive", wire.InviteECantRecv)
		return
	}
	cl.ver = e.ver
	c.reply(m, callRet(m.Call))
}

// close takes a call off the books.
func (c *Core) close(acc *account, cl *call) {
	c.stop(&cl.timer)
	acc.incoming = slices.DeleteFunc(acc.incoming, func(o *call) bool { return o == cl })
	c.forget(acc)
}

// withdraw takes back an invite that nobody has seen. It reports false when it is too late for that.
func (c *Core) withdraw(acc *account, cl *call) bool {
	e := acc.inbox.find(cl.ver)
	if e == nil || e.pushed {
		return false
	}
	c.clean(acc, func(o *entry) bool { return o == e })
	return true
}

// hangUp takes back the invite or, when the callee may know of it, tells it that the call is over.
func (c *Core) hangUp(acc *account, cl *call, said words) {
	if c.withdraw(acc, cl) {
		return
	}
	c.tell(acc, &Message{
		From: Origin{Account: cl.caller}, Channel: cl.channel, Call: cl.id, Type: wire.FnInviteBye, Text: said.extra, Value: said.trace,
	})
}

// report tells the caller what became of a call.
func (c *Core) report(acc *account, cl *call, typ string, said words, code int) {
	c.post(Message{
		To: Address{Target: ToAccount, App: acc.app, Name: cl.caller}, From: Origin{Account: acc.name},
		Op: OpCallEvent, Call: cl.id, Channel: cl.channel, Type: typ, Text: said.extra, Value: said.trace, Code: code,
	})
}

// callTimeout tells both sides that it was not taken, and takes it off the books.
func (c *Core) callTimeout(acc *account, cl *call) {
	code := wire.InviteETimeout
	if acc.session == nil {
		code = wire.InviteEPeerOffline
	}
	c.hangUp(acc, cl, words{})
	c.report(acc, cl, wire.TypeInviteFailed, words{extra: cl.extra}, code)
	c.close(acc, cl)
}

// cameOnline gives invites that waited for an account the time that it needs to fetch them.
func (c *Core) cameOnline(acc *account) {
	for _, cl := range acc.incoming {
		c.set(&cl.timer, c.in(cl.options.Timeout))
	}
}

// delivered starts the time for the acknowledgement of an invite that waited for its callee to come.
func (c *Core) delivered(acc *account, id string) {
	if cl := acc.findIncoming(id); cl != nil && cl.late && cl.state == waiting {
		c.set(&cl.timer, c.in(cl.options.Timeout))
	}
}

// calleeDoes carries out what a callee does to a call.
func (c *Core) calleeDoes(s *session, q ask, cl *call, said words) {
	acc := s.acc
	if q.fn == wire.FnInviteMsg {
		c.request(s, q, Message{
			To: Address{Target: ToAccount, Name: cl.caller}, Op: OpCallMsg, Call: cl.id, Channel: cl.channel,
			Text: said.extra, Value: said.trace,
		})
		return
	}
	switch q.fn {
	case wire.FnInviteAck:
		if cl.state != waiting { // said twice, or after the answer: there is nothing more to tell
			break
		}
		cl.state = ringing
		ends := wire.CallEndsAfter
		if cl.options.RingTimeout > 0 {
			ends = cl.options.RingTimeout
		}
		c.set(&cl.timer, c.in(ends))
		c.report(acc, cl, wire.FnInviteAck, said, 0)
	case wire.FnInviteAccept:
		if cl.state == accepted {
			c.answer(s, q, noSuchCall)
			return
		}
		cl.state = accepted
		c.stop(&cl.timer)
		c.report(acc, cl, wire.FnInviteAccept, said, 0)
	case wire.FnInviteRefuse:
		if cl.state == accepted {
			c.answer(s, q, noSuchCall)
			return
		}
		c.withdraw(acc, cl)
		c.close(acc, cl)
		c.report(acc, cl, wire.FnInviteRefuse, said, 0)
	case wire.FnInviteBye:
		c.withdraw(acc, cl)
		c.close(acc, cl)
		c.report(acc, cl, wire.FnInviteBye, said, 0)
	}
	c.answer(s, q, callRet(cl.id))
}

// callerGone ends a call of which the caller is out, by its own will or with its session.
func (c *Core) callerGone(m *Message) {
	acc := c.accounts[entity{m.To.App, m.To.Name}]
	if acc == nil {
		return
	}
	cl := acc.findIncoming(m.Call)
	if cl == nil || cl.caller != m.From.Account {
		return
	}
	c.hangUp(acc, cl, words{m.Text, m.Value})
	c.close(acc, cl)
}

// endCalls ends all calls of an account whose session is over. The other side is told; the account itself
// only where a client that logs in later would else find an invite in its list and ring.
func (c *Core) endCalls(acc *account) {
	for _, cl := range slices.Clone(acc.incoming) {
		if cl.state == accepted {
			c.report(acc, cl, wire.FnInviteBye, words{}, 0)
		} else {
			c.report(acc, cl, wire.TypeInviteFailed, words{extra: cl.extra}, wire.InviteEPeerOffline)
		}
		if e := acc.inbox.find(cl.ver); e != nil {
			c.hangUp(acc, cl, words{})
		}
		c.close(acc, cl)
	}
	for _, o := range acc.outgoing {
		c.post(Message{
			To: Address{Target: ToAccount, App: acc.app, Name: o.peer}, From: Origin{Account: acc.name},
			Op: OpCallEnd, Call: o.id, Channel: o.channel,
		})
	}
	acc.outgoing = nil
}
