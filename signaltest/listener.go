package signaltest

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// A listener hands the server wrapped connections, or drops what comes while it refuses.
type listener struct {
	net.Listener
	owner *Server
}

func (l listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		wrapped := newConn(l.owner, c)
		if l.owner.admit(wrapped) {
			return wrapped, nil
		}
		wrapped.cut()
	}
}

// A pipeListener is a listener without a network.
type pipeListener struct {
	backlog chan net.Conn
	closed  chan struct{}
	once    sync.Once
	dialed  atomic.Int32
}

func newPipeListener() *pipeListener {
	return &pipeListener{backlog: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.backlog:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return loopback(80) }

// dial connects to the listener.
func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	const firstPort, ports = 49152, 16384
	client := loopback(firstPort + int(l.dialed.Add(1)-1)%ports)
	near, far := pipe(client, l.Addr())
	select {
	case l.backlog <- far:
		return near, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: l.Addr(), Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func loopback(port int) net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }
