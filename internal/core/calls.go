package core

import (
	"bytes"
	"crypto/subtle"
	"strings"

	"github.com/agora-signal-go/signal/internal/wire"
)

// An ask is a call as it came in.
type ask struct {
	id   wire.Value
	num  int64 // id as an integer
	ints bool  // whether it is one
	fn   string
	raw  wire.Value // the arguments
	args *wire.Args // the same, of the call that is carried out now
	peer *Peer      // the socket that asked

	probe bool // a message that only counts when it came before
	again bool // it was answered before, and is to be answered so again
}

// clone returns an ask that may outlive the frame that it came in. What has been asked of it is needed no more.
func (q ask) clone() ask {
	q.id, q.raw, q.args = bytes.Clone(q.id), nil, nil
	return q
}

// whole is clone of an ask that is yet to be carried out.
func (q ask) whole() ask {
	raw := bytes.Clone(q.raw)
	q = q.clone()
	q.raw = raw
	return q
}

// Answers that many calls have in common.
var (
	okRet       = wire.OK().Bytes()
	cancelled   = wire.Failure("Cancelled", wire.GeneralEFailed)
	noSuchCall  = wire.Failure("NoSuchCall", wire.GeneralEFailed)
	notMember   = wire.Failure(wire.ReasonNotMember, wire.SendMessageEOther)
	notIn       = wire.Failure(wire.ReasonNotMember, wire.LeaveChannelEOther)
	notAllowed  = wire.Failure("NotAllowed", wire.JoinChannelEOther)
	readOnly    = wire.Failure("ReadOnly", wire.SendMessageEOther)
	wrongParam  = wire.Failure("WrongParam", wire.GeneralEWrongParam)
	largeParam  = wire.Failure("LargeParam", wire.GeneralELargeParam)
	lineInvalid = wire.Failure(wire.ReasonLineInvalid, wire.GeneralENotLogin)
	noSuchFunc  = wire.Failure(wire.ReasonNoSuchFunc, wire.GeneralEWrongParam)
)

// messageFull is what a message is answered that found no room.
var messageFull = wire.Failure(reasonFull, wire.SendMessageEOther)

const reasonFull = "Full"

func invalidRet(bad *wire.Invalid) []byte {
	if bad.Code == wire.GeneralELargeParam {
		return largeParam
	}
	return wrongParam
}

func (in Call) apply(c *Core) {
	s := in.Peer.session
	if s == nil || s.logout != nil {
		return
	}
	q := c.ask(ask{id: in.Frame.ID, fn: in.Frame.Func, raw: in.Frame.Args, peer: in.Peer})
	q.num, q.ints = q.id.Int()
	switch {
	case !q.raw.IsObject():
		s.peer.conn.Send(c.frame(wire.AppendCallRet(c.buf.empty(), q.id, wrongParam)))
	case !c.isLine(q.args.Get("line"), s):
		s.peer.conn.Send(c.frame(wire.AppendCallRet(c.buf.empty(), q.id, lineInvalid)))
	case s.isGo() && q.ints && c.repeat(s, q):
	case !c.charge(s, &q):
		c.answer(s, q, overLimit(q.fn))
	default:
		c.run(s, q)
	}
}

// ask makes the arguments of a call ready to be looked up, until the next call is carried out.
func (c *Core) ask(q ask) ask {
	c.args.Read(q.raw)
	q.args = &c.args
	return q
}

// isLine says whether an argument is the session's line, in a time that tells nothing of it.
func (c *Core) isLine(v wire.Value, s *session) bool {
	line := c.buf.built(v.AppendText(c.buf.empty()))
	return subtle.ConstantTimeCompare(line, []byte(s.line)) == 1
}

// run carries a call out now or, when it is about channels and others before it wait, after those.
func (c *Core) run(s *session, q ask) {
	if strings.HasPrefix(q.fn, "channel_") && (len(s.deferred) > 0 || (s.onTheMove() && moves(q.fn))) {
		s.deferred = append(s.deferred, q.whole())
		return
	}
	c.do(s, q)
}

