package link

import (
	"bytes"
	"errors"
	"io"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

// A reader reads one connection. All that has arrived is handled in one stay inside the Engine, so that what comes of it
// goes out in one piece.
type reader struct {
	*conn
	ws     *websocket.Conn
	buf    *[]byte // borrowed; nil while nothing is in it
	inside bool    // this goroutine is inside the Engine
	frames int     // handled in this stay
	bytes  int     // of these
}

// read reads to the end of the connection, as long as the application keeps up.
func (c *conn) read(ws *websocket.Conn, stream *wsconn.Stream) {
	r := &reader{conn: c, ws: ws}
	ws.SetReadLimit(maxFrame)
	ws.SetPingHandler(func(data string) error {
		c.pong(data)
		return nil
	})
	ws.SetCloseHandler(func(int, string) error { return nil }) // hangup answers
	stream.OnIdle(r.idle)
	err := r.run()
	r.leave()
	c.down(err)
}

func (r *reader) run() error {
	for r.waitRoom() {
		kind, from, err := r.ws.NextReader()
		if err != nil {
			return err
		}
		if kind != websocket.TextMessage {
			return errBinary
		}
		r.buf = borrow[byte](&byteLists)
		if err := r.fill(from); err != nil {
			return err
		}
		r.handle(*r.buf)
		giveBack(&byteLists, r.buf, keptBytes)
		r.buf = nil
	}
	return nil
}

// fill reads a frame into the buffer.
func (r *reader) fill(from io.Reader) error {
	b := *r.buf
	for {
		if len(b) == cap(b) {
			b = append(b, make([]byte, max(512, len(b)))...)[:len(b)]
		}
		n, err := from.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil {
			*r.buf = b
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// copied bounds the frames of which a copy waits while somebody else is inside. For a larger one its reader waits.
const copied = 4 << 10

// handle has the Engine take a frame.
func (r *reader) handle(data []byte) {
	l := r.link
	if !r.inside {
		if !l.enter() {
			in := input{kind: inFrame, conn: r.conn, data: data}
			if len(data) > copied {
				l.postAndWait(in)
				return
			}
			in.data = bytes.Clone(data)
			l.post(in)
			return
		}
		r.inside, r.frames, r.bytes = true, 0, 0
		l.begin()
	}
	l.take(input{kind: inFrame, conn: r.conn, data: data})
	r.frames++
	if r.bytes += len(data); r.frames >= turnInputs || r.bytes >= bigFrame {
		r.leave()
	}
}

// idle is called when all that has arrived has been read.
func (r *reader) idle() { r.leave() }

// leave lets go what the frames have caused.
func (r *reader) leave() {
	if r.inside {
		r.inside = false
		r.link.leave(0)
	}
}

// waitRoom waits until the Sink can take more; it is false when the connection was hung up first.
func (r *reader) waitRoom() bool {
	l := r.link
	if l.sink.Full() {
		r.leave()
		l.mu.Lock()
		for l.sink.Full() && !r.hungUp.Load() {
			l.watch()
		}
		l.mu.Unlock()
	}
	return !r.hungUp.Load()
}
