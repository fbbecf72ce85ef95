package server

import (
	"bufio"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/watch"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/internal/wsconn"
)

// evictAfter is how old a socket on which nobody has logged in must be to make room for a new one.
const evictAfter = time.Second

// serveSocket makes a socket of a request. It returns at once: the socket has goroutines of its own, and what
// net/http keeps for a request is free again.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	from := s.clientAddr(r)
	at, refused, wait := s.addresses.connect(from, time.Now())
	if refused != "" {
		s.refuse(w, http.StatusTooManyRequests, refused, wait)
		return
	}
	if refused, wait = s.reserve(time.Now()); refused != "" {
		s.addresses.disconnect(at, time.Now())
		s.refuse(w, http.StatusServiceUnavailable, refused, wait)
		return
	}
	stream, err := s.upgrade(w, r)
	if err != nil {
		s.log.Debug("no websocket", "remote", r.RemoteAddr, "err", err)
		s.release(nil, at)
		return
	}
	k := newSocket(s, stream, watch.From(r.Context()))
	k.at = at
	if direct, _ := parseHop(r.RemoteAddr); from != direct { // by way of a proxy
		k.remote = from.String()
	}
	s.mu.Lock()
	s.sockets[k] = struct{}{}
	k.stranger = s.pending.PushBack(k)
	closing, cut := s.closing, s.isCut()
	s.mu.Unlock()
	s.stats.accepted.Add(1)
	if closing {
		k.leave(wire.CloseRestart, websocket.CloseGoingAway)
	}
	if cut {
		k.drop()
	}
	if d, ok := w.(*doorway); ok {
		d.run = k.run
	} else {
		go k.run()
	}
}

// upgrade makes a websocket of a request. What gorilla has for its connection is dropped after the handshake.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) (*wsconn.Stream, error) {
	h := hijacker{ResponseWriter: w}
	_, err := s.upgrader.Upgrade(&h, r, nil)
	return h.stream, err
}

// A hijacker puts a stream between a websocket and its connection.
type hijacker struct {
	http.ResponseWriter
	stream *wsconn.Stream
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.stream = wsconn.New(nc)
	return h.stream, rw, nil
}

// refuse answers a request that is not to become a socket.
func (s *Server) refuse(w http.ResponseWriter, status int, why string, wait time.Duration) {
	s.stats.refused.add(why)
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(wait.Seconds(), 1)))))
	http.Error(w, why, status)
}

// reserve counts a socket that is about to be. When there is no room it says why, and when to ask again.
func (s *Server) reserve(now time.Time) (refused string, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return refusedClosing, time.Second
	case s.admitted >= s.bounds.sockets:
		return refusedServer, 10 * time.Second
	case s.strangers >= s.bounds.pending && !s.evict(now):
		return refusedPending, evictAfter
	}
	s.admitted++
	s.strangers++
	s.running.Add(1)
	return "", 0
}

// evict ends the socket that has been waiting longest for a login. Called with s.mu held.
//
// +checklocks:s.mu
func (s *Server) evict(now time.Time) bool {
	e := s.pending.Front()
	if e == nil {
		return false
	}
	k, _ := e.Value.(*socket)
	if now.Sub(k.opened) < evictAfter {
		return false
	}
	s.known(k)
	s.stats.evicted.Add(1)
	k.leave(wire.CloseTimeout, websocket.ClosePolicyViolation)
	return true
}

// known notes that a socket is not one of those any more on which nobody has logged in. Called with s.mu held.
//
// +checklocks:s.mu
func (s *Server) known(k *socket) {
	if k.stranger != nil {
		s.pending.Remove(k.stranger)
		k.stranger = nil
		s.strangers--
	}
}

// release undoes reserve; k is nil when no socket came of it.
func (s *Server) release(k *socket, at *address) {
	s.mu.Lock()
	if k == nil {
		s.strangers--
	} else {
		s.known(k)
		delete(s.sockets, k)
	}
	s.admitted--
	s.checkEmpty()
	s.mu.Unlock()
	s.addresses.disconnect(at, time.Now())
	s.running.Done()
}
