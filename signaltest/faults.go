package signaltest

import (
	"time"
)

// A Direction is one way through a [Network], or both.
type Direction uint8

// The directions.
const (
	Up   Direction = 1 << iota // from clients to the server
	Down                       // from the server to clients
	Both = Up | Down
)

// places returns the places of the directions in arrays of two.
func (d Direction) places() []int {
	var places []int
	for i, one := range [...]Direction{Up, Down} {
		if d&one != 0 {
			places = append(places, i)
		}
	}
	return places
}

// An End is an end of a connection.
type End uint8

// The ends.
const (
	Client   End = iota
	Upstream     // the server
)

// A Shape is what one direction of a network does to all that passes. The zero Shape passes everything on at once.
type Shape struct {
	Latency time.Duration // what comes in goes out so much later
	Jitter  time.Duration // and up to so much later still, by chance. What was sent first arrives first, always
	Rate    int           // bytes per second of each connection; 0: no limit
	Piece   int           // bytes that are passed on at one time, at most; 0: whatever came in at one time
}

// Shape sets what the network does to all that comes in from now on, on connections that are there and those to come.
func (n *Network) Shape(d Direction, s Shape) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, i := range d.places() {
		n.shapes[i] = s
	}
}

// Cut ends all connections properly: each end reads EOF (a FIN), what was on its way is lost. It returns how many
// these were.
func (n *Network) Cut() int { return n.hit((*Link).Cut) }

// Reset ends all connections with a reset (RST), as a process that died or a firewall does. It returns how many these
// were.
func (n *Network) Reset() int { return n.hit((*Link).Reset) }

// Tear is [Link.Tear] for all connections. It returns how many these are.
func (n *Network) Tear(d Direction, after int) int {
	return n.hit(func(l *Link) { l.Tear(d, after) })
}

// Freeze is [Link.Freeze] for all connections that are open now. It returns how many these are.
func (n *Network) Freeze(d Direction) int {
	return n.hit(func(l *Link) { l.Freeze(d) })
}

// Thaw is [Link.Thaw] for all connections.
func (n *Network) Thaw() { n.hit((*Link).Thaw) }

// Sever is [Link.Sever] for all connections. It returns how many these were.
func (n *Network) Sever(end End) int {
	return n.hit(func(l *Link) { l.Sever(end) })
}

func (n *Network) hit(fault func(*Link)) int {
	links := n.Links()
	for _, l := range links {
		fault(l)
	}
	return len(links)
}

// Refuse makes the network accept each new connection and reset it at once, until Refuse(false).
func (n *Network) Refuse(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refusing = on
}

// Ignore makes the network accept each new connection and never pass anything on, until Ignore(false): clients that
// were ignored stay so, and have to give up by themselves.
func (n *Network) Ignore(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ignoring = on
}

// Shut closes the port: who connects finds nobody there (ECONNREFUSED). Shut(false) opens it again, and when it
// returns clients can connect. Connections that are up stay up. The error says that the port was taken meanwhile.
func (n *Network) Shut(on bool) error {
	n.door.Lock()
	defer n.door.Unlock()
	n.mu.Lock()
	ln, closed := n.listener, n.closed
	if on {
		n.listener = nil
	}
	n.mu.Unlock()
	switch {
	case closed:
		return nil
	case on && ln != nil:
		return ln.Close()
	case on || ln != nil: // as it is
		return nil
	}
	ln, err := listen(n.ctx, n.Addr)
	if err != nil {
		return err
	}
	n.serve(ln)
	return nil
}
