package server

import (
	"bytes"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/internal/wsconn"
)

const (
	writeWithin = 10 * time.Second // a batch must be taken in that time, and in more when it is large:
	writeRate   = 64 << 10         // bytes that may take one second more
)

// flush writes what waits, by one system call for as much as fits a buffer, as far as that goes without waiting for the
// peer. The rest is left to a goroutine, and so is everything where writing may always wait: TLS, and pipes in memory.
func (o *outbox) flush() {
	if !o.beginWriting() {
		return
	}
	if !o.stream.IsDirect() {
		o.srv.running.Go(func() { o.write(nil) })
		return
	}
	buf := wsconn.Borrow()
	defer buf.Return()
	for o.gather(&buf) {
		n, err := o.stream.TryWrite(buf.B)
		switch {
		case err != nil:
			o.end()
			return
		case n < len(buf.B):
			rest := bytes.Clone(buf.B[n:])
			o.srv.running.Go(func() { o.write(rest) })
			return
		}
	}
}

// write writes rest and then what waits until nothing does.
func (o *outbox) write(rest []byte) {
	if len(rest) > 0 && !o.put(rest) {
		return
	}
	buf := wsconn.Borrow()
	defer buf.Return()
	for o.gather(&buf) && o.put(buf.B) {
	}
}

// put writes a batch, and waits for the peer to take it.
func (o *outbox) put(batch []byte) bool {
	_ = o.stream.SetWriteDeadline(o.deadline(len(batch))) // fails only when the socket is gone
	if _, err := o.stream.Write(batch); err != nil {
		o.end()
		return false
	}
	return true
}

func (o *outbox) deadline(n int) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.code != 0 {
		return o.by
	}
	return time.Now().Add(writeWithin + time.Duration(n)*time.Second/writeRate)
}

// beginWriting makes the caller the one who writes, if there is something to write and nobody does.
func (o *outbox) beginWriting() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.due = false
	if o.writing || o.held || o.broken || (o.frames.len == 0 && o.pong == nil && o.code == 0) {
		return false
	}
	o.writing = true
	return true
}

// gather takes out what is to be written next. When there is nothing it reports false, and the caller writes no more.
func (o *outbox) gather(buf *wsconn.Buffer) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	buf.B, o.current = buf.B[:0], 0
	if o.pong != nil {
		buf.B, o.pong = wsconn.AppendFrame(buf.B, wsconn.OpPong, o.pong), nil
	}
	o.gatherFrames(buf)
	if o.frames.len == 0 && o.code != 0 && !o.broken {
		buf.B = wsconn.AppendCloseFrame(buf.B, o.code)
		o.broken = true // it is the last
	}
	if len(buf.B) == 0 {
		o.stop()
	}
	return len(buf.B) > 0
}

// gatherFrames takes as many frames as fit a buffer, and one at least.
//
// +checklocks:o.mu
func (o *outbox) gatherFrames(buf *wsconn.Buffer) {
	taken, size, notifies := 0, 0, 0
	for o.frames.len > 0 && (taken == 0 || buf.Fits(len(o.frames.peek()))) {
		frame := o.frames.peek()
		buf.B = wsconn.AppendFrame(buf.B, wsconn.OpText, frame)
		taken++
		size += len(frame)
		if bytes.HasPrefix(frame, notifyPrefix) {
			notifies++
		}
		if o.free > 0 {
			o.free--
		} else {
			o.current += len(frame)
		}
		o.frames.pop()
	}
	o.size -= o.current
	s := &o.srv.stats
	s.framesOut.Add(uint64(taken))
	s.bytesOut.Add(uint64(size))
	s.notifies.Add(uint64(notifies))
}

// notifyPrefix is how a frame begins that brings a message or an event.
var notifyPrefix = []byte(`["` + wire.EventNotify + `"`)

// end is the end of writing because nothing can be written any more.
func (o *outbox) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken = true
	o.stop()
	_ = o.stream.Close() // wakes the reader
}

// stop is called by the writer when it ends.
//
// +checklocks:o.mu
func (o *outbox) stop() {
	o.writing, o.current = false, 0
	if o.broken {
		o.frames.clear()
		o.pong = nil
		o.settle()
	}
}
