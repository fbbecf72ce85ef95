package batch

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

const (
	pingEvery = 10 * time.Second
	ackWithin = time.Second
)

type client struct {
	out     out
	reads   reader
	h       peer.Handler
	account string
	line    string
	names   []string
	closing atomic.Bool
	ended   chan struct{}
	login   chan struct{}

	heard   event  // of the reading goroutine: what it is told
	scratch []byte // of the reading goroutine

	mu      sync.Mutex // guards what follows
	last    uint64
	waiting []waiter // oldest first: that is the order of the answers
	head    int
	ver     uint64 // messages that came
	pings   uint64
	ping    *time.Timer
	ack     *time.Timer
	acking  bool
}

// A waiter is a call that is not answered.
type waiter struct {
	id   uint64
	kind callKind
	lane int
	done chan struct{}
}

type callKind uint8

const (
	ask callKind = iota
	send
	poll
	other
)

func dial(ctx context.Context, addr string, user int, h peer.Handler, r reader) (peer.Client, error) {
	dialer := websocket.Dialer{ReadBufferSize: 512, WriteBufferSize: 512}
	ws, resp, err := dialer.DialContext(ctx, addr, nil)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close() // there is none
	c := &client{
		out: out{nc: ws.NetConn(), masked: true}, reads: r, h: h, account: "user" + strconv.Itoa(user),
		ended: make(chan struct{}), login: make(chan struct{}),
	}
	go c.read()
	c.say(func(dst []byte) []byte {
		dst = append(append(dst, `["login",{"vid":"bench","account":"`...), c.account...)
		return append(dst, `","uid":0,"token":"_no_need_token","device":"gosdk"}]`...)
	}, true)
	select {
	case <-c.login:
	case <-ctx.Done():
		err = ctx.Err()
	case <-c.ended:
		err = fmt.Errorf("batch: connection ended before the login was answered")
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.mu.Lock()
	c.ping = time.AfterFunc(pingEvery, c.sayPing)
	c.mu.Unlock()
	c.poll()
	return c, nil
}

func (c *client) read() {
	defer close(c.ended)
	err := readFrames(c.out.nc, c.hear, func() {}) // returns with an error always
	if !c.closing.Load() {
		c.h.Failed(fmt.Errorf("batch: %w", err))
	}
}

// say sends a frame: now when nothing else is under way, else together with what others say meanwhile.
func (c *client) say(fill func([]byte) []byte, alone bool) {
	switch mine := c.out.append(fill); {
	case !mine:
	case alone:
		c.out.writeNow()
	default:
		go c.out.write()
	}
}

func (c *client) call(k callKind, lane int, fn string, done chan struct{}, fill func([]byte) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	if c.head > 0 && c.head == len(c.waiting) {
		c.waiting, c.head = c.waiting[:0], 0
	}
	alone := c.head == len(c.waiting)
	c.waiting = append(c.waiting, waiter{c.last, k, lane, done})
	c.say(func(dst []byte) []byte {
		dst = append(append(dst, `["call2",["`...), fn...)
		dst = appendUint(append(dst, `",`...), c.last)
		dst = append(append(dst, `,{"line":"`...), c.line...)
		return append(fill(append(dst, '"')), `}]]`...)
	}, alone)
}

// answered takes out the oldest call.
func (c *client) answered(id uint64) (waiter, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.head == len(c.waiting) {
		return waiter{}, false
	}
	w := c.waiting[c.head]
	c.head++
	if c.head > 1<<10 && c.head > len(c.waiting)/2 {
		c.waiting = append(c.waiting[:0], c.waiting[c.head:]...)
		c.head = 0
	}
	return w, w.id == id
}

func (c *client) await(ctx context.Context, fn string, fill func([]byte) []byte) error {
	done := make(chan struct{})
	c.call(other, 0, fn, done, fill)
	select {
	case <-done:
		return nil
	case <-c.ended:
		return fmt.Errorf("batch: connection ended before %s was answered", fn)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *client) sayPing() {
	c.mu.Lock()
	c.pings++
	n := c.pings
	if !c.closing.Load() {
		c.ping.Reset(pingEvery)
	}
	c.mu.Unlock()
	c.say(func(dst []byte) []byte { return append(appendUint(append(dst, `["ping",`...), n), ']') }, false)
}

func (c *client) Close() {
	c.closing.Store(true)
	c.mu.Lock()
	for _, t := range []*time.Timer{c.ping, c.ack} {
		if t != nil {
			t.Stop()
		}
	}
	c.mu.Unlock()
	_ = c.out.nc.Close() // it is over
	<-c.ended
}
