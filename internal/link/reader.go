package link

import (
	"bytes"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

// A reader reads one connection. All that has arrived is handled in one stay inside the Engine, so that what comes of it
// goes out in one piece.
type reader struct {
	*conn
	inside bool // this goroutine is inside the Engine
	frames int  // handled in this stay
	bytes  int  // of these
}

// read reads to the end of the connection, as long as the application keeps up.
func (c *conn) read(stream *wsconn.Stream) {
	r := &reader{conn: c}
	stream.Begin(false, maxFrame, r.leave)
	err := r.run(stream)
	stream.End()
	r.leave()
	c.down(err)
}

func (r *reader) run(stream *wsconn.Stream) error {
	for r.waitRoom() {
		switch op, data, err := stream.Next(); {
		case err != nil:
			return err
		case op == wsconn.OpText:
			r.handle(data)
		case op == wsconn.OpPing:
			r.pong(data)
		case op == wsconn.OpBinary:
			return errBinary
		}
	}
	return nil
}

// copied bounds the frames of which a copy waits while somebody else is inside. For a larger one its reader waits.
const copied = 4 << 10

// handle has the Engine take a frame.
func (r *reader) handle(data []byte) {
	l := r.link
	if l.observer != nil {
		l.observer.FrameIn(len(data))
	}
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

// leave lets go what the frames have caused: all that has arrived has been read.
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
