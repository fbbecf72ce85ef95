//go:build unix

package wsconn

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// direct asks the system without net.Conn in between: for a buffer that is only there while there is something to
// read, and for writing without waiting.
type direct struct {
	raw   syscall.RawConn // nil: it cannot be done
	read  func(fd uintptr) bool
	write func(fd uintptr)

	more bool // the last read filled its buffer
	wait bool // wait for something to read; else come back
	err  error

	out  []byte // of tryWrite
	sent int
	werr error
}

func (d *direct) ok() bool { return d.raw != nil }

func (d *direct) open(s *Stream, sc syscall.Conn) {
	raw, err := sc.SyscallConn()
	if err != nil {
		return // it is closed already, as the first read will say
	}
	d.raw, d.read, d.write = raw, s.tryRead, d.tryOut
}

// fill borrows a buffer and waits until something is in it. A read that did not fill its buffer has left nothing
// behind, so that the next one would have to wait.
func (d *direct) fill(s *Stream) error {
	for d.wait = !d.more; ; d.wait = true {
		if d.wait && s.idle != nil {
			s.idle()
		}
		d.err = nil
		if err := d.raw.Read(d.read); err != nil {
			return err
		}
		if s.block != nil || d.err != nil {
			break
		}
	}
	d.more = len(s.data) == len(block{})
	return d.err
}

// tryRead reads once. It reports false when it is to be called again as soon as there is something to read. It does not
// call idle itself: to close the connection in here would be to wait for oneself.
func (s *Stream) tryRead(fd uintptr) bool {
	b := borrow()
	n, err := ignoringEINTR(syscall.Read, int(fd), b[:])
	if n > 0 {
		s.block, s.data = b, b[:n]
		return true
	}
	blocks.Put(b)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return !s.direct.wait
	case err != nil:
		s.direct.err = s.failed("read", err)
	default:
		s.direct.err = io.EOF
	}
	return true
}

func (d *direct) tryWrite(s *Stream, p []byte) (int, error) {
	d.out, d.sent, d.werr = p, 0, nil
	err := d.raw.Control(d.write)
	d.out = nil
	switch {
	case err != nil:
		return d.sent, err
	case errors.Is(d.werr, syscall.EAGAIN):
		return d.sent, nil
	case d.werr != nil:
		return d.sent, s.failed("write", d.werr)
	}
	return d.sent, nil
}

// tryOut writes until all is written or the system takes no more.
func (d *direct) tryOut(fd uintptr) {
	for d.sent < len(d.out) && d.werr == nil {
		var n int
		n, d.werr = ignoringEINTR(syscall.Write, int(fd), d.out[d.sent:])
		d.sent += max(n, 0)
	}
}

// failed returns the error of a system call as net.Conn has it.
func (s *Stream) failed(op string, err error) error {
	addr := s.RemoteAddr()
	return &net.OpError{Op: op, Net: addr.Network(), Source: s.LocalAddr(), Addr: addr, Err: os.NewSyscallError(op, err)}
}

func ignoringEINTR(call func(int, []byte) (int, error), fd int, p []byte) (int, error) {
	for {
		if n, err := call(fd, p); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
