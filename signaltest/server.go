// Package signaltest runs a signaling server inside a test, with faults at the press of a button. It is to
// signaling what net/http/httptest is to HTTP.
//
//	func TestGreeting(t *testing.T) {
//		srv := signaltest.NewServer(t)
//		alice, err := signal.Dial(t.Context(), "my app", "alice", signal.WithServer(srv.URL))
//		require.NoError(t, err)
//		defer alice.Close(context.Background())
//		// …
//		srv.Cut("alice")   // pull her cable; her session resumes on a new connection
//		srv.Stall(true)    // sockets stay open and mute
//		srv.Restart(false) // the server is back at once, and has forgotten everything
//		// …
//	}
//
// # Two kinds of server
//
// [NewServer] listens on a free port of the loopback interface. [NewPipeServer] has no network at all, for
// tests that run in virtual time (testing/synctest), where ten minutes of ringing take no time:
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := signaltest.NewPipeServer(t)
//		alice, err := signal.Dial(t.Context(), "my app", "alice",
//			signal.WithServer(srv.URL), signal.WithDialContext(srv.Dial))
//		// …
//	})
//
// Both take the options of package server: apps with certificates, tighter limits, a logger. What a test
// finds is what the real server does, for it is the real server; only the connections below it are
// wrapped, and the faults happen there.
//
// # Bad networks
//
// [NewNetwork] stands in front of any server, over real sockets, a daemon elsewhere too: latency and bandwidth, connections that
// are cut, reset, torn inside a frame or half open.
//
// # For those who work on it
//
// To add a fault: a connection of the server is a conn, Server.conns are the open ones. A fault that is a
// moment (as Cut) picks some and acts on them; a fault that lasts (as Stall) is a state of Server that
// conn.Read, conn.Write or listener.Accept ask about.
package signaltest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/agora-signal-go/signal/internal/watch"
	"github.com/agora-signal-go/signal/server"
)

// A Server is a signaling server for one test. Its methods may be called from any goroutine.
type Server struct {
	URL     string // where clients connect to, "ws://127.0.0.1:port/"
	HTTPURL string // the same for /getaddr and /healthz, "http://127.0.0.1:port"

	opts []server.Option
	dial func(ctx context.Context) (net.Conn, error)
	http *http.Server
	done chan struct{} // closed when http has ended
	once sync.Once     // of Close
	gate *gate         // shut by Stall

	restart sync.Mutex // held by Restart and Close

	mu sync.Mutex
	// +checklocks:mu
	sig *server.Server
	// +checklocks:mu
	conns map[*conn]struct{}
	// +checklocks:mu
	refusing bool // by Refuse
	// +checklocks:mu
	down bool // between the two lives of Restart, and after Close
}

// NewServer starts a server on the loopback interface. It is closed when the test ends.
func NewServer(tb testing.TB, opts ...server.Option) *Server {
	tb.Helper()
	ln, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("signaltest: %v", err)
	}
	addr := ln.Addr().String()
	s := &Server{URL: "ws://" + addr + "/", HTTPURL: "http://" + addr}
	s.dial = func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}
	s.start(tb, ln, opts)
	return s
}

// NewPipeServer starts a server that is reached through [Server.Dial] alone, over connections in memory.
// Made inside a synctest bubble it lives in that bubble's time. It is closed when the test ends.
func NewPipeServer(tb testing.TB, opts ...server.Option) *Server {
	tb.Helper()
	const host = "signaltest.invalid"
	ln := newPipeListener()
	s := &Server{URL: "ws://" + host + "/", HTTPURL: "http://" + host, dial: ln.dial}
	s.start(tb, ln, opts)
	return s
}

