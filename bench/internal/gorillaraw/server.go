package gorillaraw

import (
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

type server struct {
	upgrader websocket.Upgrader

	mu       sync.Mutex
	users    map[int]*conn
	channels map[int][]*conn
}

func serve() (peer.Server, error) {
	s := &server{users: make(map[int]*conn), channels: make(map[int][]*conn)}
	return peer.ServeHTTP(s, s.close)
}

// conn is a socket that several goroutines write to.
type conn struct {
	ws *websocket.Conn
	mu sync.Mutex

	scratch []byte // of the reading goroutine
}

func (c *conn) write(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ws.WriteMessage(websocket.BinaryMessage, frame)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer ws.Close() //nolint:errcheck // it is over
	c := &conn{ws: ws}
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil || s.handle(c, frame) != nil {
			return
		}
	}
}

func (s *server) handle(c *conn, frame []byte) error {
	k, id, to, p, err := parse(frame)
	if err != nil {
		return err
	}
	switch k {
	case login:
		s.mu.Lock()
		s.users[to] = c
		s.mu.Unlock()
	case join:
		s.mu.Lock()
		s.channels[to] = append(s.channels[to], c)
		s.mu.Unlock()
	case ask:
		c.scratch = appendFrame(c.scratch[:0], done, id, to, p)
		return c.write(c.scratch)
	case send:
		s.mu.Lock()
		peer := s.users[to]
		s.mu.Unlock()
		if peer != nil {
			c.scratch = appendFrame(c.scratch[:0], message, id, to, p)
			_ = peer.write(c.scratch) // the peer's own goroutine hears of it
		}
	case publish:
		s.mu.Lock()
		members := s.channels[to]
		s.mu.Unlock()
		c.scratch = appendFrame(c.scratch[:0], channelMessage, id, to, p)
		for _, m := range members {
			_ = m.write(c.scratch) // the member's own goroutine hears of it
		}
	}
	c.scratch = appendFrame(c.scratch[:0], done, id, to, nil)
	return c.write(c.scratch)
}

func (s *server) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.users {
		_ = c.ws.Close() // it is over
	}
}
