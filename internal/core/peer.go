package core

import "cmp"

// A Peer is a socket from its first login frame on. It belongs to the Core that decided its login.
type Peer struct {
	conn    Conn
	session *session // nil before the login and after the session went elsewhere or ended
	id      PeerID
}

// PeerID names a socket for good, among those of all processes that ever serve the same state: Node names the process,
// Socket its sockets. The zero PeerID is nobody's.
type PeerID struct{ Node, Socket uint64 }

// Compare returns -1, 0 or 1, by the nodes first.
func (id PeerID) Compare(other PeerID) int {
	return cmp.Or(cmp.Compare(id.Node, other.Node), cmp.Compare(id.Socket, other.Socket))
}

// NewPeer returns the Peer of a socket that nobody has logged in on yet. It has no name: see NewNamedPeer.
func NewPeer(conn Conn) *Peer { return &Peer{conn: conn} }

// NewNamedPeer is NewPeer of a Core that is to be written down (see [Core.Freeze]): in it, all Peers have names of their own.
func NewNamedPeer(conn Conn, id PeerID) *Peer { return &Peer{conn: conn, id: id} }

// ID returns the Peer's name, zero for one that has none.
func (p *Peer) ID() PeerID { return p.id }

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
