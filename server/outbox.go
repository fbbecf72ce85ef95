package server

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/internal/wsconn"
)

const (
	closeWithin = time.Second            // for all that a closing socket has still to say, and for the peer's answer
	slowWithin  = 100 * time.Millisecond // the same for a socket that is closed for being slow
)

// An outbox is the writing half of a socket: a bounded queue of frames. Whoever has put something into it flushes it
// (see flush.go): a shard for all that its core sent in one turn, everybody else at once.
type outbox struct {
	stream *wsconn.Stream
	srv    *Server

	mu sync.Mutex
	// +checklocks:mu
	home *shard // whose core sends; nil before the login
	// +checklocks:mu
	frames frameQueue // that wait
	// +checklocks:mu
	free int // how many of these do not count, see hold
	// +checklocks:mu
	size int // bytes of those that count
	// +checklocks:mu
	current int // bytes of those that are being written and count
	// +checklocks:mu
	held bool
	// +checklocks:mu
	due bool // home will flush
	// +checklocks:mu
	writing bool // somebody writes
	// +checklocks:mu
	pong []byte // the answer to the newest websocket ping; nil: none is due
	// +checklocks:mu
	young bool // its client is a web client from 1.4.0 on, which takes every EventClose for the end of its session
	// +checklocks:mu
	code int // to close with; 0 while open
	// +checklocks:mu
	by time.Time // when to give up closing
	// +checklocks:mu
	settled chan struct{} // from the closing on: closed when nothing more will be written
	// +checklocks:mu
	broken bool // nothing can be written any more

	closing  atomic.Bool // code is set
	patience patience
}

// A peerConn is an outbox as the core knows it in which its peer is logged in. What is sent goes out when the core has
// had its turn, together with what else there is by then.
type peerConn outbox

// Send implements core.Conn.
func (p *peerConn) Send(frame []byte) {
	o := (*outbox)(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.young && string(frame) == kicked {
		o.queue(wire.AppendKick(nil))
	}
	o.queue(frame)
	o.touch()
}

// Close implements core.Conn.
func (p *peerConn) Close(code int) {
	o := (*outbox)(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.close(code, closeWithin)
	o.touch()
}

// touch leaves an outbox to the shard that is having its turn.
//
// +checklocks:o.mu
func (o *outbox) touch() {
	if !o.due && !o.held {
		o.due = true
		o.home.touched = append(o.home.touched, o)
	}
}

// send sends a frame at once, from outside the core.
func (o *outbox) send(frame []byte) {
	o.mu.Lock()
	o.queue(frame)
	o.mu.Unlock()
	o.flush()
}

// kicked is the frame that ends a session whose account has logged in elsewhere.
const kicked = `["close","` + wire.CloseKick + `"]`

// isYoung notes that the peer is a web client from 1.4.0 on: it is spared the word that its socket, and not its session, is
// over, and gets another one for a kick.
func (o *outbox) isYoung() {
	o.mu.Lock()
	o.young = true
	o.mu.Unlock()
}

// closeWith lets what is queued go out and then closes the socket, from outside the core.
func (o *outbox) closeWith(code int) {
	o.mu.Lock()
	o.close(code, closeWithin)
	o.mu.Unlock()
	o.flush()
}

// leave tells the peer why, and closes the socket.
func (o *outbox) leave(reason string, code int) {
	o.mu.Lock()
	if !o.young || reason != wire.CloseRestart {
		o.queue(wire.AppendClose(nil, reason))
	}
	o.close(code, closeWithin)
	o.mu.Unlock()
	o.flush()
}

// queue queues a frame. One that finds no room closes the socket.
//
// +checklocks:o.mu
func (o *outbox) queue(frame []byte) {
	switch {
	case o.code != 0 || o.broken:
	case o.held:
		o.frames.push(frame)
		o.free++
	case !o.fits(len(frame)):
		o.overflow()
	default:
		o.frames.push(frame)
		o.size += len(frame)
	}
}

// fits says whether one more frame is within the bounds. Any frame is when nothing else waits.
//
// +checklocks:o.mu
func (o *outbox) fits(n int) bool {
	waiting := o.frames.len - o.free
	if waiting == 0 && o.current == 0 {
		return true
	}
	return waiting < o.srv.bounds.frames && o.size+o.current+n <= o.srv.bounds.bytes
}

// overflow closes a socket whose peer does not read fast enough. What waits is lost to the socket, not to the
// session.
//
// +checklocks:o.mu
func (o *outbox) overflow() {
	o.srv.stats.slow.Add(1)
	o.frames.clear()
	if !o.young {
		o.frames.push(wire.AppendClose(nil, wire.CloseSlow))
	}
	o.free, o.size = 0, 0
	o.close(websocket.ClosePolicyViolation, slowWithin)
}

// close begins to close the socket. The first code counts.
//
// +checklocks:o.mu
func (o *outbox) close(code int, within time.Duration) {
	if o.code != 0 || o.broken {
		return
	}
	o.code, o.by, o.held = code, time.Now().Add(within), false
	o.closing.Store(true)
	o.settled = make(chan struct{})
	_ = o.stream.SetReadDeadline(o.by) // wakes the reader, who has the last word; fails only when the socket is gone
}

// hold keeps back the answer to a login at home, and what follows on it, until it is decided. What is held does not
// count against the bounds: the core hands out at once all that a client missed, and bounds it itself.
func (o *outbox) hold(home *shard) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.home, o.held = home, true
}

func (o *outbox) release() {
	o.mu.Lock()
	o.held = false
	o.mu.Unlock()
	o.flush()
}

// answerPing queues the answer to a websocket ping. Only the newest is answered.
func (o *outbox) answerPing(data []byte) {
	o.mu.Lock()
	if o.code == 0 && !o.broken {
		o.pong = append([]byte{}, data...)
	}
	o.mu.Unlock()
	o.flush()
}

// drop closes the socket without another word.
func (o *outbox) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken, o.pong = true, nil
	o.frames.clear()
	_ = o.stream.Close() // again is harmless
	if !o.writing {
		o.settle()
	}
}

// settle says that nothing more will be written.
//
// +checklocks:o.mu
func (o *outbox) settle() {
	if o.settled != nil {
		close(o.settled)
		o.settled = nil
	}
}

// await waits until all has been written that will be.
func (o *outbox) await() {
	o.mu.Lock()
	settled, by := o.settled, o.by
	o.mu.Unlock()
	if settled == nil {
		return
	}
	t := time.NewTimer(time.Until(by))
	defer t.Stop()
	select {
	case <-settled:
	case <-t.C:
	}
}
