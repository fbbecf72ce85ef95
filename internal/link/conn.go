package link

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxFrame     = 4 << 20  // bytes of a frame from the server
	bigFrame     = 64 << 10 // a frame above that waits for its step, so that few of them are held at one time
	writeTimeout = 10 * time.Second
	closeTimeout = time.Second // what is queued on a connection that is hung up goes out by then, or never
)

var errBinary = errors.New("the server sent a binary frame")

// A conn is one connection, from dialing to its end. The loop hangs it up exactly once, also after it broke;
// its goroutines end soon after that.
type conn struct {
	link   *Link
	id     int
	batch  [][]byte        // frames of the steps since the last flush; the loop's
	ctx    context.Context // ends when the connection is hung up
	cancel context.CancelFunc

	mu sync.Mutex
	// +checklocks:mu
	ws *websocket.Conn // nil until it is open, and when it broke
	// +checklocks:mu
	queue [][]byte // for the writer
	// +checklocks:mu
	writing bool // the writer is running, or must not run any more
	// +checklocks:mu
	hungUp bool
	// +checklocks:mu
	limit *time.Timer // ends a close that takes too long
}

func newConn(l *Link, id int) *conn {
	c := &conn{link: l, id: id}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// run opens the connection and reads from it to its end.
func (c *conn) run(appID string) {
	ws, err := c.link.dialer.open(c.ctx, &c.link.running, appID)
	if err == nil {
		if !c.opened(ws) {
			_ = ws.Close() // hung up meanwhile: nobody misses it
			return
		}
		c.tell(input{kind: inUp, conn: c})
		err = c.read(ws)
	}
	c.tell(input{kind: inDown, conn: c, err: err})
}

func (c *conn) opened(ws *websocket.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hungUp {
		return false
	}
	c.ws = ws
	return true
}

// tell hands news to the loop, unless the connection is hung up.
func (c *conn) tell(in input) {
	select {
	case c.link.inputs <- in:
	case <-c.ctx.Done():
		return
	}
	if in.taken != nil {
		select {
		case <-in.taken:
		case <-c.ctx.Done():
		}
	}
}

// read hands frames to the loop, as long as the application keeps up.
func (c *conn) read(ws *websocket.Conn) error {
	ws.SetReadLimit(maxFrame)
	for c.link.waitRoom(c.ctx) {
		kind, data, err := ws.ReadMessage()
		if err != nil {
			return err
		}
		if kind != websocket.TextMessage {
			return errBinary
		}
		in := input{kind: inFrame, conn: c, data: data}
		if len(data) > bigFrame {
			in.taken = make(chan struct{})
		}
		c.tell(in)
	}
	return c.ctx.Err()
}

// hangup sends what is queued and closes the connection, or stops dialing it. It does not wait for that.
func (c *conn) hangup() {
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hungUp {
		return
	}
	c.hungUp = true
	if c.ws != nil {
		socket := rawConn(c.ws)
		c.limit = time.AfterFunc(closeTimeout, func() { _ = socket.Close() })
		c.startWriter()
	}
}

// rawConn returns the connection below websocket and TLS. Its Close ends everything at once, where that of
// a TLS connection may first wait to say goodbye.
func rawConn(ws *websocket.Conn) net.Conn {
	nc := ws.NetConn()
	if t, ok := nc.(*tls.Conn); ok {
		return t.NetConn()
	}
	return nc
}
