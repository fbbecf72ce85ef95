package signaltest

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// A conn is the server's end of a connection, with a gate before it that Stall shuts.
type conn struct {
	net.Conn
	srv     *Server
	reading expiry
	writing expiry
	closed  chan struct{}
	once    sync.Once

	held []byte // read while the gate was shut; of the reading goroutine

	account owner
}

func newConn(srv *Server, c net.Conn) *conn {
	return &conn{
		Conn: c, srv: srv, closed: make(chan struct{}),
		reading: expiry{c: make(chan struct{})}, writing: expiry{c: make(chan struct{})},
	}
}

func (c *conn) Read(p []byte) (int, error) {
	for {
		if err := c.pass(&c.reading); err != nil {
			return 0, err
		}
		if len(c.held) > 0 {
			n := copy(p, c.held)
			c.held = c.held[n:]
			return n, nil
		}
		n, err := c.Conn.Read(p)
		ours := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed)
		if ours || c.srv.gate.isOpen() {
			return n, err
		}
		c.held = append(c.held[:0], p[:n]...) // and whatever error there is, the next Read has it too
	}
}

func (c *conn) Write(p []byte) (int, error) {
	if err := c.pass(&c.writing); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// pass waits for the gate to be open.
func (c *conn) pass(e *expiry) error {
	open := c.srv.gate.opened()
	select {
	case <-open:
		return nil
	default:
	}
	select {
	case <-open:
		return nil
	case <-e.passed():
		return os.ErrDeadlineExceeded
	case <-c.closed:
		return net.ErrClosed
	}
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.reading.set(t)
	return c.Conn.SetReadDeadline(t)
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writing.set(t)
	return c.Conn.SetWriteDeadline(t)
}

func (c *conn) SetDeadline(t time.Time) error {
	c.reading.set(t)
	c.writing.set(t)
	return c.Conn.SetDeadline(t)
}

func (c *conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		close(c.closed)
		c.reading.end()
		c.writing.end()
		c.srv.forget(c)
		err = c.Conn.Close()
	})
	return err
}

// cut ends the connection as a cable that is pulled would: on TCP with a reset.
func (c *conn) cut() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only when it is closed already
	}
	_ = c.Close()
}

// A gate is open or shut.
type gate struct {
	mu sync.Mutex
	// +checklocks:mu
	shut bool
	// +checklocks:mu
	open chan struct{} // closed while the gate is open
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case shut && !g.shut:
		g.open = make(chan struct{})
	case !shut && g.shut:
		close(g.open)
	}
	g.shut = shut
}

// opened returns a channel that is closed when the gate is open.
func (g *gate) opened() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

func (g *gate) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.shut
}

// An expiry is a deadline as a channel.
type expiry struct {
	mu sync.Mutex
	// +checklocks:mu
	timer *time.Timer
	// +checklocks:mu
	turn int // counts the calls of set, so that a timer that fired late does nothing
	// +checklocks:mu
	c chan struct{} // closed when it passed
	// +checklocks:mu
	over bool // the connection is closed: no timer is to keep it in memory
}

func (e *expiry) set(t time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	e.turn++
	select {
	case <-e.c:
		e.c = make(chan struct{})
	default:
	}
	if t.IsZero() || e.over {
		return
	}
	if wait := time.Until(t); wait > 0 {
		turn := e.turn
		e.timer = time.AfterFunc(wait, func() { e.expire(turn) })
	} else {
		close(e.c)
	}
}

func (e *expiry) end() {
	e.set(time.Time{})
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	if e.timer != nil { // set meanwhile
		e.timer.Stop()
	}
}

func (e *expiry) expire(turn int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turn == turn {
		close(e.c)
	}
}

func (e *expiry) passed() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.c
}
