// Package wsconn is a websocket after its handshake: a [Stream] that borrows its read buffer only while there is
// something in it, reads messages in place, and writes many frames by one system call, without waiting where the system
// can do that.
//
// gorilla/websocket makes the handshake, on a Stream, and is done with it then. What its connection would cost for as long
// as the websocket lives, buffers and time per frame, is why (see doc/adr/0008).
package wsconn

import "net"

// A Stream is one end of a websocket. Read and Next are for one goroutine, TryWrite and Write for one at a time, the
// others for any.
type Stream struct {
	net.Conn
	server bool // which frames are masked
	limit  int  // bytes of a message
	idle   func()
	direct direct

	// Of the reading goroutine.

	ask   []byte // of a handshake: what is written and goes out when its answer is read
	data  []byte // what was read and not yet taken
	block *block // borrowed, what data lies in; nil when that is empty or not borrowed
	own   []byte // what data lies in where nothing can be borrowed
	atEnd int    // bytes of the end of an HTTP header that Read has just seen
	taken int    // bytes of the frame that Next gave last
	carry []byte // the beginning of a frame whose rest has not come; nil when the frame lies in data

	parts   bool   // a message in fragments is under way:
	partsOp byte   // of this kind,
	whole   []byte // with these until now
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

// Begin ends the handshake. Messages from the peer have up to limit bytes. idle, if not nil, is called by Next when it
// finds nothing to read, before it waits; it may do anything but read. Call it before the goroutine that reads begins.
func (s *Stream) Begin(server bool, limit int, idle func()) {
	s.server, s.limit, s.idle = server, limit, idle
}

// End gives back what was borrowed for reading. Nobody reads any more.
func (s *Stream) End() { s.giveBack() }

// IsDirect reports whether the system is asked without a detour, so that there can be more to TryWrite than nothing.
func (s *Stream) IsDirect() bool { return s.direct.ok() }

// TryWrite writes as much as goes without waiting. It is less than all, without an error, when the peer does not
// read as fast, or when nothing can be written this way: then Write has to do it.
func (s *Stream) TryWrite(p []byte) (n int, err error) {
	if !s.direct.ok() {
		return 0, nil
	}
	return s.direct.tryWrite(s, p)
}

// Read is for the handshake. It ends at the end of an HTTP header even when more is there: whoever reads ahead leaves
// to Next what comes after it.
func (s *Stream) Read(p []byte) (int, error) {
	if len(s.ask) > 0 {
		ask := s.ask
		s.ask = nil
		if _, err := s.Write(ask); err != nil {
			return 0, err
		}
	}
	if len(s.data) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := s.ofHeader(min(len(p), len(s.data)))
	copy(p, s.data[:n])
	s.take(n)
	return n, nil
}

// ofHeader returns how many of the next n bytes belong to the HTTP header that is being read.
func (s *Stream) ofHeader(n int) int {
	const end = "\r\n\r\n"
	for i, c := range s.data[:n] {
		switch c {
		case end[s.atEnd]:
			s.atEnd++
		case end[0]:
			s.atEnd = 1
		default:
			s.atEnd = 0
		}
		if s.atEnd == len(end) {
			s.atEnd = 0
			return i + 1
		}
	}
	return n
}

// ownSize is the buffer of a Stream that cannot borrow one.
const ownSize = 4 << 10

// fill waits for something to read. Nothing waits in data.
func (s *Stream) fill() error {
	if s.direct.ok() {
		return s.direct.fill(s)
	}
	if s.idle != nil {
		s.idle()
	}
	if s.own == nil {
		s.own = make([]byte, ownSize)
	}
	n, err := s.Conn.Read(s.own)
	s.data = s.own[:n]
	if n > 0 {
		return nil
	}
	return err
}

// take takes n bytes out of data. What was borrowed for them goes back when the last are taken.
func (s *Stream) take(n int) {
	if s.data = s.data[n:]; len(s.data) == 0 {
		s.giveBack()
	}
}

func (s *Stream) giveBack() {
	s.data = nil
	if s.block != nil {
		blocks.Put(s.block)
		s.block = nil
	}
}
