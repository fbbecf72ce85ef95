// Package link is the client's transport: it owns an [engine.Engine] and gives it sockets, a clock and a queue.
//
// It has no goroutine that is only there to be inside the Engine. Whoever has something for it, a caller, the goroutine
// that reads a connection, the timer, goes in himself while nobody else is, and does so for all who come meanwhile.
// What he has caused leaves with him in batches: frames to the connections, events to the [Sink]. He waits neither for
// the network nor for a handler.
package link

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

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
	Observer  Observer // nil: nobody watches

	// Token is asked for the token of each login, where LoginParams.AskToken says so. ctx ends when the try does.
	Token func(ctx context.Context) (string, error)

	// DialContext opens every connection, discovery's too; nil means a net.Dialer, and the proxy that the
	// environment names.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Link drives one client. Its methods may be called from any goroutine, but not by Config.Log while that is called by
// the Link.
type Link struct {
	sink     Sink
	reached  func() uint64 // Config.Handled
	log      *slog.Logger
	observer Observer // Config.Observer
	dialer   *dialer
	token    func(ctx context.Context) (string, error) // Config.Token
	state    atomic.Int32
	done     chan struct{}  // closed when all has ended
	running  sync.WaitGroup // goroutines, and the timer while it is set

	inside inside

	mu      sync.Mutex
	changed sync.Cond // inputs were handled, the Sink has room, a connection was hung up, or all is over
	// +checklocks:mu
	watching int // goroutines that wait for that
	// +checklocks:mu
	inputs *[]input // wait for whoever is inside; nil for none
	// +checklocks:mu
	came uint64 // inputs, ever
	// +checklocks:mu
	handled uint64
	// +checklocks:mu
	look bool // there is something to look at without an input: the time, or the Sink
	// +checklocks:mu
	busy bool // somebody is inside; he finds what comes meanwhile
	// +checklocks:mu
	stopped bool // nobody will be inside any more
	// +checklocks:mu
	timer *time.Timer
	// +checklocks:mu
	due time.Time // when the timer fires; zero when it is not set
}

// New returns a Link. What is wrong with the configuration is logged, and ends each login at once.
func New(cfg Config) *Link {
	l := &Link{
		sink: cfg.Sink, reached: cfg.Handled, log: cfg.Log, observer: cfg.Observer, dialer: newDialer(&cfg), token: cfg.Token,
		done: make(chan struct{}),
	}
	l.changed.L = &l.mu
	l.inside.clock = clock{time.Now()}
	l.inside.engine = engine.New(cfg.Engine, host{l})
	if l.dialer.invalid != nil {
		cfg.Log.Error("no login is possible", "error", l.dialer.invalid)
	}
	return l
}

// Login begins to log in. State tells so when it returns.
func (l *Link) Login(p engine.LoginParams) { l.postAndWait(input{kind: inLogin, login: &p}) }

// Logout begins to log out. State tells so when it returns.
func (l *Link) Logout() { l.postAndWait(input{kind: inLogout}) }

// Do hands over a request; Check was called on it.
func (l *Link) Do(req *engine.Request) { l.post(input{kind: inDo, req: req}) }

// Destroy begins the end: see Done. Everything after the first is ignored.
func (l *Link) Destroy() { l.post(input{kind: inDestroy}) }

// Done is closed when, after Destroy, everything has ended: the login, connections, goroutines.
func (l *Link) Done() <-chan struct{} { return l.done }

// State returns the login state.
func (l *Link) State() engine.State { return engine.State(l.state.Load()) }

// Room says that the Sink, which was full, has room. It does not block.
func (l *Link) Room() {
	l.mu.Lock()
	l.tell()
	enter := l.wake()
	l.mu.Unlock()
	if enter {
		l.work(input{})
	}
}
