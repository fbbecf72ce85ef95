package link

import (
	"time"

	"github.com/gorilla/websocket"
)

// flush hands the frames of a batch to the writer. Called by the loop.
func (c *conn) flush() {
	if len(c.batch) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ws != nil {
		c.queue = append(c.queue, c.batch...)
		c.startWriter()
	}
	clear(c.batch)
	c.batch = c.batch[:0]
}

// startWriter starts the writer unless it is running. Called by the loop, with c.mu held.
//
// +checklocks:c.mu
func (c *conn) startWriter() {
	if !c.writing {
		c.writing = true
		c.link.running.Go(c.write)
	}
}

// write sends what is queued until nothing is. At the end of a connection it closes it.
func (c *conn) write() {
	for {
		ws, frames, last := c.takeQueue()
		for _, frame := range frames {
			err := ws.SetWriteDeadline(time.Now().Add(writeTimeout))
			if err == nil {
				err = ws.WriteMessage(websocket.TextMessage, frame)
			}
			if err != nil {
				c.broke(ws, err)
				return
			}
		}
		switch {
		case last:
			c.close(ws)
			return
		case frames == nil:
			return
		}
	}
}

// broke ends a connection that takes no more frames: the reader ends with the socket.
func (c *conn) broke(ws *websocket.Conn, err error) {
	_ = rawConn(ws).Close()
	c.mu.Lock()
	c.ws, c.queue = nil, nil // writing stays true: no writer comes after this one
	c.stopLimit()
	c.mu.Unlock()
	c.tell(input{kind: inDown, conn: c, err: err})
}

// takeQueue returns what there is to write. With nothing the writer ends; with last it closes the connection.
func (c *conn) takeQueue() (ws *websocket.Conn, frames [][]byte, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	frames, c.queue = c.queue, nil
	c.writing = len(frames) > 0 || c.hungUp
	return c.ws, frames, c.hungUp
}

// close says goodbye, if that is possible, and closes the socket.
func (c *conn) close(ws *websocket.Conn) {
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = ws.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(closeTimeout))
	_ = ws.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopLimit()
}

// +checklocks:c.mu
func (c *conn) stopLimit() {
	if c.limit != nil {
		c.limit.Stop()
	}
}
