package cluster

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
)

// A link is what one node has to say to another, as a stream of bytes in pieces that may get lost. The receiver notices a
// gap by the place of the next piece in the stream, and then both ends forget what rested on the link: the sockets of the one
// that are logged in at partitions of the other. Those are cut and resume; posts are sent again anyhow.
//
//	piece: node (8 bytes), place of its first byte in the stream (8), how many bytes until a message begins (4), bytes
//	message: length, kind, fields
type link struct {
	to uint64

	mu sync.Mutex
	// +checklocks:mu
	buf []byte
	// +checklocks:mu
	place uint64 // of the first byte of buf
	// +checklocks:mu
	starts []uint64 // places where messages begin in buf
	// +checklocks:mu
	used time.Time // when something was said last, pings apart
}

const (
	pieceHead   = 8 + 8 + 4
	noneBegins  = 1<<32 - 1
	maxMessage  = 64 << 20 // of a link; larger ones are damage
	linkBacklog = 64 << 20 // bytes that wait to be published; beyond, all of it is lost
)

// What nodes say to each other.
const (
	sayInput   = iota + 1 // from a socket, to the owner of its partition
	sayFrame              // to a socket
	sayFrames             // one frame to several sockets
	sayClose              // to a socket
	sayDecided            // to a socket
	sayGone               // to a socket
	sayPost               // to a partition
	sayAck                // to a partition: a post has arrived
	sayMissing            // to a partition: a post has not
	sayAnswer             // to an administrator
	sayPing               // nothing: so that a gap at the end shows
	sayBroken             // the other direction has a gap, or nobody knows what rests on the link
	sayOwned              // a partition of which the other tells that it is his, since a newer claim
	sayLook               // an administrator's question about what there is
)

// say adds a message, which build appends to what it is given. It reports whether nothing waited before.
func (l *link) say(now time.Time, build func(dst []byte) []byte) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used = now
	return l.add(build)
}

// +checklocks:l.mu
func (l *link) add(build func(dst []byte) []byte) (first bool) {
	if len(l.buf) > linkBacklog {
		l.place += uint64(len(l.buf))
		l.buf, l.starts = nil, nil
	}
	first = len(l.buf) == 0
	l.starts = append(l.starts, l.place+uint64(len(l.buf)))
	const room = 4
	at := len(l.buf)
	l.buf = build(append(l.buf, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(l.buf[at:], uint32(len(l.buf)-at-room))
	return first
}

// ping says nothing, so that what was lost shows, were it the ping before.
func (l *link) ping() (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.add((&message{kind: sayPing}).append)
}

// isIdle reports whether nothing was said for so long.
func (l *link) isIdle(now time.Time, d time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Sub(l.used) >= d
}

// piece returns the next piece of the stream, nil when nothing waits.
func (l *link) piece(from uint64, most int) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buf) == 0 {
		return nil
	}
	n := min(len(l.buf), max(most-pieceHead, 1))
	begins := uint32(noneBegins)
	done := 0
	for _, at := range l.starts {
		if at >= l.place+uint64(n) {
			break
		}
		if done == 0 {
			begins = uint32(at - l.place)
		}
		done++
	}
	out := make([]byte, 0, pieceHead+n)
	out = binary.LittleEndian.AppendUint64(out, from)
	out = binary.LittleEndian.AppendUint64(out, l.place)
	out = binary.LittleEndian.AppendUint32(out, begins)
	out = append(out, l.buf[:n]...)
	l.place += uint64(n)
	l.starts = l.starts[done:]
	if n == len(l.buf) {
		l.buf, l.starts = l.buf[:0], l.starts[:0]
		if cap(l.buf) > 1<<20 {
			l.buf = nil
		}
		return out
	}
	l.buf = l.buf[n:]
	return out
}

