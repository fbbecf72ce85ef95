package server

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/cluster"
	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server/backend"
)

// WithBackend keeps the server's state in a backend, where it outlives the process, and makes the server one of all that
// use the same: each serves every user, whichever of them has the user's state at present. A call is answered when what
// it changes is kept. While the backend keeps nothing, calls fail with "Unavailable" (SENDMESSAGE_E_OTHER for messages,
// GENERAL_E_FAILED for all else) and connections stay. Numbers of [Limits] that are said to be the server's are all servers' together.
//
// Servers of one backend should be told the same apps and limits. [Server.Shutdown] hands over what the server owns; it does not
// close the backend, which is the caller's. Default: memory.
func WithBackend(b backend.Backend) Option {
	return func(c *config) { c.backend = b }
}

func (s *Server) startCluster() *cluster.Runner {
	cfg := s.coreConfig()
	cfg.MayWatch, cfg.DialectByID = nil, false // the server that a socket is at says so with its login
	c := cluster.Config{Core: cfg, Addresses: s.config.advertise, Log: s.log}
	if len(s.handlers) > 0 {
		c.Ext = func(call core.ExtCall, reply func(core.ExtReturn)) {
			if refused, ok := s.invoker.start(call, reply); !ok {
				reply(refused)
			}
		}
	}
	return cluster.Start(c, s.backend)
}

// isServed reports whether there is somebody to serve new clients.
func (s *Server) isServed() bool {
	c := s.cluster
	return c == nil || (s.backend.Err() == nil && c.Unowned() == 0 && !c.Stalls() && c.TakesPart())
}

// stopState ends the shards, or the server's part in the cluster.
func (s *Server) stopState() {
	if s.cluster == nil {
		stopShards(s.shards)
		return
	}
	const handOver = 10 * time.Second // the journal has everything, so that the next server can do without
	ctx, cancel := context.WithTimeout(context.Background(), handOver)
	defer cancel()
	stopped := make(chan struct{})
	go func() {
		select {
		case <-s.cut:
			cancel()
		case <-stopped:
		}
	}()
	if err := s.cluster.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.log.Warn("the end of the server's part in the cluster", "err", err)
	}
	close(stopped)
}

// otherHosts returns where clients reach the other servers of the cluster.
func (s *Server) otherHosts() (hosts []host) {
	if s.cluster == nil {
		return nil
	}
	for _, a := range s.cluster.Addresses()[len(s.config.advertise):] {
		if h, ok := parseAdvertised(a); ok && !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// handOver has other servers own what this one does, if there are any, until ctx is done.
func (s *Server) handOver(ctx context.Context) {
	if s.cluster == nil {
		return
	}
	s.cluster.Drain()
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for s.cluster.HasHeirs() && s.cluster.Owns() > 0 {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// A ticket is one try of a socket to log in at the cluster, and its place there when it succeeds. It implements
// [cluster.Socket].
type ticket struct {
	*outbox
	decided chan verdict

	mu sync.Mutex
	// +checklocks:mu
	told bool
}

type verdict struct {
	account string // "": refused
	unsure  bool
}

// ticket holds back what goes out until the login is decided.
func (k *socket) ticket() *ticket {
	k.hold(nil)
	return &ticket{outbox: &k.outbox, decided: make(chan verdict, 1)}
}

// attend waits for the outcome of a login.
func (k *socket) attend(t *ticket, c *cluster.Client) (ok, sure bool) {
	var v verdict
	select {
	case v = <-t.decided:
	case <-k.srv.ctx.Done():
		v.unsure = true
	}
	if v.account == "" {
		c.Down()
		return false, !v.unsure
	}
	k.member = c
	k.owned(v.account)
	k.loggedIn()
	return true, true
}

// Send implements core.Conn.
func (t *ticket) Send(frame []byte) {
	t.outbox.mu.Lock()
	defer t.outbox.mu.Unlock()
	t.queue(frame)
}

// Close implements core.Conn.
func (t *ticket) Close(code int) {
	t.outbox.mu.Lock()
	defer t.outbox.mu.Unlock()
	t.close(code, closeWithin)
}

// Flush implements cluster.Socket.
func (t *ticket) Flush() { t.flush() }

// Decided implements cluster.Socket.
func (t *ticket) Decided(account string) { t.tell(verdict{account: account}) }

// Cut implements cluster.Socket.
func (t *ticket) Cut() {
	if !t.tell(verdict{unsure: true}) {
		t.leave(wire.CloseRestart, websocket.CloseGoingAway)
	}
}

// tell tells the first verdict.
func (t *ticket) tell(v verdict) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told {
		return false
	}
	t.told = true
	t.decided <- v
	return true
}
