package link

import (
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

// byteLists are buffers that nobody has borrowed, and keptBytes bounds what is kept in one.
var byteLists sync.Pool

const keptBytes = 64 << 10

// send appends a frame to what the next flush writes. The caller is inside.
func (c *conn) send(key [4]byte, frame []byte) {
	if c.out == nil {
		c.out = borrow[byte](&byteLists)
	}
	if o := c.link.observer; o != nil {
		o.FrameOut(len(frame))
	}
	*c.out = wsconn.AppendMasked(*c.out, wsconn.OpText, frame, key)
}

// flush writes what was sent. The caller is inside.
func (c *conn) flush() {
	out := c.out
	if out == nil {
		return
	}
	c.out = nil
	c.mu.Lock()
	err := c.write(*out)
	c.mu.Unlock()
	if err != nil {
		c.link.putNow(input{kind: inDown, conn: c, err: err})
	}
	giveBack(&byteLists, out, keptBytes)
}

// write writes as much as goes at once, and leaves the rest to the writer. An error ends the connection.
//
// +checklocks:c.mu
func (c *conn) write(b []byte) error {
	if c.socket == nil {
		return nil
	}
	if !c.writing {
		n, err := c.stream.TryWrite(b)
		if err != nil {
			c.broke()
			return err
		}
		b = b[n:]
	}
	if len(b) == 0 {
		return nil
	}
	c.rest = append(c.rest, b...)
	if !c.writing {
		c.writing = true
		c.link.running.Go(c.writeRest)
	}
	return nil
}

// writeRest is the writer: it writes what did not go at once, until there is no more of it. At the end of a connection
// it closes it.
func (c *conn) writeRest() {
	for {
		b := c.takeRest()
		if b == nil {
			return
		}
		c.mu.Lock()
		to := c.stream
		c.mu.Unlock()
		err := to.SetWriteDeadline(time.Now().Add(writeTimeout))
		if err == nil {
			_, err = to.Write(b)
		}
		if err != nil {
			c.mu.Lock()
			c.broke()
			c.mu.Unlock()
			c.down(err)
			return
		}
	}
}

// takeRest returns what there is to write. With nothing the writer ends.
func (c *conn) takeRest() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.rest
	c.rest = nil
	if len(b) > 0 {
		return b
	}
	c.writing = false
	if c.hungUp.Load() && c.socket != nil {
		_ = c.stream.Close() // TLS may say goodbye first, but not longer than limit allows
		c.stopLimit()
	}
	return nil
}

// broke ends a connection that takes no more frames: the reader ends with the socket.
//
// +checklocks:c.mu
func (c *conn) broke() {
	if c.socket != nil {
		_ = c.socket.Close()
	}
	c.socket, c.stream, c.rest, c.writing = nil, nil, nil, false
	c.stopLimit()
}

// +checklocks:c.mu
func (c *conn) stopLimit() {
	if c.limit != nil {
		c.limit.Stop()
	}
}

// pong answers a ping. The caller is the reader.
func (c *conn) pong(data []byte) {
	var k keys
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.write(wsconn.AppendMasked(nil, wsconn.OpPong, data, k.next())) // the reader finds out
}