// ear is the receiving end of a link.
type ear struct {
	next uint64    // place of the next byte
	rest []byte    // of a message that is not complete
	deaf bool      // until a message begins
	used time.Time // when something came last

	mu sync.Mutex
	// The sockets that rest on the link: their logins came by it, and nothing was lost since. From others nothing is taken,
	// for something before it may be missing.
	// +checklocks:mu
	sockets map[uint64]struct{}
}

// misses reports whether something before a piece was lost. Of a stream that was not known, the beginning may have been.
func (e *ear) misses(piece []byte) bool {
	return binary.LittleEndian.Uint64(piece[8:]) != e.next
}

// hear takes a piece, and calls each with every message that is complete. What was begun before a gap is lost.
func (e *ear) hear(piece []byte, each func(message []byte)) {
	begins := binary.LittleEndian.Uint32(piece[16:])
	bytes := piece[pieceHead:]
	if e.misses(piece) {
		e.rest, e.deaf = nil, true
		e.next = binary.LittleEndian.Uint64(piece[8:])
	}
	e.next += uint64(len(bytes))
	if e.deaf {
		if begins == noneBegins || int(begins) > len(bytes) {
			return
		}
		bytes, e.deaf = bytes[begins:], false
	}
	if len(e.rest) > 0 {
		bytes = append(e.rest[:len(e.rest):len(e.rest)], bytes...)
	}
	for len(bytes) >= 4 {
		n := binary.LittleEndian.Uint32(bytes)
		if n > maxMessage {
			e.rest, e.next = nil, 0 // which shows as a gap
			return
		}
		if uint32(len(bytes)-4) < n {
			break
		}
		each(bytes[4 : 4+n : 4+n])
		bytes = bytes[4+n:]
	}
	e.rest = append([]byte(nil), bytes...)
}

// rests reports whether an input of a socket may be taken, and follows which may.
func (e *ear) rests(m *message) bool {
	if len(m.data) == 0 {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch core.EntryKind(m.data[0]) {
	case core.EntryLogin, core.EntryLineLogin:
		if e.sockets == nil {
			e.sockets = make(map[uint64]struct{})
		}
		e.sockets[m.socket] = struct{}{}
		return true
	case core.EntryDown:
		delete(e.sockets, m.socket)
		return true // in any case
	}
	_, ok := e.sockets[m.socket]
	return ok
}

// forget has no socket rest on the link.
func (e *ear) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sockets = nil
}

// message is what is said on a link, taken apart.
type message struct {
	kind      byte
	socket    uint64
	sockets   []uint64
	partition int // whose it is
	from      int // the partition that it is from
	claim     uint64
	before    uint64
	number    uint64
	flag      bool
	code      int
	token     uint64
	text      string
	data      []byte
}

func (m *message) append(dst []byte) []byte {
	dst = append(dst, m.kind)
	for _, n := range [...]uint64{
		m.socket, uint64(m.partition), uint64(m.from), m.claim, m.before, m.number, uint64(int64(m.code)), m.token, flagOf(m.flag),
	} {
		dst = appendUint(dst, n)
	}
	dst = appendItem(dst, []byte(m.text))
	dst = appendUint(dst, uint64(len(m.sockets)))
	for _, k := range m.sockets {
		dst = appendUint(dst, k)
	}
	return append(dst, m.data...)
}

func flagOf(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// parse reads a message of which data is a part. It is not ok when it is damaged.
func (m *message) parse(b []byte, partitions int) (ok bool) {
	if len(b) == 0 {
		return false
	}
	in := reader{b: b[1:]}
	*m = message{kind: b[0], sockets: m.sockets[:0]}
	m.socket, m.partition, m.from = in.uint(), int(in.uint()), int(in.uint())
	m.claim, m.before, m.number, m.code, m.token, m.flag = in.uint(), in.uint(), in.uint(), int(int64(in.uint())), in.uint(), in.flag()
	m.text = in.text()
	for range in.count() {
		m.sockets = append(m.sockets, in.uint())
	}
	m.data = in.b
	return !in.bad && 0 <= m.partition && m.partition < partitions && 0 <= m.from && m.from < partitions
}
