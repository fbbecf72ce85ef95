package core

import "github.com/agora-signal-go/signal/internal/wire"

func (in Login) apply(c *Core) {
	acc := c.accounts[entity{in.Login.AppID, in.Login.Account}]
	var old *session
	if acc != nil {
		old = acc.session
	}
	late := old != nil && in.Login.Instance != "" && in.Login.Instance == old.instance && in.Login.Seq < old.seq
	if late || (old == nil && len(c.sessions) >= c.limits.Sessions) {
		in.Peer.conn.Send(loginFailure(wire.ReasonRefused))
		in.Peer.release()
		in.Done(false)
		return
	}
	if old != nil {
		c.kick(old)
	}
	acc = c.account(in.Login.AppID, in.Login.Account) // a kicked session may have been all that there was of it
	s := c.newSession(acc, &in.Login)
	s.peer, in.Peer.session = in.Peer, s
	in.Peer.conn.Send(loginOK(s).frame())
	in.Done(true)
	c.cameOnline(acc)
}

// kick ends a session for the sake of a new one.
func (c *Core) kick(s *session) {
	c.kicked.add(c, s.line, struct{}{})
	p, a := s.peer, s.arrival
	c.end(s)
	if p != nil {
		p.conn.Send(wire.AppendClose(nil, wire.CloseKick))
		p.release()
	}
	if a != nil {
		a.fail(wire.ReasonKick)
	}
}

func loginFailure(reason string) []byte {
	var o wire.Object
	o.Str("result", "failed").Str("reason", reason)
	return wire.AppendLoginRet(nil, reason, o.Bytes())
}

// loginRet builds the answer to a login. Fields that original clients do not know go to the Go client only.
type loginRet struct{ *wire.Object }

func loginOK(s *session) loginRet {
	o := wire.OK().Int("uid", 0).Str("line", s.line)
	if s.isGo() {
		o.Str("epoch", s.acc.epoch).Int("conn_timeout", int64(s.acc.connTimeout))
	}
	return loginRet{o}
}

func (r loginRet) frame() []byte { return wire.AppendLoginRet(nil, "", r.Bytes()) }
