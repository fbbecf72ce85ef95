package core

import (
	"cmp"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// A session is one login of an account. It outlives its socket by the account's _conn_timeout.
// It is owned by the Core of its account.
type session struct {
	id       uint64
	acc      *account
	line     string // secret
	device   string
	instance string // of the client, with seq: tells a late login from a new one
	seq      int64

	peer    *Peer    // nil while the socket is down or not yet told that it is the session's
	arrival *arrival // a socket that waits for what it missed; then peer is nil
	replay  uint64   // the number of what the arrival waits for
	downAt  instant
	expiry  timer

	// A session is in one channel at most. Joins and leaves are carried out one after the other:
	// while one is under way (moving), the others wait in deferred, and with them every call that came later
	// and is about channels.
	want     string // the channel that it will be in when all that was posted is done
	channel  string // the channel that it is in, as far as its socket was told
	join     uint64 // what its membership goes by; 0: in none
	kicked   string // the channel that it was thrown out of, until it joins one
	moving   *pending
	deferred []ask
	peeks    int32 // joins that are answered again, with a channel's state of now: their answers are under way

	mayWatch bool // it may join special channels

	byID   bool   // it speaks the dialect of byid.go, and has been sent its list
	handed uint64 // up to this version, on the socket that it has,
	sure   uint64 // and up to this one before the last answer to a poll

	pending []*pending // calls that another entity has to answer, in the order of their numbers
	asked   uint64     // number of the last of them
	answers answers
	calls   bucket
	logout  *ask // once asked for: carried out when nothing is pending any more
}

func (s *session) isGo() bool { return s.device == wire.DeviceGo }

// expires returns when the session ends if its socket stays away.
func (s *session) expires() instant {
	return s.downAt + instant(time.Duration(s.acc.connTimeout)*time.Second)
}

// pending is a call that waits for a Message.
type pending struct {
	ask
	number  uint64 // the Message's Request
	channel string // of a join, a leave and a peek
	join    uint64 // of a join
	peek    bool   // a join that was asked for again
	call    string // of an invite
	ext     bool   // the embedding program answers it, whenever it likes
}

func (c *Core) newSession(acc *account, in *Login) *session {
	c.lastSession++
	l := &in.Login
	s := &session{
		id: c.lastSession, acc: acc, line: c.newLine(), device: l.Device, instance: l.Instance, seq: l.Seq,
		byID:     (in.ByID || c.cfg.DialectByID) && l.Device == wire.DeviceWeb,
		mayWatch: in.MayWatch || (c.cfg.MayWatch != nil && c.cfg.MayWatch(acc.app, acc.name)),
	}
	c.begin(s)
	return s
}

// begin puts a session on the books.
func (c *Core) begin(s *session) {
	s.expiry.owner = s
	c.sessions[s.id], c.lines[s.line], s.acc.session = s, s, s
	c.apps[s.acc.app]++
}

// fire ends a session whose socket stayed away.
func (s *session) fire(c *Core) { c.end(s, EndExpired) }

// end ends a session. Its socket, if it has one, is left to the caller.
func (c *Core) end(s *session, why End) {
	c.stop(&s.expiry)
	if s.peer != nil {
		s.peer.session, s.peer = nil, nil
	}
	delete(c.sessions, s.id)
	delete(c.lines, s.line)
	if c.apps[s.acc.app]--; c.apps[s.acc.app] == 0 {
		delete(c.apps, s.acc.app)
	}
	if s.join != 0 {
		c.gone(s, s.channel, s.join)
	}
	if s.moving != nil && s.moving.join != 0 {
		c.gone(s, s.moving.channel, s.moving.join)
	}
	s.acc.session = nil
	c.observe(Event{Kind: EventLogout, App: s.acc.app, Account: s.acc.name, Device: s.device, End: why})
	if why != EndKick { // the account's new session is coming
		c.watch(s.acc.app, wire.ChannelUserOnline, wire.ReportOffline, s.acc.name, "")
	}
	c.endCalls(s.acc)
	c.forget(s.acc)
}

// gone takes a join out of its channel without an answer.
func (c *Core) gone(s *session, channel string, join uint64) {
	delete(c.joins, join)
	c.post(Message{
		To:   Address{Target: ToChannel, App: s.acc.app, Name: channel},
		From: Origin{Core: c.index, Session: s.id, Account: s.acc.name}, Op: OpGone, Join: join,
	})
}

// request posts a call to the entity that can answer it.
func (c *Core) request(s *session, q ask, m Message) *pending {
	p := c.await(s, q)
	m.From, m.To.App = c.origin(s), s.acc.app
	c.post(m)
	return p
}

// sendRequest sends a call to the entity that can answer it. m is as message gave it, filled in.
func (c *Core) sendRequest(s *session, q ask, m *Message) {
	c.await(s, q)
	m.From, m.To.App = c.origin(s), s.acc.app
	c.send(m)
}

// origin names the newest call of a session that another has to answer.
func (c *Core) origin(s *session) Origin {
	return Origin{Core: c.index, Session: s.id, Request: s.asked, Account: s.acc.name}
}

// await notes a call that another has to answer.
func (c *Core) await(s *session, q ask) *pending {
	s.asked++
	p := c.calls.take()
	p.id = append(p.id[:0], q.id...)
	q.id, q.raw, q.args = p.id, nil, nil
	p.ask, p.number = q, s.asked
	if s.pending == nil {
		s.pending = c.waiting.take()
	}
	s.pending = append(s.pending, p)
	return p
}

// done forgets a call that was answered.
func (c *Core) done(p *pending) {
	id := p.id[:0]
	if cap(id) > maxSpareID {
		id = nil
	}
	*p = pending{ask: ask{id: id}}
	c.calls.give(p, maxSpareCalls)
}

const (
	maxSpareCalls = 256
	maxSpareID    = 32
)

// take takes out the call of that number, nil when there is none.
func (c *Core) take(s *session, number uint64) *pending {
	i, ok := slices.BinarySearchFunc(s.pending, number, func(p *pending, n uint64) int { return cmp.Compare(p.number, n) })
	if !ok {
		return nil
	}
	p := s.pending[i]
	if s.pending = slices.Delete(s.pending, i, i+1); len(s.pending) == 0 {
		c.waiting.give(s.pending)
		s.pending = nil // an idle session keeps nothing
	}
	return p
}

// answered gives a session the answer that it waited for.
func (c *Core) answered(s *session, m *Message) {
	p := c.take(s, m.From.Request)
	if p == nil {
		return
	}
	if m.Again {
		c.refund(s, &p.ask)
	}
	ok := m.Reason == ""
	switch p.fn {
	case wire.FnJoin:
		switch {
		case p.peek:
			s.peeks--
			c.answerJoin(s, p, m.answer())
			c.tellKicked(s, p.channel)
		case ok:
			c.answerJoin(s, p, m.answer()) // before any event of the channel, and after the last one of the old
			c.joined(s, p)
		default:
			c.answer(s, p.ask, m.answer())
			c.notJoined(s)
		}
	case wire.FnLeave:
		c.left(s)
		c.answer(s, p.ask, m.answer())
	case wire.FnInvite:
		if !ok {
			s.acc.dropOutgoing(p.call)
		}
		c.answer(s, p.ask, m.answer())
	default:
		c.answer(s, p.ask, m.answer())
	}
	c.done(p)
	c.runDeferred(s)
	c.arrive(s)
	c.finishLogout(s)
}

func (c *Core) logout(s *session, q ask) {
	q = q.clone()
	s.logout = &q
	c.finishLogout(s)
}

// finishLogout ends a session that asked for it once every call before that has its answer.
func (c *Core) finishLogout(s *session) {
	if s.logout == nil || len(s.deferred) > 0 {
		return
	}
	for _, p := range s.pending {
		if !p.ext {
			return
		}
	}
	for _, p := range s.pending {
		c.answer(s, p.ask, cancelled)
	}
	c.answer(s, *s.logout, okRet)
	p := s.peer
	c.end(s, EndLogout)
	if p != nil {
		p.release()
	}
}