func (s *Server) start(tb testing.TB, ln net.Listener, opts []server.Option) {
	tb.Helper()
	s.opts = opts
	s.gate = newGate()
	s.mu.Lock()
	s.sig = server.New(opts...)
	s.conns = make(map[*conn]struct{})
	s.mu.Unlock()
	s.done = make(chan struct{})
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: time.Minute,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if c, ok := c.(*conn); ok { // it always is
				ctx = watch.With(ctx, c.account.set)
			}
			return ctx
		},
	}
	s.http.SetKeepAlivesEnabled(false) // a test that asks /getaddr is left without an idle connection
	go func() {
		defer close(s.done)
		if err := s.http.Serve(listener{ln, s}); !errors.Is(err, http.ErrServerClosed) {
			panic("signaltest: " + err.Error())
		}
	}()
	tb.Cleanup(s.Close)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	sig := s.sig
	s.mu.Unlock()
	sig.ServeHTTP(w, r)
}

// Dial connects to the server, whatever network and addr say. It fits signal.WithDialContext,
// websocket.Dialer.NetDialContext and http.Transport.DialContext.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) { return s.dial(ctx) }

// Cut drops the connections on which account logged in or resumed, whatever the app, without a word: no
// close frame, on TCP a reset. Sessions live on. When Cut returns the connections are gone; the server
// notices by itself, as it would on a real network.
func (s *Server) Cut(account string) {
	s.cut(func(c *conn) bool { return account != "" && c.account.get() == account })
}

// CutAll drops all connections as Cut does, also those on which nobody has logged in.
func (s *Server) CutAll() { s.cut(func(*conn) bool { return true }) }

func (s *Server) cut(which func(*conn) bool) {
	s.mu.Lock()
	var chosen []*conn
	for c := range s.conns {
		if which(c) {
			chosen = append(chosen, c)
		}
	}
	s.mu.Unlock()
	for _, c := range chosen {
		c.cut()
	}
}

// Stats returns the figures of the server, for tests that check what is left in it.
func (s *Server) Stats() server.Stats {
	s.mu.Lock()
	sig := s.sig
	s.mu.Unlock()
	return sig.Stats()
}

// Refuse makes the server drop every new connection as soon as it is accepted, before it says anything, until
// Refuse(false). Connections that are up stay up.
func (s *Server) Refuse(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = on
}

// Stall makes the server deaf and mute until Stall(false), while all its connections stay open: what clients
// send waits and is handled afterwards, what the server has to say waits too. New connections are accepted,
// and get no answer. The server's own clock goes on: it takes a socket that it hears nothing of for dead as
// it always does.
func (s *Server) Stall(on bool) { s.gate.set(on) }

// Restart is a crash of the server and its return at the same address: all connections are cut, then it
// answers again. With keep its memory survives: sessions, messages, channels and calls are as they were.
// Without, it begins anew: no session can be resumed, every account is offline and every channel gone.
// Stall and Refuse stay as they are.
func (s *Server) Restart(keep bool) {
	s.restart.Lock()
	defer s.restart.Unlock()
	if keep {
		s.CutAll()
		return
	}
	if !s.setDown(true) {
		return // closed
	}
	s.halt()
	s.mu.Lock()
	s.sig = server.New(s.opts...)
	s.mu.Unlock()
	s.setDown(false)
}

// Close ends the server and waits until it is gone. The end of the test calls it; again is fine.
func (s *Server) Close() {
	s.once.Do(func() {
		s.restart.Lock()
		defer s.restart.Unlock()
		s.setDown(true)
		_ = s.http.Close() // of a listener: nothing to be done about its error
		<-s.done
		s.halt()
	})
}

// halt ends the signaling server without a word.
func (s *Server) halt() {
	s.CutAll()
	at0, cancel := context.WithCancel(context.Background())
	cancel()
	s.mu.Lock()
	sig := s.sig
	s.mu.Unlock()
	_ = sig.Shutdown(at0) // says that the time was up
}

// setDown reports whether it changed anything.
func (s *Server) setDown(down bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.down != down
	s.down = down
	return changed
}

// admit reports whether a new connection may stay.
func (s *Server) admit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusing || s.down {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}
