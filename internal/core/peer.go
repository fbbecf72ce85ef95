package core

// A Peer is a socket from its first login frame on. It belongs to the Core that decided its login.
type Peer struct {
	conn    Conn
	session *session // nil before the login and after the session went elsewhere or ended
}

// NewPeer returns the Peer of a socket that nobody has logged in on yet.
func NewPeer(conn Conn) *Peer { return &Peer{conn: conn} }

// release makes what still comes from the socket nobody's, and closes it in the normal way.
func (p *Peer) release() {
	p.session = nil
	p.conn.Close(closeNormal)
}

const closeNormal = 1000

func (in Down) apply(c *Core) {
	s := in.Peer.session
	if s == nil || s.peer != in.Peer {
		return
	}
	in.Peer.session, s.peer = nil, nil
	if s.logout != nil { // nobody is left to wait for the answer
		c.end(s, EndLogout)
		return
	}
	s.downAt = c.at
	c.set(&s.expiry, s.expires())
}
