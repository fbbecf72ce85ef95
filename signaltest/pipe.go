package signaltest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipeBuffer is what one direction of a pipe holds before the writer waits, as a socket's buffers would.
const pipeBuffer = 64 << 10

// pipe returns the two ends of a connection in memory. Unlike those of net.Pipe they buffer, so that nobody
// waits for a reader who is busy. All that waits, waits on a sync.Cond: time in a synctest bubble goes on.
func pipe(client, server net.Addr) (atClient, atServer net.Conn) {
	up, down := newStream(), newStream()
	return &pipeEnd{in: down, out: up, local: client, remote: server},
		&pipeEnd{in: up, out: down, local: server, remote: client}
}

// A pipeEnd is one end of a pipe.
type pipeEnd struct {
	in, out       *stream
	local, remote net.Addr
}

func (e *pipeEnd) Read(p []byte) (int, error)         { return e.in.read(p) }
func (e *pipeEnd) Write(p []byte) (int, error)        { return e.out.write(p) }
func (e *pipeEnd) LocalAddr() net.Addr                { return e.local }
func (e *pipeEnd) RemoteAddr() net.Addr               { return e.remote }
func (e *pipeEnd) SetReadDeadline(t time.Time) error  { return e.in.reading.set(e.in, t) }
func (e *pipeEnd) SetWriteDeadline(t time.Time) error { return e.out.writing.set(e.out, t) }

func (e *pipeEnd) SetDeadline(t time.Time) error {
	if err := e.SetReadDeadline(t); err != nil {
		return err
	}
	return e.SetWriteDeadline(t)
}

// Close ends both directions. The other end reads what was written before, then EOF; it writes in vain.
func (e *pipeEnd) Close() error {
	e.in.closeReader()
	return e.out.closeWriter()
}

// A stream is one direction of a pipe.
type stream struct {
	mu      sync.Mutex
	changed sync.Cond // anything below did
	// +checklocks:mu
	buf     []byte
	reading deadline
	writing deadline
	// +checklocks:mu
	readEnd bool // the reader closed
	// +checklocks:mu
	sentEnd bool // the writer closed
}

func newStream() *stream {
	s := &stream{}
	s.changed.L = &s.mu
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.readEnd:
			return 0, net.ErrClosed
		case s.reading.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			if s.buf = s.buf[n:]; len(s.buf) == 0 {
				s.buf = nil
			}
			s.changed.Broadcast()
			return n, nil
		case s.sentEnd:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.sentEnd:
			return n, net.ErrClosed
		case s.readEnd:
			return n, syscall.EPIPE
		case s.writing.passed:
			return n, os.ErrDeadlineExceeded
		case n == len(p):
			return n, nil
		}
		room := min(pipeBuffer-len(s.buf), len(p)-n)
		if room == 0 {
			s.changed.Wait()
			continue
		}
		s.buf = append(s.buf, p[n:n+room]...)
		n += room
		s.changed.Broadcast()
	}
}

func (s *stream) closeReader() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readEnd, s.buf = true, nil
	s.reading.stop()
	s.changed.Broadcast()
}

func (s *stream) closeWriter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sentEnd {
		return net.ErrClosed
	}
	s.sentEnd = true
	s.writing.stop()
	s.changed.Broadcast()
	return nil
}

// A deadline belongs to a stream and is guarded by its mutex.
type deadline struct {
	timer  *time.Timer
	passed bool
	turn   int // counts the calls of set, so that a timer that fired late does nothing
}

func (d *deadline) set(s *stream, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readEnd && d == &s.reading || s.sentEnd && d == &s.writing {
		return net.ErrClosed
	}
	d.stop()
	d.turn++
	d.passed = !t.IsZero() && !time.Now().Before(t)
	if d.passed {
		s.changed.Broadcast()
	} else if !t.IsZero() {
		turn := d.turn
		d.timer = time.AfterFunc(time.Until(t), func() { d.expire(s, turn) })
	}
	return nil
}

func (d *deadline) expire(s *stream, turn int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.turn == turn {
		d.passed = true
		s.changed.Broadcast()
	}
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
