package gorillaraw

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

type client struct {
	ws      *websocket.Conn
	h       peer.Handler
	closing atomic.Bool
	ended   chan struct{}

	mu      sync.Mutex // guards what follows, and the socket's writing half
	last    uint64
	scratch []byte
	waiting map[uint64]waiter
}

// A waiter is a call that is not answered: of Join and dial with a channel, else of one who is told by the Handler.
type waiter struct {
	kind kind
	lane int
	done chan struct{}
}

func dial(ctx context.Context, addr string, user int, h peer.Handler) (peer.Client, error) {
	ws, resp, err := websocket.DefaultDialer.DialContext(ctx, addr, nil)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close() // there is none
	c := &client{ws: ws, h: h, ended: make(chan struct{}), waiting: make(map[uint64]waiter)}
	go c.read()
	if err := c.await(ctx, login, user); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *client) read() {
	defer close(c.ended)
	for {
		_, frame, err := c.ws.ReadMessage()
		if err == nil {
			err = c.hear(frame)
		}
		if err != nil {
			if !c.closing.Load() {
				c.h.Failed(fmt.Errorf("gorilla raw: %w", err))
			}
			return
		}
	}
}

func (c *client) hear(frame []byte) error {
	k, id, _, p, err := parse(frame)
	if err != nil {
		return err
	}
	switch k {
	case message:
		c.h.Message(p)
		return nil
	case channelMessage:
		c.h.ChannelMessage(p)
		return nil
	}
	c.mu.Lock()
	w, ok := c.waiting[id]
	delete(c.waiting, id)
	c.mu.Unlock()
	switch {
	case !ok:
		return fmt.Errorf("answer to %d, which was not asked", id)
	case w.done != nil:
		close(w.done)
	case w.kind == ask:
		c.h.Answer(w.lane, p)
	default:
		c.h.Acked(w.lane)
	}
	return nil
}

func (c *client) call(k kind, lane, to int, p []byte, done chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	c.waiting[c.last] = waiter{k, lane, done}
	c.scratch = appendFrame(c.scratch[:0], k, c.last, to, p)
	if err := c.ws.WriteMessage(websocket.BinaryMessage, c.scratch); err != nil {
		c.h.Failed(fmt.Errorf("gorilla raw: %w", err))
	}
}

func (c *client) await(ctx context.Context, k kind, to int) error {
	done := make(chan struct{})
	c.call(k, 0, to, nil, done)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (*client) Store(context.Context, [][]byte) error { return nil }

func (c *client) Ask(lane, _ int, p []byte) { c.call(ask, lane, 0, p, nil) }

func (c *client) Send(lane, user int, p []byte) { c.call(send, lane, user, p, nil) }

func (c *client) Join(ctx context.Context, channel int) error { return c.await(ctx, join, channel) }

func (c *client) Publish(lane, channel int, p []byte) { c.call(publish, lane, channel, p, nil) }

func (c *client) Close() {
	c.closing.Store(true)
	_ = c.ws.Close() // it is over
	<-c.ended
}
