package signaltest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

const (
	readSize   = 16 << 10
	chunksHeld = 64 // on their way in one direction: 1 MiB at most, then the sender waits
)

// A pump passes on one direction of a Link: one goroutine reads and notes when each chunk is due, another writes.
type pump struct {
	link     *Link
	way      int // 0: up, 1: down
	from, to *net.TCPConn
	gate     *gate // shut while frozen

	framing framing // the writer's
	tearAt  int     // bytes that may still pass; -1: all. Guarded by link.mu
}

// A chunk is what was read at one time, or why there is no more.
type chunk struct {
	data []byte
	due  time.Time
	err  error
}

func (p *pump) read(out chan<- chunk) {
	defer close(out)
	buf := make([]byte, readSize)
	var due time.Time
	for {
		n, err := p.from.Read(buf)
		if at := time.Now().Add(p.link.net.delay(p.way)); at.After(due) { // never before what came before
			due = at
		}
		if n > 0 {
			out <- chunk{data: bytes.Clone(buf[:n]), due: due} // write takes everything, whatever happens
		}
		if err != nil {
			p.link.hungUp()
			out <- chunk{err: err, due: due}
			return
		}
	}
}

// delay says how long what comes in now is on its way.
func (n *Network) delay(way int) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := n.shapes[way].Latency
	if jitter := n.shapes[way].Jitter; jitter > 0 {
		d += time.Duration(n.random.Int64N(int64(jitter)))
	}
	return d
}

// pace returns how many of size bytes are passed on at one time, and how long the next ones then wait.
func (n *Network) pace(way, size int) (piece int, wait time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.shapes[way]
	if s.Piece > 0 {
		size = min(size, s.Piece)
	}
	if s.Rate > 0 {
		const steps = 20 // a second
		size = min(size, max(1, s.Rate/steps))
		wait = time.Duration(float64(size) / float64(s.Rate) * float64(time.Second))
	}
	return size, wait
}

// write passes on what was read, until the reader ends.
func (p *pump) write(in <-chan chunk) {
	l := p.link
	for c := range in {
		sleep(time.Until(c.due), l.over)
		for rest := c.data; len(rest) > 0 && p.open(); {
			piece, wait := l.net.pace(p.way, len(rest))
			if !p.send(rest[:piece]) {
				break
			}
			rest = rest[piece:]
			sleep(wait, l.over)
		}
		if c.err != nil && p.open() {
			p.hangup(c.err)
		}
	}
}

// open waits until something may pass. It is false when nothing will any more.
func (p *pump) open() bool {
	select {
	case <-p.link.over:
		return false
	default:
	}
	select {
	case <-p.gate.opened():
		return true
	case <-p.link.over:
		return false
	}
}

// send writes one piece. It is false when that was the last one.
func (p *pump) send(b []byte) bool {
	l := p.link
	n, torn := p.cutoff(b)
	p.passed(n) // before it is there: whoever has it finds it counted
	if written, err := p.to.Write(b[:n]); err != nil {
		p.passed(written - n)
		if l.pumps[1-p.way].gate.isOpen() { // else nobody is to know
			l.end(true)
		}
		return false
	}
	if torn {
		l.hangup(func(s *NetworkStats) { s.Tears++ })
		return false
	}
	if p.way == 0 && l.double != nil && l.double.add(b) {
		l.net.duplicate(l.double.bytes)
		l.double = nil
	}
	return true
}

// passed counts what is passed on.
func (p *pump) passed(n int) {
	p.link.net.count(func(s *NetworkStats) {
		if p.way == 0 {
			s.BytesUp += int64(n)
		} else {
			s.BytesDown += int64(n)
		}
	})
}

// tear sets how much may still pass.
func (p *pump) tear(after int) {
	p.link.mu.Lock()
	defer p.link.mu.Unlock()
	p.tearAt = max(after, 0)
}

// cutoff returns how much of b passes, and whether the connection ends behind that.
func (p *pump) cutoff(b []byte) (n int, torn bool) {
	p.link.mu.Lock()
	defer p.link.mu.Unlock()
	for n < len(b) {
		p.framing.step(b[n])
		n++
		if p.tearAt < 0 {
			continue
		}
		if p.tearAt = max(p.tearAt-1, 0); p.tearAt == 0 && p.framing.inside() {
			return n, true
		}
	}
	return n, false
}

// hangup does to one end what the other did.
func (p *pump) hangup(err error) {
	if errors.Is(err, io.EOF) {
		_ = p.to.CloseWrite() // fails only when it is gone
		return
	}
	p.link.end(true)
}
