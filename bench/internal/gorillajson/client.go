package gorillajson

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/bench/internal/frames"
	"github.com/agora-signal-go/signal/bench/internal/peer"
)

const (
	pingEvery = 10 * time.Second
	ackWithin = time.Second
)

type client struct {
	conn
	h       peer.Handler
	account string
	line    string
	closing atomic.Bool
	ended   chan struct{}
	login   chan error

	state   sync.Mutex // guards what follows
	last    uint64
	waiting map[uint64]func(frames.Ret)
	names   []string
	ver     uint64 // messages that came
	pings   uint64
	ping    *time.Timer
	ack     *time.Timer // nil: nothing is to be acknowledged
}

func dial(ctx context.Context, addr string, user int, h peer.Handler) (peer.Client, error) {
	ws, resp, err := websocket.DefaultDialer.DialContext(ctx, addr, nil)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close() // there is none
	c := &client{
		conn: conn{ws: ws}, h: h, account: "user" + strconv.Itoa(user),
		ended: make(chan struct{}), login: make(chan error, 1), waiting: make(map[uint64]func(frames.Ret)),
	}
	go c.hearAll()
	err = c.send("login", frames.LoginArgs{App: "bench", Account: c.account, Token: "_no_need_token", Device: "gosdk"})
	if err == nil {
		select {
		case err = <-c.login:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.state.Lock()
	c.ping = time.AfterFunc(pingEvery, c.sayPing)
	c.state.Unlock()
	c.poll()
	return c, nil
}

func (c *client) hearAll() {
	defer close(c.ended)
	for {
		event, args, err := c.read()
		if err == nil {
			err = c.hear(event, args)
		}
		if err != nil {
			c.failed(err)
			return
		}
	}
}

func (c *client) failed(err error) {
	if !c.closing.Load() {
		c.h.Failed(fmt.Errorf("gorilla+json: %w", err))
	}
}

func (c *client) hear(event string, args json.RawMessage) error {
	switch event {
	case "call2-ret":
		return c.hearAnswer(args)
	case "notify":
		return c.hearNotify(args)
	case "login_ret":
		var reason, text string
		if err := frames.Split(args, &reason, &text); err != nil {
			return err
		}
		var r frames.Ret
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return err
		}
		c.line = r.Line
		if reason != "" {
			c.login <- errors.New(reason)
		} else {
			c.login <- nil
		}
	}
	return nil
}

func (c *client) hearAnswer(args json.RawMessage) error {
	var (
		id        uint64
		err, text string
		r         frames.Ret
	)
	if err := frames.Split(args, &id, &err, &text); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return err
	}
	c.state.Lock()
	done := c.waiting[id]
	delete(c.waiting, id)
	c.state.Unlock()
	if r.Result != "ok" {
		return fmt.Errorf("call %d: %s", id, r.Reason)
	}
	if done == nil {
		return fmt.Errorf("answer to %d, which was not asked", id)
	}
	done(r)
	return nil
}

func (c *client) hearNotify(args json.RawMessage) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(args, &parts); err != nil {
		return err
	}
	var (
		kind, name, text, l string
		ver                 uint64
	)
	if err := frames.Each(parts, &kind); err != nil {
		return err
	}
	if kind == "recvmsg" {
		if err := frames.Each(parts, &kind, &text); err != nil {
			return err
		}
		if err := frames.Split([]byte(text), &ver, &l); err != nil {
			return err
		}
		return c.take(ver, l)
	}
	if err := frames.Each(parts, &kind, &name, &ver, &l); err != nil {
		return err
	}
	var err error
	if text, err = frames.Content(l); err != nil {
		return err
	}
	var m frames.ChannelText
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return err
	}
	c.h.ChannelMessage([]byte(m.Msg))
	return nil
}

// take hands out a message unless it came already, and sees to it that it is acknowledged.
func (c *client) take(ver uint64, l string) error {
	text, err := frames.Content(l)
	if err != nil {
		return err
	}
	c.state.Lock()
	if ver <= c.ver {
		c.state.Unlock()
		return nil
	}
	if ver != c.ver+1 {
		c.state.Unlock()
		return fmt.Errorf("want message %d, got %d", c.ver+1, ver)
	}
	c.ver = ver
	if c.ack == nil && !c.closing.Load() {
		c.ack = time.AfterFunc(ackWithin, c.poll)
	}
	c.state.Unlock()
	c.h.Message([]byte(text))
	return nil
}

func (c *client) Close() {
	c.closing.Store(true)
	c.state.Lock()
	if c.ping != nil {
		c.ping.Stop()
	}
	if c.ack != nil {
		c.ack.Stop()
	}
	c.state.Unlock()
	_ = c.ws.Close() // it is over
	<-c.ended
}
