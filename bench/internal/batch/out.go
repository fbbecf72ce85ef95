package batch

import (
	"net"
	"runtime"
	"sync"
)

// An out is the writing half of a connection: what is appended while somebody writes goes out together afterwards.
type out struct {
	nc     net.Conn
	masked bool // as a client's frames are

	mu      sync.Mutex
	buf     []byte
	spare   []byte
	writing bool // somebody has promised to call write or writeNow
	dead    bool
}

const bufSize = 1 << 10

// append appends a frame, whose text fill appends. It reports whether the caller has to see to the writing.
func (o *out) append(fill func(dst []byte) []byte) (mine bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead {
		return false
	}
	if o.buf == nil {
		o.buf = make([]byte, 0, bufSize)
	}
	o.buf = appendFrame(o.buf, o.masked, fill)
	mine = !o.writing
	o.writing = true
	return mine
}

// appendRaw appends a frame that is made already.
func (o *out) appendRaw(frame []byte) (mine bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead {
		return false
	}
	o.buf = append(o.buf, frame...)
	mine = !o.writing
	o.writing = true
	return mine
}

// writeNow writes what waits, as far as the socket takes it at once, and leaves the rest to a goroutine.
func (o *out) writeNow() {
	o.mu.Lock()
	n := tryWrite(o.nc, o.buf)
	if n == len(o.buf) {
		o.buf = o.buf[:0]
		o.writing = false
		o.mu.Unlock()
		return
	}
	o.buf = append(o.buf[:0], o.buf[n:]...)
	o.mu.Unlock()
	go o.write()
}

// write writes all that waits until nothing does.
func (o *out) write() {
	for {
		runtime.Gosched() // whoever has more to say says it now
		o.mu.Lock()
		buf := o.buf
		if len(buf) == 0 || o.dead {
			o.writing = false
			o.mu.Unlock()
			return
		}
		o.buf, o.spare = o.spare[:0], nil
		o.mu.Unlock()
		_, err := o.nc.Write(buf)
		o.mu.Lock()
		o.spare = buf[:0]
		if err != nil {
			o.dead = true // the reader hears of it
		}
		o.mu.Unlock()
	}
}
