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

	mu      sync.Mutex
	last    uint64
	scratch []byte
	waiting map[uint64]waiter
}

// A waiter is a call that is not answered: of Join and dial with a channel, else of one who is told by the Handler.
type waiter struct {
	kind kind
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
		c.h.Answer(0, p)
	default:
		c.h.Acked(0)
	}
	return nil
}

func (c *client) call(k kind, to int, p []byte, done chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	c.waiting[c.last] = waiter{k, done}
	c.scratch = appendFrame(c.scratch[:0], k, c.last, to, p)
	if err := c.ws.WriteMessage(websocket.BinaryMessage, c.scratch); err != nil {
		c.h.Failed(fmt.Errorf("gorilla raw: %w", err))
	}
}

func (c *client) await(ctx context.Context, k kind, to int) error {
	done := make(chan struct{})
	c.call(k, to, nil, done)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (*client) Store(context.Context, [][]byte) error { return nil }

func (c *client) Ask(_, _ int, p []byte) { c.call(ask, 0, p, nil) }

func (c *client) Send(_, user int, p []byte) { c.call(send, user, p, nil) }

func (c *client) Join(ctx context.Context, channel int) error { return c.await(ctx, join, channel) }

func (c *client) Publish(_, channel int, p []byte) { c.call(publish, channel, p, nil) }

func (c *client) Close() {
	c.closing.Store(true)
	_ = c.ws.Close() // it is over
	<-c.ended
}
