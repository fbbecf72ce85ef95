package core

import "github.com/agora-signal-go/signal/internal/wire"

func (in Login) apply(c *Core) {
	acc := c.accounts[entity{in.Login.AppID, in.Login.Account}]
	var old *session
	if acc != nil {
		old = acc.session
	}
	late := old != nil && in.Login.Instance != "" && in.Login.Instance == old.instance && in.Login.Seq <= old.seq
	if late || (old == nil && c.full(in.Login.AppID)) {
		in.Peer.conn.Send(loginFailure(wire.ReasonRefused))
		in.Peer.release()
		in.Done(false)
		return
	}
	if old != nil {
		c.throwOut(old, EndKick)
	}
	acc = c.account(in.Login.AppID, in.Login.Account) // a kicked session may have been all that there was of it
	s := c.newSession(acc, &in)
	s.peer, in.Peer.session = in.Peer, s
	in.Peer.conn.Send(c.loginFrame(c.loginOK(s)))
	in.Done(true)
	c.observe(Event{Kind: EventLogin, App: acc.app, Account: acc.name, Device: s.device})
	if old == nil {
		c.watch(acc.app, wire.ChannelUserOnline, wire.ReportOnline, acc.name, "")
	}
	c.cameOnline(acc)
}

// full reports whether there is no room for one more session of an app.
func (c *Core) full(app string) bool {
	return len(c.sessions) >= c.limits.Sessions || (c.apps[app] == 0 && len(c.apps) >= c.limits.Apps)
}

// throwOut ends a session against its will, for the sake of a new one or by word of the server's owner. Its client
// is told the reason, now or when it comes back with its line.
func (c *Core) throwOut(s *session, why End) {
	c.kicked.add(c, c.limits.KickedLines, c.digestOf(s.line, nil), why)
	p, a := s.peer, s.arrival
	c.end(s, why)
	if p != nil {
		p.conn.Send(wire.AppendClose(nil, string(why)))
		p.release()
	}
	if a != nil {
		a.fail(string(why))
	}
}

func loginFailure(reason string) []byte {
	var o wire.Object
	o.Str("result", "failed").Str("reason", reason)
	return wire.AppendLoginRet(nil, reason, o.Bytes())
}

// loginRet builds the answer to a login in c.obj. Fields that original clients do not know go to the Go client only.
type loginRet struct{ *wire.Object }

func (c *Core) loginOK(s *session) loginRet {
	o := wire.OKIn(c.obj.empty())
	o.Int("uid", 0).Str("line", s.line)
	if s.isGo() {
		o.Str("epoch", s.acc.epoch).Int("conn_timeout", int64(s.acc.connTimeout))
		// By these it paces what has waited while it was away.
		o.Int("calls_per_second", int64(c.limits.CallsPerSecond)).Int("messages_per_second", int64(c.limits.UserMessagesPerSecond))
	}
	if s.isGo() && len(s.acc.inbox.entries) == 0 { // it need not ask
		o.Int("newest", int64(s.acc.inbox.newest))
	}
	if s.byID {
		o.Int("config_msg_set", 1).Int("config_inst_msg_with_msgid", 0)
	}
	return loginRet{&o}
}

func (c *Core) loginFrame(r loginRet) []byte {
	return c.frame(wire.AppendLoginRet(c.buf.empty(), "", c.obj.built(r.Bytes())))
}
