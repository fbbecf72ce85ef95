package core

import "github.com/agora-signal-go/signal/internal/wire"

// An arrival is a socket that goes on with a session, until it was told so.
type arrival struct {
	peer  *Peer
	done  func(account string)
	login wire.LineLogin
}

// fail leaves the socket to a login of its own.
func (a *arrival) fail(reason string) {
	a.peer.conn.Send(loginFailure(reason))
	a.done("")
}

func (in LineLogin) apply(c *Core) {
	a := &arrival{in.Peer, in.Done, in.Line}
	s := c.lines[in.Line.Line]
	why, thrownOut := c.kicked.get(c.digestOf(in.Line.Line, nil))
	switch {
	case s != nil && s.logout == nil:
		c.resume(s, a)
	case thrownOut:
		a.fail(string(why))
	default:
		a.fail(wire.ReasonLineInvalid)
	}
}

func (c *Core) resume(s *session, a *arrival) {
	c.stop(&s.expiry)
	if old := s.peer; old != nil {
		s.peer = nil
		old.release()
	}
	if old := s.arrival; old != nil {
		old.peer.release()
		old.done("")
	}
	s.arrival, s.replay = a, 0
	if a.login.Resume {
		c.acknowledge(s.acc, a.login.VerClear)
	}
	c.arrive(s)
}

// arrive goes on with an arrival once the session stands still: which channel it is in is told for good, and what the
// client does not ask for again it need not know the answer of.
func (c *Core) arrive(s *session) {
	if s.arrival == nil || s.replay != 0 || s.onTheMove() || len(s.deferred) > 0 {
		return
	}
	l := &s.arrival.login
	if !l.Resume || s.channel == "" || s.channel != l.Channel {
		c.attach(s, &Message{})
		return
	}
	// Whatever the socket gets comes after its login_ret, and that needs the channel's word. Until then
	// the session has no socket: what the channel sends is in its word, and the rest is kept.
	s.asked++
	c.post(Message{
		To:   Address{Target: ToChannel, App: s.acc.app, Name: s.channel},
		From: Origin{Core: c.index, Session: s.id, Request: s.asked, Account: s.acc.name}, Op: OpReplay, Num: l.MsgID,
	})
	s.replay = s.asked
}

// replayed is the channel's word on what an arrival missed.
func (c *Core) replayed(s *session, m *Message) {
	if s.arrival == nil || s.replay != m.From.Request {
		return // another socket came meanwhile and waits for a word of its own
	}
	if m.Reason != "" || s.channel != s.arrival.login.Channel {
		m = &Message{} // it left or moved meanwhile
	}
	c.attach(s, m)
}

// attach makes an arrival the session's socket and hands it what it missed. missed is empty or an OpReplayed.
func (c *Core) attach(s *session, missed *Message) {
	a := s.arrival
	s.arrival, s.replay = nil, 0
	s.handed, s.sure = 0, 0
	s.peer, a.peer.session = a.peer, s
	ret := c.loginOK(s)
	if s.isGo() {
		ret.Bool("resumed", true).Str("channel", s.channel)
		if s.kicked != "" {
			ret.Str("channel_kicked", s.kicked)
		}
		if missed.Room != nil {
			ret.Bool("channel_gap", true)
			missed.Room.write(ret.Object, "channel_epoch")
		}
	}
	a.peer.conn.Send(c.loginFrame(ret))
	if a.login.Resume {
		c.pushMissed(s, a.login.VerClear)
	}
	for _, frame := range missed.Frames {
		a.peer.conn.Send(frame)
	}
	a.done(s.acc.name)
}
