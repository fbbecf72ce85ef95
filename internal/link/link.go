// Package link is the client's transport: it owns an [engine.Engine] and gives it sockets, a clock and a queue.
//
// One goroutine, the loop, is the only one inside the Engine. Requests, frames and news of connections come to
// it over one channel; what the Engine asks for leaves in batches: frames to the connections' writers, events
// to the [Sink]. The loop waits neither for the network nor for a handler.
package link

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"github.com/agora-signal-go/signal/internal/engine"
)

// A Sink takes the events for the application. A *dispatch.Queue is one; whoever makes the Link calls
// [Link.Room] when a Sink that was Full is so no more.
type Sink interface {
	// Push hands over events. It does not block.
	Push(events ...engine.Event)
	// Full says that no more should be pushed than what has begun already: nothing is read meanwhile.
	Full() bool
}

// Config is what a Link needs to know once.
type Config struct {
	Engine    engine.Config
	Servers   []string // ws:// and wss:// URLs, raced against each other
	Discovery []string // http:// and https:// URLs that are asked for servers; Servers then only stand in
	TLS       *tls.Config
	Sink      Sink
	Handled   func() uint64 // see engine.Host
	Log       *slog.Logger

	// DialContext opens every connection, discovery's too; nil means a net.Dialer, and the proxy that the
	// environment names.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Link drives one client. Its methods may be called from any goroutine but the loop's: that of Config.Log.
type Link struct {
	cfg     Config
	dialer  *dialer
	inputs  chan input
	wake    chan struct{} // the Sink has room again
	room    gate          // the same for readers
	state   atomic.Int32
	stopped chan struct{} // closed when no more inputs are taken
	done    chan struct{} // closed when all goroutines have ended
	running sync.WaitGroup

	loop loop
}

// inputsHeld bounds the inputs on their way to the loop, and batch those taken between two flushes.
const (
	inputsHeld = 64 // 80 bytes each, in every client
	batch      = 256
)

// New returns a running Link. What is wrong with the configuration is logged, and ends each login at once.
func New(cfg Config) *Link {
	l := &Link{
		cfg:     cfg,
		dialer:  newDialer(&cfg),
		inputs:  make(chan input, inputsHeld),
		wake:    make(chan struct{}, 1),
		stopped: make(chan struct{}),
		done:    make(chan struct{}),
	}
	if l.dialer.invalid != nil {
		cfg.Log.Error("no login is possible", "error", l.dialer.invalid)
	}
	go l.run()
	return l
}

// Login begins to log in. State tells so when it returns.
func (l *Link) Login(p engine.LoginParams) { l.ask(input{kind: inLogin, login: &p}) }

// Logout begins to log out. State tells so when it returns.
func (l *Link) Logout() { l.ask(input{kind: inLogout}) }

// Do hands over a request; Check was called on it.
func (l *Link) Do(req *engine.Request) { l.put(input{kind: inDo, req: req}) }

// Destroy begins the end: see Done. Everything after the first is ignored.
func (l *Link) Destroy() { l.put(input{kind: inDestroy}) }

// Done is closed when, after Destroy, everything has ended: the login, connections, goroutines.
func (l *Link) Done() <-chan struct{} { return l.done }

// State returns the login state.
func (l *Link) State() engine.State { return engine.State(l.state.Load()) }

// Room says that the Sink, which was full, has room. It does not block.
func (l *Link) Room() {
	l.room.open()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// put hands an input to the loop, unless that has ended.
func (l *Link) put(in input) bool {
	select {
	case l.inputs <- in:
		return true
	case <-l.stopped:
		return false
	}
}

// ask is put that waits until the loop has taken the step.
func (l *Link) ask(in input) {
	in.taken = make(chan struct{})
	if l.put(in) {
		select {
		case <-in.taken:
		case <-l.stopped:
		}
	}
}
