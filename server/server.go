// Package server is the signaling server: an [http.Handler] that anyone can mount.
//
//	srv := server.New(server.WithApp("my app", ""))
//	log.Fatal(http.ListenAndServe(":8001", srv))
//
// It answers websockets on any path, GET /getaddr (where old clients ask for a server), and GET /healthz and
// /readyz. [Server.Listen] is for programs without an HTTP server of their own, [Serve] lets websockets in at less cost
// than net/http. Clients are those of package signal and of the original SDKs. The daemon cmd/signald is this package with
// flags around it.
//
// # Who may log in
//
// Without options everybody may, to every app. [WithApp] names the apps that there are, each with the certificate that its
// users' tokens are signed with, or none; [WithAuthenticator] asks a function. [WithOrigins] says which web pages may connect.
//
// # What a program can add and see
//
// Functions for clients to call ([WithInvokeHandler]), a function that is told what happens ([WithObserver]), figures
// ([Server.Stats]). It may speak and act itself: [Server.SendSystem], [Server.Kick], [Server.Sessions], … and, for
// administrators, [Server.AdminHandler].
//
// # Limits
//
// What clients can take is bounded, all of it: [Limits] has each bound, its default and what happens at it.
//
// # State
//
// The state is in memory, or where a backend keeps it ([WithBackend]), which outlives the process and may be shared by
// several servers that look like one. [Server.Drain] and [Server.Shutdown] hand over to a successor.
//
// What accounts, channels and calls are, package internal/core decides. Here are the sockets, the timers and the shards
// around it; several servers make internal/cluster of it.
package server

import (
	"container/list"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/cluster"
	"github.com/agora-signal-go/signal/internal/core"
)

// Server is a signaling server. Mount it in an [http.Server] and end it with [Server.Shutdown]: that of
// http.Server knows nothing of websockets.
type Server struct {
	config
	advertise []host
	bounds    socketLimits
	upgrader  websocket.Upgrader
	shards    []*shard
	cluster   *cluster.Runner // of WithBackend; then there are no shards
	trusted   []netip.Prefix
	addresses *addresses
	invoker   *invoker
	observer  *observer
	stats     counters
	vigil     vigil
	shut      sync.Map // apps that CloseApp closed, without a cluster

	ctx    context.Context // of what the embedding program does for the server; ends with Shutdown
	cancel context.CancelFunc

	mu sync.Mutex
	// +checklocks:mu
	sockets map[*socket]struct{}
	// +checklocks:mu
	admitted int // sockets, and requests that may become some
	// +checklocks:mu
	strangers int // of these, that have not logged in
	// +checklocks:mu
	pending list.List // of *socket: strangers, oldest first
	// +checklocks:mu
	webs []*http.Server // of Listen
	// +checklocks:mu
	closing bool // Drain or Shutdown began: no new sockets
	// +checklocks:mu
	ending  bool           // Shutdown began
	empty   chan struct{}  // closed when closing and nothing is admitted
	cut     chan struct{}  // closed when the time for Shutdown was up: sockets are closed without a word
	running sync.WaitGroup // sockets, their writers, and requests that may become sockets; one more until ending
	done    chan struct{}  // closed when the server has ended
}

// New returns a Server that is ready to be mounted. It runs nothing until clients come.
func New(opts ...Option) *Server {
	s := &Server{
		sockets: make(map[*socket]struct{}),
		empty:   make(chan struct{}), cut: make(chan struct{}), done: make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.log = slog.New(slog.DiscardHandler)
	for _, o := range opts {
		o(&s.config)
	}
	for _, a := range s.config.advertise {
		if h, ok := parseAdvertised(a); ok {
			s.advertise = append(s.advertise, h)
		} else {
			s.log.Error("cannot advertise: want HOST:PORT or a URL", "address", a)
		}
	}
	for _, n := range s.proxies {
		if p, err := parseNetwork(n); err == nil {
			s.trusted = append(s.trusted, p)
		} else {
			s.log.Error("cannot trust this proxy: want a network or an address", "network", n)
		}
	}
	s.bounds = s.limits.socket()
	s.vigil.began = time.Now()
	s.addresses = s.limits.addresses()
	s.invoker = newInvoker(s)
	s.observer = newObserver(s)
	s.upgrader = websocket.Upgrader{
		ReadBufferSize:  1, // gorilla's least: nothing is read or written by it
		WriteBufferSize: 1,
		WriteBufferPool: &sync.Pool{},
		CheckOrigin:     func(r *http.Request) bool { return s.allowsOrigin(r.Header.Get("Origin")) },
	}
	if s.config.shards <= 0 {
		s.config.shards = runtime.GOMAXPROCS(0)
	}
	if s.backend == nil {
		s.shards = newShards(s.coreConfig())
	} else {
		s.cluster = s.startCluster()
	}
	s.running.Add(1)
	return s
}

func (s *Server) coreConfig() core.Config {
	cfg := core.Config{
		Cores: s.config.shards, Limits: s.limits.core(), NewID: new(ids).next, Log: s.log,
		MayWatch: s.mayWatch, DialectByID: s.byID,
	}
	if s.apps != nil { // those that are named have been counted by whoever named them
		cfg.Limits.Apps = -1
	}
	if len(s.handlers) > 0 {
		cfg.ExtCall = s.extCall
	}
	if s.observe != nil {
		cfg.Observe = s.observer.add
	}
	return cfg
}

// extCall is what a core does with a call for the embedding program. It is called inside the core.
func (s *Server) extCall(c core.ExtCall) {
	sh := s.shards[c.Core]
	refused, ok := s.invoker.start(c, func(r core.ExtReturn) { sh.postNow(r) })
	if !ok {
		sh.push(refused) // whoever is inside will see to it
	}
}

// ServeHTTP answers websocket upgrades on any path, GET /getaddr, and GET /healthz and /readyz,
// which both say 503 from the moment when the server takes no new clients. /readyz says so too while [Server.Ready]
// is false for another reason.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case websocket.IsWebSocketUpgrade(r):
		s.serveSocket(w, r)
	case r.URL.Path == "/getaddr":
		s.getaddr(w, r)
	case r.URL.Path == "/healthz":
		s.healthz(w, s.isOpen())
	case r.URL.Path == "/readyz":
		s.healthz(w, s.Ready())
	case r.URL.Path == "/":
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "a signaling server: connect with a websocket", http.StatusUpgradeRequired)
	default:
		http.NotFound(w, r)
	}
}

// Ready reports whether new clients are welcome: until [Server.Drain] or [Server.Shutdown] begins and, with a backend,
// while that can be reached and every user's state has an owner.
func (s *Server) Ready() bool { return s.isOpen() && s.isServed() }

// isOpen reports whether neither Drain nor Shutdown has begun.
func (s *Server) isOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closing
}

func (s *Server) healthz(w http.ResponseWriter, well bool) {
	if !well {
		http.Error(w, refusedClosing, http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok")) // the asker has gone if it fails
}
