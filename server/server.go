// Package server is the signaling server: an [http.Handler] that anyone can mount.
//
//	srv := server.New(server.WithApp("my app", ""))
//	log.Fatal(http.ListenAndServe(":8001", srv))
//
// It answers websockets on any path, GET /getaddr (where old clients ask for a server) and GET /healthz.
// All its state is in memory: what accounts, channels and calls are, package internal/core decides. Here
// are the sockets, the timers and the shards around it.
package server

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/watch"
	"github.com/agora-signal-go/signal/internal/wire"
)

// Server is a signaling server. Mount it in an [http.Server] and end it with [Server.Shutdown]: that of
// http.Server knows nothing of websockets.
type Server struct {
	config
	advertise []host
	bounds    socketLimits
	upgrader  websocket.Upgrader
	shards    []*shard
	buffers   sync.Pool // of *bytes.Buffer: what readFrame reads into

	mu      sync.Mutex
	sockets map[*socket]struct{}
	webs    []*http.Server // of Listen
	closing bool           // Shutdown began: no new sockets
	cut     bool           // its time was up: sockets are closed without a word
	running sync.WaitGroup // sockets, their writers, and requests that may become sockets; one more until closing
	done    chan struct{}  // closed when the server has ended
}

// New returns a Server that is ready to be mounted. It runs nothing until clients come.
func New(opts ...Option) *Server {
	s := &Server{sockets: make(map[*socket]struct{}), done: make(chan struct{})}
	s.log = slog.New(slog.DiscardHandler)
	for _, o := range opts {
		o(&s.config)
	}
	for _, a := range s.config.advertise {
		if h, ok := parseHost(a, false); ok {
			s.advertise = append(s.advertise, h)
		} else {
			s.log.Error("cannot advertise: want HOST:PORT", "address", a)
		}
	}
	s.bounds = s.limits.socket()
	s.upgrader = websocket.Upgrader{
		HandshakeTimeout: writeWithin,
		ReadBufferSize:   1024,
		WriteBufferSize:  1024,
		WriteBufferPool:  &sync.Pool{},
		CheckOrigin:      func(r *http.Request) bool { return s.allowsOrigin(r.Header.Get("Origin")) },
	}
	if s.config.shards <= 0 {
		s.config.shards = runtime.GOMAXPROCS(0)
	}
	s.shards = newShards(core.Config{
		Cores: s.config.shards, Limits: s.limits.core(), NewID: rand.Text, Log: s.log,
	})
	s.running.Add(1)
	return s
}

// ServeHTTP answers websocket upgrades on any path, GET /getaddr and GET /healthz.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case websocket.IsWebSocketUpgrade(r):
		s.serveSocket(w, r)
	case r.URL.Path == "/getaddr":
		s.getaddr(w, r)
	case r.URL.Path == "/healthz":
		s.healthz(w)
	case r.URL.Path == "/":
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "a signaling server: connect with a websocket", http.StatusUpgradeRequired)
	default:
		http.NotFound(w, r)
	}
}

// healthz says whether new clients are welcome.
func (s *Server) healthz(w http.ResponseWriter) {
	s.mu.Lock()
	closing := s.closing
	s.mu.Unlock()
	if closing {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok")) // the asker has gone if it fails
}

// serveSocket makes a socket of a request. It returns at once: the socket has goroutines of its own, and what
// net/http keeps for a request is free again.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	s.running.Add(1)
	s.mu.Unlock()

	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.log.Debug("no websocket", "remote", r.RemoteAddr, "err", err)
		s.running.Done()
		return
	}
	k := newSocket(s, ws, watch.From(r.Context()))
	s.mu.Lock()
	s.sockets[k] = struct{}{}
	closing, cut := s.closing, s.cut
	s.mu.Unlock()
	if closing {
		k.leave(wire.CloseRestart, websocket.CloseGoingAway)
	}
	if cut {
		k.drop()
	}
	go k.run()
}

// forget lets go of a socket whose goroutine ends.
func (s *Server) forget(k *socket) {
	s.mu.Lock()
	delete(s.sockets, k)
	s.mu.Unlock()
	s.running.Done()
}

// Shutdown ends the server: new sockets are refused with 503, those that are up are told "restart" and closed
// with code 1001, upon which clients look for a server again. It returns when all goroutines of the server
// have ended. When ctx is done first, sockets are closed without further ado, and the error is that of ctx.
//
// Again is fine, and waits for the same end. The memory of the server goes with it.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	sockets, webs := s.open(), s.webs
	s.mu.Unlock()
	for _, web := range webs {
		_ = web.Close() // of its listener; nothing is left to do about it
	}
	if first {
		for _, k := range sockets {
			k.leave(wire.CloseRestart, websocket.CloseGoingAway)
		}
		go s.finish()
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-s.done: // both are
		return nil
	default:
	}
	s.mu.Lock()
	s.cut = true
	sockets = s.open()
	s.mu.Unlock()
	for _, k := range sockets {
		k.drop()
	}
	<-s.done
	return ctx.Err()
}

// open returns the sockets that are up. Called with s.mu held.
func (s *Server) open() []*socket {
	open := make([]*socket, 0, len(s.sockets))
	for k := range s.sockets {
		open = append(open, k)
	}
	return open
}

// finish waits until nothing runs any more.
func (s *Server) finish() {
	s.running.Done()
	s.running.Wait()
	stopShards(s.shards)
	close(s.done)
}
