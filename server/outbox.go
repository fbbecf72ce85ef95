package server

import (
	"bytes"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/wire"
)

const (
	writeWithin = 10 * time.Second       // a frame must be taken in that time, and in more when it is large: see next
	writeRate   = 64 << 10               // bytes that may take one second more
	closeWithin = time.Second            // for all that a closing socket has still to say, and for the peer's answer
	slowWithin  = 100 * time.Millisecond // the same for a socket that is closed for being slow
)

// An outbox is the writing half of a socket: a bounded queue, and a goroutine while there is something to write.
// It is what a core sees of a socket.
type outbox struct {
	ws     *websocket.Conn
	limits *socketLimits
	stats  *counters
	run    func(func()) // starts a goroutine that the server waits for

	mu sync.Mutex
	// +checklocks:mu
	frames [][]byte // that wait, oldest first
	// +checklocks:mu
	free int // how many of these do not count, see hold
	// +checklocks:mu
	size int // bytes of those that count
	// +checklocks:mu
	current int // bytes of the one that is being written, if it counts
	// +checklocks:mu
	held bool
	// +checklocks:mu
	pong []byte // the answer to the newest websocket ping; nil: none is due
	// +checklocks:mu
	writing bool // there is a goroutine
	// +checklocks:mu
	code int // to close with; 0 while open
	// +checklocks:mu
	by time.Time // when to give up closing
	// +checklocks:mu
	settled chan struct{} // from the closing on: closed when nothing more will be written
	// +checklocks:mu
	broken bool // nothing can be written any more

	// +checklocks:mu
	patience patience
}

// Send queues a frame. It implements core.Conn.
func (o *outbox) Send(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.code != 0 || o.broken:
	case o.held:
		o.count(frame)
		o.frames = append(o.frames, frame)
		o.free++
	case !o.fits(len(frame)):
		o.overflow()
	default:
		o.count(frame)
		o.frames = append(o.frames, frame)
		o.size += len(frame)
		o.wake()
	}
}

// count counts a frame that is queued.
func (o *outbox) count(frame []byte) {
	o.stats.framesOut.Add(1)
	o.stats.bytesOut.Add(uint64(len(frame)))
	if bytes.HasPrefix(frame, notifyPrefix) {
		o.stats.notifies.Add(1)
	}
}

// notifyPrefix is how a frame begins that brings a message or an event.
var notifyPrefix = []byte(`["` + wire.EventNotify + `"`)

// fits says whether one more frame is within the bounds. Any frame is when nothing else waits.
//
// +checklocks:o.mu
func (o *outbox) fits(n int) bool {
	waiting := len(o.frames) - o.free
	if waiting == 0 && o.current == 0 {
		return true
	}
	return waiting < o.limits.frames && o.size+o.current+n <= o.limits.bytes
}

// overflow closes a socket whose peer does not read fast enough. What waits is lost to the socket, not to the
// session.
//
// +checklocks:o.mu
func (o *outbox) overflow() {
	o.stats.slow.Add(1)
	o.frames, o.free, o.size = [][]byte{wire.AppendClose(nil, wire.CloseSlow)}, 0, 0
	o.close(websocket.ClosePolicyViolation, slowWithin)
}

// Close lets what is queued go out and then closes the socket. It implements core.Conn.
func (o *outbox) Close(code int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.close(code, closeWithin)
}

// leave tells the peer why, and closes the socket.
func (o *outbox) leave(reason string, code int) {
	o.Send(wire.AppendClose(nil, reason))
	o.Close(code)
}

// close is called with o.mu held. The first code counts.
//
// +checklocks:o.mu
func (o *outbox) close(code int, within time.Duration) {
	if o.code != 0 || o.broken {
		return
	}
	o.code, o.by, o.held = code, time.Now().Add(within), false
	o.settled = make(chan struct{})
	o.patience.stop()
	_ = o.ws.SetReadDeadline(o.by) // wakes the reader, who has the last word; fails only when the socket is gone
	o.wake()
}

// wake sees to it that what is queued is written. Called with o.mu held.
//
// +checklocks:o.mu
func (o *outbox) wake() {
	if !o.writing && !o.held {
		o.writing = true
		o.run(o.write)
	}
}

// hold keeps back the answer to a login, and what follows on it, until it is decided. What is held does not
// count against the bounds: the core hands out at once all that a client missed, and bounds it itself.
func (o *outbox) hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = true
}

func (o *outbox) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = false
	if len(o.frames) > 0 || o.pong != nil {
		o.wake()
	}
}

// answerPing queues the answer to a websocket ping. Only the newest is answered.
func (o *outbox) answerPing(data string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.code == 0 && !o.broken {
		o.pong = []byte(data)
		o.wake()
	}
	return nil
}

// An item is what is written at one time.
type item struct {
	kind     int // of message, as websocket numbers them
	data     []byte
	deadline time.Time
}

// write writes until nothing waits.
func (o *outbox) write() {
	for {
		it, ok := o.next()
		if !ok {
			return
		}
		_ = o.ws.SetWriteDeadline(it.deadline) // never fails
		if err := o.ws.WriteMessage(it.kind, it.data); err != nil || it.kind == websocket.CloseMessage {
			o.end(err)
			return
		}
	}
}

// next returns what to write next. When there is nothing, the goroutine that asked is the writer no more.
func (o *outbox) next() (it item, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.current = 0
	switch {
	case o.broken:
	case o.pong != nil:
		it, o.pong = item{kind: websocket.PongMessage, data: o.pong}, nil
	case len(o.frames) > 0:
		it = item{kind: websocket.TextMessage, data: o.pop()}
	case o.code != 0:
		it = item{kind: websocket.CloseMessage, data: websocket.FormatCloseMessage(o.code, "")}
	}
	if it.kind == 0 {
		o.stop()
		return item{}, false
	}
	it.deadline = o.by
	if o.code == 0 {
		it.deadline = time.Now().Add(writeWithin + time.Duration(len(it.data))*time.Second/writeRate)
	}
	return it, true
}

// +checklocks:o.mu
func (o *outbox) pop() []byte {
	frame := o.frames[0]
	o.frames[0] = nil
	o.frames = o.frames[1:]
	if o.free > 0 {
		o.free--
	} else {
		o.size -= len(frame)
		o.current = len(frame)
	}
	return frame
}

// end is the end of writing: the close frame has gone out, or what failed was the last try.
func (o *outbox) end(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken = true
	o.stop()
	if err != nil {
		_ = o.ws.Close() // wakes the reader
	}
}

// stop is called by the writer, with o.mu held, when it ends. An idle socket keeps no memory.
//
// +checklocks:o.mu
func (o *outbox) stop() {
	o.writing, o.frames = false, nil
	if o.broken && o.settled != nil {
		close(o.settled)
	}
}

// drop closes the socket without another word.
func (o *outbox) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken, o.frames, o.pong = true, nil, nil
	o.patience.stop()
	_ = o.ws.Close() // again is harmless
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

// isClosing reports whether Close was called.
func (o *outbox) isClosing() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.code != 0
}
