package link

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A goroutine that outlives its test fails the run. Those under synctest, being most of them, are checked by
// that, too: a Link that does not end is a deadlock there.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink is a Sink that keeps what it gets.
type sink struct {
	mu     sync.Mutex
	events []engine.Event
	full   bool
	more   chan struct{}
}

func newSink() *sink { return &sink{more: make(chan struct{}, 1)} }

func (s *sink) Push(events ...engine.Event) {
	s.mu.Lock()
	s.events = append(s.events, events...)
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (s *sink) Full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.full
}

func (s *sink) setFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// count returns how many events of the kind came.
func (s *sink) count(kind engine.Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, ev := range s.events {
		if ev.Kind == kind {
			n++
		}
	}
	return n
}

// await waits for the first event of the kind, and returns it.
func (s *sink) await(t *testing.T, kind engine.Kind) engine.Event {
	t.Helper()
	timeout := time.After(2 * time.Minute)
	for {
		s.mu.Lock()
		for _, ev := range s.events {
			if ev.Kind == kind {
				s.mu.Unlock()
				return ev
			}
		}
		s.mu.Unlock()
		select {
		case <-s.more:
		case <-timeout:
			t.Fatalf("no event of kind %d", kind)
		}
	}
}

// start returns a Link on the network with all that it reports.
func start(t *testing.T, n network, cfg Config) (*Link, *sink) {
	t.Helper()
	s := newSink()
	cfg.Engine = engine.Config{NewID: func() string { return "id" }, Random: func() float64 { return 0.5 }}
	cfg.Sink = s
	if cfg.Handled == nil {
		cfg.Handled = func() uint64 { return 1 << 60 }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if n != nil {
		cfg.DialContext = n.dial
	}
	l := New(cfg)
	t.Cleanup(func() { end(l) })
	return l, s
}

// end destroys a Link and waits for it.
func end(l *Link) {
	l.Destroy()
	<-l.Done()
}

func login(l *Link, tries int) {
	l.Login(engine.LoginParams{Method: "login2", AppID: "app", Account: "alice", RetryTime: time.Hour, RetryCount: tries})
}

// network is what there is to dial: by address, what happens at the other end of a connection.
type network map[string]func(net.Conn)

var errRefused = errors.New("connection refused")

func (n network) dial(_ context.Context, _, addr string) (net.Conn, error) {
	serve := n[addr]
	if serve == nil {
		return nil, errRefused
	}
	near, far := net.Pipe()
	go serve(far)
	return near, nil
}

// silent is a server that takes connections and nothing else; it reports when one is closed.
func silent(closed chan<- struct{}) func(net.Conn) {
	return func(c net.Conn) {
		for b := make([]byte, 1024); ; {
			if _, err := c.Read(b); err != nil {
				closed <- struct{}{}
				return
			}
		}
	}
}

// web serves h on one connection.
func web(h http.HandlerFunc) func(net.Conn) {
	return func(c net.Conn) {
		srv := &http.Server{Handler: h}
		_ = srv.Serve(&once{conn: c})
	}
}

// once is a listener with one connection.
type once struct{ conn net.Conn }

func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return &net.TCPAddr{} }

func (o *once) Accept() (net.Conn, error) {
	c := o.conn
	if o.conn = nil; c == nil {
		return nil, net.ErrClosed
	}
	return c, nil
}

// socket is a handler that opens a websocket and does what talk says.
func socket(talk func(*websocket.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		talk(ws)
	}
}

// signaling is a server that lets everyone in and says yes to everything.
func signaling(ws *websocket.Conn) {
	for answerOne(ws) == nil {
	}
}

// welcome lets one in.
func welcome(ws *websocket.Conn) {
	_ = answerOne(ws) // the login
	_ = answerOne(ws) // its first poll
}

func answerOne(ws *websocket.Conn) error {
	_, data, err := ws.ReadMessage()
	if err != nil {
		return err
	}
	f, err := wire.ParseClientFrame(data)
	if err != nil {
		return err
	}
	var answer []byte
	switch f.Event {
	case wire.EventLogin, wire.EventLineLogin:
		answer = wire.AppendLoginRet(nil, "", wire.OK().Str("line", "secret").Str("epoch", "e").Bytes())
	case wire.EventPing:
		answer = wire.AppendPong(nil, f.N)
	case wire.EventCall:
		answer = wire.AppendCallRet(nil, f.ID, wire.OK().Int("ver_clear", 0).Raw("msgs", []byte("[]")).Bytes())
	default:
		return nil
	}
	return ws.WriteMessage(websocket.TextMessage, answer)
}

// within checks how long something took, in the time of the bubble.
func within(t *testing.T, from time.Time, least, most time.Duration) {
	t.Helper()
	took := time.Since(from)
	assert.GreaterOrEqual(t, took, least)
	assert.LessOrEqual(t, took, most)
}
