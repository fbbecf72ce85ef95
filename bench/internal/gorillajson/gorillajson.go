// Package gorillajson is what one writes in an afternoon with gorilla/websocket and encoding/json: this project's own
// protocol, one goroutine per connection that reads, a mutex around each connection's writes and one around the maps.
// It is the baseline of the benchmark, and so does the same work: messages to users are versioned, kept in a bounded
// list until they are acknowledged, and acknowledged to the sender once they are there.
package gorillajson

import (
	"encoding/json"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/bench/internal/frames"
	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// New returns the contender.
func New() peer.Contender {
	return peer.Contender{Name: peer.Baseline, Acked: true, Serve: serve, Dial: dial}
}

// conn is a websocket that several goroutines write to.
type conn struct {
	ws *websocket.Conn
	mu sync.Mutex
}

func (c *conn) send(event string, args any) error {
	frame, err := json.Marshal([]any{event, args})
	if err != nil {
		return err
	}
	return c.write(frame)
}

func (c *conn) write(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ws.WriteMessage(websocket.TextMessage, frame)
}

// read returns the next frame in its two parts.
func (c *conn) read() (event string, args json.RawMessage, err error) {
	_, data, err := c.ws.ReadMessage()
	if err != nil {
		return "", nil, err
	}
	return frames.Parse(data)
}
