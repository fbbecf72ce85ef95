package sim

import (
	"errors"
	"time"
)

// network is what lies between clients and the server.
type network struct {
	*world
	conns        []*conn // those that something may still come out of
	refusingTill time.Time
	muteTill     time.Time // connections are accepted, and nothing else
}

var (
	errRefused = errors.New("connection refused")
	errNoReply = errors.New("no answer within 6 s")
	errReset   = errors.New("connection reset by peer")
)

const dialTimeout = 6 * time.Second // as internal/link has it

// dial opens connection id of a client, or fails to.
func (n *network) dial(c *client, id int) {
	took := n.between(0, n.profile.latency)
	n.after(took, func() {
		h := n.service.choose()
		switch {
		case n.now.Before(n.refusingTill) || h == nil:
			n.count(faultPrefix + "refused")
			c.down(id, errRefused)
		case n.now.Before(n.muteTill) || h.mute():
			n.count(faultPrefix + "mute")
			n.after(dialTimeout-took, func() { c.down(id, errNoReply) })
		case c.dialing != id: // hung up meanwhile
		default:
			n.open(c, id, h)
		}
	})
}

// open makes a connection. The dialer may have opened another one beside it, which it closes without a word.
func (n *network) open(c *client, id int, h home) {
	if n.chance(5) {
		n.count(faultPrefix + "connected twice")
		loser := newConn(n.world, h, nil, 0)
		loser.up.send(nil)
	}
	cn := newConn(n.world, h, c, id)
	c.up(cn)
}

// A conn is one connection. Each direction is a lane of its own: what is sent arrives in order, late, or not at all.
type conn struct {
	world  *world
	client *client // nil once it hung up, or was told that the connection is down
	id     int     // as the client's engine has it
	sock   *socket
	up     *lane // to the server
	down   *lane // to the client
}

func newConn(w *world, h home, c *client, id int) *conn {
	cn := &conn{world: w, client: c, id: id}
	cn.sock = newSocket(w, h, cn)
	slowest := w.between(0, w.profile.latency) // of this connection: another may overtake it
	cn.up = &lane{world: w, conn: cn, slowest: slowest, ready: cn.sock.reads, arrive: cn.sock.arrive}
	cn.down = &lane{world: w, conn: cn, slowest: slowest, ready: cn.clientReads, arrive: cn.arrive}
	w.network.conns = append(w.network.conns, cn)
	return cn
}

// clientReads says whether the client takes what arrives. One that hung up takes everything, and looks at nothing.
func (cn *conn) clientReads() bool { return cn.client == nil || cn.client.reads() }

// arrive is called with each frame that comes to the client, and with nil at the end.
func (cn *conn) arrive(frame []byte) {
	c := cn.client
	switch {
	case c == nil:
	case frame == nil:
		cn.client = nil
		cn.up.send(nil)
		c.down(cn.id, errors.New("closed by the server"))
	default:
		c.frame(cn, frame)
	}
}

// hangup is the client's end of it: what it sent still goes its way.
func (cn *conn) hangup() {
	cn.client = nil
	cn.up.send(nil)
	cn.down.pump() // what waited for a reader waits no more
}

// cut ends the connection. What is under way is lost, also the half of a frame. Those who are not told find out.
func (cn *conn) cut(tellClient, tellServer bool) {
	w := cn.world
	for _, l := range []*lane{cn.up, cn.down} {
		l.cut()
	}
	if tellClient {
		w.after(w.between(0, 50*time.Millisecond), func() {
			if c := cn.client; c != nil {
				cn.client = nil
				c.down(cn.id, errReset)
			}
		})
	}
	if tellServer {
		w.after(w.between(0, 50*time.Millisecond), cn.sock.readEnd)
	}
}

// A lane is one direction of a connection.
type lane struct {
	world   *world
	conn    *conn
	slowest time.Duration
	ready   func() bool // the receiver reads
	arrive  func(frame []byte)

	queue   []parcel
	last    time.Time // when the newest parcel arrives
	stalled time.Time // nothing arrives before that
	dead    bool      // nothing passes any more, and nobody is told
	pumping alarm
}

// A parcel is a frame under way; nil is the end of the stream.
type parcel struct {
	frame    []byte
	sent, at time.Time
}

// send sends a frame, nil the end of the stream.
func (l *lane) send(frame []byte) {
	w := l.world
	if l.dead {
		return
	}
	if frame != nil && w.network.spoils(l, frame) {
		return
	}
	at := w.now.Add(w.between(l.slowest/2, l.slowest))
	if at.Before(l.last) {
		at = l.last
	}
	l.last = at
	l.queue = append(l.queue, parcel{frame, w.now, at})
	l.schedule()
}

func (l *lane) schedule() {
	if len(l.queue) == 0 {
		return
	}
	at := l.queue[0].at
	if at.Before(l.stalled) {
		at = l.stalled
	}
	l.pumping.set(&l.world.schedule, at, l.pump)
}

// pump delivers what has arrived, as far as the receiver reads.
func (l *lane) pump() {
	w := l.world
	for len(l.queue) > 0 && l.ready() {
		p := l.queue[0]
		if p.at.After(w.now) || l.stalled.After(w.now) {
			l.schedule()
			return
		}
		l.queue[0] = parcel{}
		l.queue = l.queue[1:]
		l.arrive(p.frame)
	}
}

// cut loses all that is under way.
func (l *lane) cut() {
	for _, p := range l.queue {
		if p.frame != nil && p.sent.Before(l.world.now) {
			l.world.count("frames lost to a cut")
		}
	}
	l.queue, l.dead = nil, true
}
