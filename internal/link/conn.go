package link

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

const (
	maxFrame     = 4 << 20  // bytes of a frame from the server
	bigFrame     = 64 << 10 // bytes of frames that are handled before what they have caused goes out
	writeTimeout = 10 * time.Second
	closeTimeout = time.Second // what is queued on a connection that is hung up goes out by then, or never
)

var errBinary = errors.New("the server sent a binary frame")

// A conn is one connection, from dialing to its end. Whoever is inside the Engine hangs it up exactly once, also after
// it broke; its goroutines end soon after that.
type conn struct {
	link   *Link
	id     int
	hungUp atomic.Bool
	out    *[]byte // frames of the steps since the last flush; of whoever is inside
	asks   bool    // it is to log in with a token that is asked for
	token  string  // the answer; whoever takes inUp reads it

	mu sync.Mutex
	// +checklocks:mu
	cancel context.CancelFunc // stops dialing; nil when that is over
	// +checklocks:mu
	socket net.Conn // what ends everything at once; nil until it is open, and when it broke
	// +checklocks:mu
	stream *wsconn.Stream // the websocket on it, or on TLS in between
	// +checklocks:mu
	rest []byte // for the writer
	// +checklocks:mu
	writing bool // the writer is running
	// +checklocks:mu
	limit *time.Timer // ends a close that takes too long
}

func newConn(l *Link, id int) *conn { return &conn{link: l, id: id} }

// run opens the connection, and reads it when the Engine knows.
func (c *conn) run(appID string) {
	if stream := c.open(appID); stream != nil {
		c.read(stream)
	}
}

// open returns nil when nothing came of it, which was told.
func (c *conn) open(appID string) *wsconn.Stream {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if !c.dialing(cancel) {
		return nil
	}
	if c.asks {
		var err error
		if c.token, err = c.link.askToken(ctx); err != nil {
			c.down(err)
			return nil
		}
	}
	d, err := c.dial(func() (dialed, error) { return c.link.dialer.open(ctx, &c.link.running, appID) })
	if err != nil {
		c.down(err)
		return nil
	}
	if !c.opened(d) {
		_ = d.socket.Close() // hung up meanwhile: nobody misses it
		return nil
	}
	c.link.post(input{kind: inUp, conn: c})
	return d.stream
}

// dialing is false when the connection was hung up already.
func (c *conn) dialing(cancel context.CancelFunc) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = cancel
	return !c.hungUp.Load()
}

// opened is false when the connection was hung up already.
func (c *conn) opened(d dialed) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = nil
	if c.hungUp.Load() {
		return false
	}
	c.socket, c.stream = d.socket, d.stream
	return true
}

// down tells the end of the connection, which is no news when it was hung up.
func (c *conn) down(err error) {
	if !c.hungUp.Load() {
		c.link.post(input{kind: inDown, conn: c, err: err})
	}
}

// hangup sends what is queued and closes the connection, or stops dialing it. It does not wait for that. The caller is
// inside.
func (c *conn) hangup() {
	c.flush()
	if !c.end(c.link.inside.keys.next()) {
		return
	}
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.link.tell() // its reader may wait for room
}

func (c *conn) end(key [4]byte) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hungUp.Swap(true) {
		return false
	}
	if c.cancel != nil {
		c.cancel()
	}
	if c.socket == nil {
		return true
	}
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	if c.write(wsconn.AppendMasked(nil, wsconn.OpClose, goodbye, key)) != nil {
		return true
	}
	if c.writing {
		socket := c.socket
		c.limit = time.AfterFunc(closeTimeout, func() { _ = socket.Close() })
	} else {
		_ = c.stream.Close()
	}
	return true
}
