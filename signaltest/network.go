package signaltest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Network is a way to a signaling server that can be made a bad one: a TCP proxy on the loopback interface, in front
// of a [Server], of a daemon in a process of its own, or of whatever else speaks websocket. What passes through it is
// what clients and server really send; the faults happen in between.
//
//	srv := signaltest.NewServer(t)
//	way := signaltest.NewNetwork(t, srv.URL)
//	api := signal.New("my app", signal.WithServer(way.URL))
//	...
//	way.Shape(signaltest.Both, signaltest.Shape{Latency: 200 * time.Millisecond, Jitter: 50 * time.Millisecond})
//	way.Tear(signaltest.Down, 100) // 100 more bytes from the server, and the connection ends inside a frame
//
// There are faults of three kinds. Those of a moment hit the connections that are open, all of them or, as methods of
// [Link], one: Cut, Reset, Tear, Sever. Freeze lasts until Thaw. Those that meet new connections last until they are
// taken back: Refuse, Ignore, Shut, Duplicate. Shape is not a fault but the weather, for all connections.
//
// For faults that meet one user alone give the user a network of its own, they are cheap.
//
// What is left to chance (jitter) follows from a seed that is the same in every run, see Seed. All methods may be
// called from any goroutine. A Network uses the system's clock and sockets: it is not for synctest bubbles.
type Network struct {
	URL  string // where clients connect to, as the target's URL but for host and port
	Addr string // the same, "127.0.0.1:port"

	target string // HOST:PORT
	opaque bool   // behind TLS nobody sees frames
	ctx    context.Context
	cancel context.CancelFunc

	running sync.WaitGroup
	door    sync.Mutex // held by whoever opens or closes the listener

	mu sync.Mutex
	// +checklocks:mu
	listener net.Listener // nil while shut
	// +checklocks:mu
	closed bool
	// +checklocks:mu
	links map[*Link]struct{}
	// +checklocks:mu
	born int // links so far
	// +checklocks:mu
	random *rand.Rand
	// +checklocks:mu
	shapes [2]Shape
	// +checklocks:mu
	refusing bool
	// +checklocks:mu
	ignoring bool
	// +checklocks:mu
	double Duplication
	// +checklocks:mu
	stats NetworkStats
}

// NewNetwork returns a network whose connections lead to target, a URL that begins with ws:// or wss://, or HOST:PORT.
// It is closed when the test ends.
func NewNetwork(tb testing.TB, target string) *Network {
	tb.Helper()
	at, err := targetURL(target)
	if err != nil {
		tb.Fatalf("signaltest: %v", err)
	}
	n := &Network{target: at.Host, opaque: at.Scheme == "wss", links: make(map[*Link]struct{})}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.Seed(1)
	ln, err := listenAnywhere(n.ctx)
	if err != nil {
		n.cancel()
		tb.Fatalf("signaltest: %v", err)
	}
	n.Addr = ln.Addr().String()
	at.Host = n.Addr
	n.URL = at.String()
	n.serve(ln)
	tb.Cleanup(n.Close)
	return n
}

// targetURL reads a target.
func targetURL(target string) (*url.URL, error) {
	if _, _, err := net.SplitHostPort(target); err == nil && !strings.Contains(target, "://") {
		return &url.URL{Scheme: "ws", Host: target, Path: "/"}, nil
	}
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("target of a network: %w", err)
	}
	ports := map[string]string{"ws": "80", "wss": "443"}
	if ports[u.Scheme] == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("target of a network: want ws://, wss:// or HOST:PORT, got %q", target)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), ports[u.Scheme])
	}
	return u, nil
}

// listenAnywhere takes a port below those that systems give to connections and to whoever asks for any port: a Network
// that is shut for a while finds it free when it comes back.
func listenAnywhere(ctx context.Context) (net.Listener, error) {
	const first, ports, tries = 10_000, 22_000, 100
	var failed error
	for range tries {
		ln, err := listen(ctx, fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(ports)))
		if err == nil {
			return ln, nil
		}
		failed = err
	}
	return nil, failed
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", addr)
}

// serve begins to accept.
func (n *Network) serve(ln net.Listener) {
	n.mu.Lock()
	n.listener = ln
	n.mu.Unlock()
	n.running.Go(func() {
		for {
			c, err := ln.Accept()
			switch {
			case errors.Is(err, net.ErrClosed):
				return
			case err != nil: // of the one who knocked, or too many open files
				if !sleep(10*time.Millisecond, n.ctx.Done()) {
					return
				}
			default:
				n.accept(c.(*net.TCPConn)) //nolint:errcheck,forcetypeassert // it is one: the listener is TCP
			}
		}
	})
}

// accept does with a new connection what is due to it.
func (n *Network) accept(c *net.TCPConn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.closed:
		_ = c.Close()
	case n.refusing:
		n.stats.Refused++
		reset(c)
	default:
		n.stats.Connections++
		if n.ignoring {
			n.stats.Ignored++
		}
		n.born++
		l := newLink(n, n.born, c, n.double)
		n.links[l] = struct{}{}
		if n.ignoring {
			n.running.Go(l.ignore)
		} else {
			n.running.Go(l.run)
		}
	}
}

// dial connects to the target.
func (n *Network) dial() (*net.TCPConn, error) {
	ctx, cancel := context.WithTimeout(n.ctx, 10*time.Second)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", n.target)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil //nolint:errcheck,forcetypeassert // it is one: the network is TCP
}

// Links returns the connections that are open, the oldest first.
func (n *Network) Links() []*Link {
	n.mu.Lock()
	defer n.mu.Unlock()
	open := make([]*Link, 0, len(n.links))
	for l := range n.links {
		open = append(open, l)
	}
	slices.SortFunc(open, func(a, b *Link) int { return a.id - b.id })
	return open
}

func (n *Network) forget(l *Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.links, l)
}

// Seed makes chance begin anew. The same seed brings the same jitter, in the order in which it is asked for.
func (n *Network) Seed(seed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.random = rand.New(rand.NewPCG(seed, 0))
}

// Close resets all connections, and waits until nothing of the network is left. The end of the test calls it; again is
// fine.
func (n *Network) Close() {
	n.door.Lock()
	defer n.door.Unlock()
	n.mu.Lock()
	n.closed = true
	ln := n.listener
	n.listener = nil
	n.mu.Unlock()
	n.cancel()
	if ln != nil {
		_ = ln.Close() // nothing to be done about its error
	}
	for _, l := range n.Links() {
		l.end(true)
	}
	n.running.Wait()
}

// reset ends a connection with RST: the other end finds out at once, and what it has not read is gone.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0) // fails only when it is closed already
	_ = c.Close()
}

// sleep reports whether the time passed before one of stop was closed.
func sleep(d time.Duration, stop <-chan struct{}) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-stop:
		return false
	}
}