func moves(fn string) bool { return fn == wire.FnJoin || fn == wire.FnLeave }

// runDeferred carries out what waited, as far as it goes.
func (c *Core) runDeferred(s *session) {
	for len(s.deferred) > 0 && (!s.onTheMove() || !moves(s.deferred[0].fn)) {
		q := s.deferred[0]
		s.deferred[0] = ask{}
		s.deferred = s.deferred[1:]
		c.doOrAnswerAgain(s, q)
	}
}

func (c *Core) doOrAnswerAgain(s *session, q ask) {
	if q.again {
		q.again = false
		if k, ok := s.answers.find(q.num); ok { // else it is forgotten meanwhile
			c.answerNow(s, q, k)
			return
		}
	}
	c.do(s, c.ask(q))
}

// onTheMove says whether a join or a leave before this one still waits for its answer.
func (s *session) onTheMove() bool { return s.moving != nil || s.peeks > 0 }

func (c *Core) do(s *session, q ask) {
	switch q.fn {
	case wire.FnLogout:
		c.logout(s, q)
	case wire.FnSendMsg:
		c.sendInstant(s, q)
	case wire.FnGetMsg:
		c.poll(s, q)
	case wire.FnGetMsg2:
		c.pollByID(s, q)
	case wire.FnQueryStatus:
		c.askAccount(s, q, OpStatus)
	case wire.FnGetAttr:
		c.askAccount(s, q, OpAttr)
	case wire.FnGetAttrAll:
		c.askAccount(s, q, OpAttrs)
	case wire.FnSetAttr:
		c.setUserAttr(s, q)
	case wire.FnExtCall:
		c.extCall(s, q)
	case wire.FnJoin:
		c.joinChannel(s, q)
	case wire.FnLeave:
		c.leaveChannel(s, q)
	case wire.FnChannelSend:
		c.sendChannel(s, q)
	case wire.FnChannelSetAttr, wire.FnChannelDelAttr, wire.FnChannelClear:
		c.changeAttr(s, q)
	case wire.FnQueryNum, wire.FnQueryIsIn, wire.FnQueryList, wire.FnQueryListAll:
		c.askChannel(s, q)
	case wire.FnInvite:
		c.invite(s, q)
	case wire.FnInviteAck, wire.FnInviteAccept, wire.FnInviteRefuse, wire.FnInviteBye, wire.FnInviteMsg:
		c.onCall(s, q)
	default:
		c.answer(s, q, noSuchFunc)
	}
}

// text reads an argument that is a string or, from original clients, an object that stands for its text.
func (q ask) text(name string) (string, bool) {
	v := q.args.Get(name)
	return wire.StringOrObject(v), v.IsString() || v.IsObject()
}

// trace reads the trace of a call, "" for none.
func (q ask) trace() string { return q.args.Get(wire.ArgTrace).Trace() }

// name reads an argument that is a name.
func (c *Core) name(q ask, name string) string {
	v := q.args.Get(name)
	if !v.IsString() {
		return ""
	}
	return c.names.get(c.buf.built(v.AppendText(c.buf.empty())))
}

// bytes reads an argument as text does. What it returns stands until the next is read.
func (c *Core) bytes(q ask, name string) ([]byte, bool) {
	v := q.args.Get(name)
	if v.IsObject() {
		return v, true
	}
	return c.body.built(v.AppendText(c.body.empty())), v.IsString()
}

// key reads an idempotency key, by what is known where the message goes. Only strings are: what else a client may send there
// is none of ours.
func (c *Core) key(s *session, q ask, name string) (digest, *wire.Invalid) {
	key := c.obj.built(q.args.Get(name).AppendText(c.obj.empty()))
	if len(key) == 0 {
		return digest{}, nil
	}
	if bad := wire.CheckName(name, key); bad != nil {
		return digest{}, bad
	}
	return c.digestOf(s.acc.name, key), nil
}

// firstBad returns the first that is not nil.
func firstBad(bad ...*wire.Invalid) *wire.Invalid {
	for _, b := range bad {
		if b != nil {
			return b
		}
	}
	return nil
}
