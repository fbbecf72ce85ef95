package signaltest

import (
	"io"
	"net"
	"sync"
	"time"
)

// drainWithin is how long a connection that was cut may take to hang up at both ends.
const drainWithin = 2 * time.Second

// A Link is one connection through a [Network]. All its methods may be called from any goroutine, also when it has
// ended: then they do nothing.
type Link struct {
	net    *Network
	id     int
	client *net.TCPConn
	pumps  [2]*pump // by direction
	double *record  // nil: not duplicated

	over chan struct{} // closed when nothing passes any more: what still comes is thrown away

	mu sync.Mutex
	// +checklocks:mu
	server *net.TCPConn // nil until it is connected
	// +checklocks:mu
	isOver bool
	// +checklocks:mu
	ended bool
	// +checklocks:mu
	severed bool // from the server
	// +checklocks:mu
	silent int // ends that nothing more comes from
}

func newLink(n *Network, id int, c *net.TCPConn, double Duplication) *Link {
	l := &Link{net: n, id: id, client: c, over: make(chan struct{})}
	for i := range l.pumps {
		l.pumps[i] = &pump{link: l, way: i, gate: newGate(), tearAt: -1}
		l.pumps[i].framing.opaque = n.opaque
	}
	if double != NoDuplicates {
		l.double = &record{frames: int(double - DuplicateHandshake)}
	}
	return l
}

// run passes on what comes until both ends have hung up.
func (l *Link) run() {
	server, err := l.net.dial()
	if err != nil {
		l.net.count(func(s *NetworkStats) { s.Unreachable++ })
		l.end(true)
		return
	}
	if !l.connected(server) {
		_ = server.Close()
		l.end(false)
		return
	}
	var both sync.WaitGroup
	up, down := l.pumps[0], l.pumps[1]
	up.from, up.to, down.from, down.to = l.client, server, server, l.client
	for _, p := range l.pumps {
		chunks := make(chan chunk, chunksHeld)
		both.Go(func() { p.read(chunks) })
		both.Go(func() { p.write(chunks) })
	}
	both.Wait()
	l.end(false)
}

func (l *Link) connected(server *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isOver {
		return false
	}
	l.server = server
	if l.severed {
		_ = server.Close()
	}
	return true
}

// ignore lets the client talk.
func (l *Link) ignore() {
	_, _ = io.Copy(io.Discard, l.client) // until it hangs up
	l.end(false)
}

// end closes both ends. It reports whether it was the first.
func (l *Link) end(hard bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.ended = true
	l.stop()
	for _, c := range []*net.TCPConn{l.client, l.server} {
		switch {
		case c == nil:
		case hard:
			reset(c)
		default:
			_ = c.Close()
		}
	}
	l.net.forget(l)
	return true
}

// stop lets nothing pass any more.
//
// +checklocks:l.mu
func (l *Link) stop() {
	if !l.isOver {
		l.isOver = true
		close(l.over)
	}
}

// Reset is [Network.Reset] for this connection.
func (l *Link) Reset() {
	if l.end(true) {
		l.net.count(func(s *NetworkStats) { s.Resets++ })
	}
}

// Cut is [Network.Cut] for this connection.
func (l *Link) Cut() {
	l.hangup(func(s *NetworkStats) { s.Cuts++ })
}

// hangup says goodbye to both ends, and counts that as whatever it is.
func (l *Link) hangup(as func(*NetworkStats)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isOver {
		return
	}
	l.stop()
	l.net.count(as)
	// To close a socket with something unread in it is to reset it: what still comes is read, and thrown away.
	by := time.Now().Add(drainWithin)
	for _, c := range []*net.TCPConn{l.client, l.server} {
		if c != nil {
			_ = c.CloseWrite() // fails only when the connection is gone
			_ = c.SetDeadline(by)
		}
	}
}

// Tear ends the connection inside a frame: after so many more bytes in that direction, and as many as it then takes to
// be past the beginning and before the end of a websocket frame (or of the handshake). The receiver reads a part of
// the frame and then EOF, the sender EOF. With Both whichever comes first. Until so much is sent nothing happens.
func (l *Link) Tear(d Direction, after int) {
	for _, i := range d.places() {
		l.pumps[i].tear(after)
	}
}

// Freeze makes a half-open connection of this one: both ends stay open, and nothing passes any more in that direction,
// not even that an end hangs up. Neither is told. Senders fill their buffers, and then wait.
func (l *Link) Freeze(d Direction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	for _, i := range d.places() {
		l.pumps[i].gate.set(true)
	}
	l.net.count(func(s *NetworkStats) { s.Frozen++ })
}

// Thaw undoes Freeze: what waited passes, in order.
func (l *Link) Thaw() {
	for _, p := range l.pumps {
		p.gate.set(false)
	}
}

// Sever hangs up on one end and does not tell the other, as a router does that forgets a connection: it is frozen from
// then on.
func (l *Link) Sever(end End) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	for _, p := range l.pumps {
		p.gate.set(true)
	}
	switch {
	case end == Client:
		_ = l.client.Close()
	case l.server != nil:
		_ = l.server.Close()
	default:
		l.severed = true
	}
	l.net.count(func(s *NetworkStats) { s.Severs++ })
}

// hungUp notes that nothing more comes from an end. Where nothing passes either the connection is over with the second.
func (l *Link) hungUp() {
	l.mu.Lock()
	l.silent++
	over := l.silent == len(l.pumps) && !l.pumps[0].gate.isOpen() && !l.pumps[1].gate.isOpen()
	l.mu.Unlock()
	if over {
		l.end(false)
	}
}
