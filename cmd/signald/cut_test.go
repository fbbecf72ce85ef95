//go:build load && unix

package main

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A passage is a TCP proxy to one address, that can be cut or stalled. It ends with the test.
type passage struct {
	addr string // HOST:PORT, of its own
	to   string

	mu    sync.Mutex
	flows chan struct{} // closed while bytes pass
	down  bool
	open  map[net.Conn]struct{}
}

// newPassage returns one that lets everything pass.
func newPassage(t *testing.T, to string) *passage {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &passage{addr: l.Addr().String(), to: to, flows: make(chan struct{}), open: make(map[net.Conn]struct{})}
	close(p.flows)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.pass(in) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
		p.heal()
		running.Wait()
	})
	return p
}

// pass passes on what comes on a connection, both ways, until it ends.
func (p *passage) pass(in net.Conn) {
	out, err := net.Dial("tcp", p.to)
	if err != nil {
		_ = in.Close()
		return
	}
	if !p.keep(in, out) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.copy(out, in) })
	both.Go(func() { p.copy(in, out) })
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, in)
	delete(p.open, out)
}

// keep notes what is open. While the passage is cut nothing is.
func (p *passage) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.down {
			_ = c.Close()
		} else {
			p.open[c] = struct{}{}
		}
	}
	return !p.down
}

func (p *passage) copy(to, from net.Conn) {
	defer func() {
		_ = to.Close()
		_ = from.Close()
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		flows := p.flows
		p.mu.Unlock()
		<-flows
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return // io.EOF, as a rule
		}
	}
}

// cut ends all connections and lets none begin.
func (p *passage) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for c := range p.open {
		_ = c.Close()
	}
	clear(p.open)
}

// stall keeps what comes for later. Nobody is told.
func (p *passage) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flows = make(chan struct{})
}

// heal undoes cut and stall.
func (p *passage) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
	select {
	case <-p.flows:
	default:
		close(p.flows)
	}
}
