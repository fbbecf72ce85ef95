// Package wsconn is what lies below a websocket that costs nothing while it is idle: a [Stream] that borrows its
// read buffer only while there is something in it and writes without waiting where the system can do that, and the
// frames that go past gorilla/websocket, many in one system call.
//
// gorilla/websocket makes the handshake and reads. It writes nothing after that: see [Stream.Detach].
package wsconn

import "net"

// A Stream is the connection that a websocket is given. Read is for one goroutine, TryWrite and Write for one at a
// time, the others for any.
type Stream struct {
	net.Conn
	idle     func()
	detached bool
	direct   direct

	// of the reading goroutine
	buf      *block // borrowed; nil while nothing waits in it
	from, to int
}

// New returns a Stream on a connection. Nobody else reads from that any more.
func New(nc net.Conn) *Stream {
	s := &Stream{Conn: nc}
	switch c := nc.(type) { // and nothing that wraps one: it may want to see what passes
	case *net.TCPConn:
		s.direct.open(s, c)
	case *net.UnixConn:
		s.direct.open(s, c)
	}
	return s
}

// OnIdle sets what Read calls when it finds nothing to read, before it waits. It may do anything but read.
// Call it from the reading goroutine, or before there is one.
func (s *Stream) OnIdle(f func()) { s.idle = f }

// Detach ends what gorilla writes of its own accord, answers to pings and to violations: it would get in between the
// parts of our frames. Call it after the handshake, from the goroutine that will read.
func (s *Stream) Detach() { s.detached = true }

// Write is for the handshake, and for gorilla. [Stream.Conn] writes what is ours.
func (s *Stream) Write(p []byte) (int, error) {
	if s.detached {
		return len(p), nil
	}
	return s.Conn.Write(p)
}

// IsDirect reports whether the system is asked without a detour, so that there can be more to TryWrite than nothing.
func (s *Stream) IsDirect() bool { return s.direct.ok() }

// TryWrite writes as much as goes without waiting. It is less than all, without an error, when the peer does not
// read as fast, or when nothing can be written this way: then [net.Conn].Write has to do it.
func (s *Stream) TryWrite(p []byte) (n int, err error) {
	if !s.direct.ok() {
		return 0, nil
	}
	return s.direct.tryWrite(s, p)
}

// Read reads what is there, or waits for more. While it waits the Stream holds no buffer.
func (s *Stream) Read(p []byte) (int, error) {
	if s.buf == nil {
		if !s.direct.ok() {
			if s.idle != nil {
				s.idle()
			}
			return s.Conn.Read(p)
		}
		if err := s.direct.fill(s); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.buf[s.from:s.to])
	if s.from += n; s.from == s.to {
		s.putBack()
	}
	return n, nil
}

// putBack ends the loan.
func (s *Stream) putBack() {
	blocks.Put(s.buf)
	s.buf, s.from, s.to = nil, 0, 0
}
