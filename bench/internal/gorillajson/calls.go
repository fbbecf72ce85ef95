package gorillajson

import (
	"context"
	"strconv"

	"github.com/agora-signal-go/signal/bench/internal/frames"
)

func (c *client) call(fn string, args frames.CallArgs, done func(frames.Ret)) {
	args.Line = c.line
	c.state.Lock()
	c.last++
	id := c.last
	c.waiting[id] = done
	c.state.Unlock()
	if err := c.send("call2", []any{fn, id, args}); err != nil {
		c.failed(err)
	}
}

func (c *client) await(ctx context.Context, fn string, args frames.CallArgs) error {
	done := make(chan struct{})
	c.call(fn, args, func(frames.Ret) { close(done) })
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *client) sayPing() {
	c.state.Lock()
	c.pings++
	n := c.pings
	c.state.Unlock()
	if err := c.send("ping", n); err != nil {
		c.failed(err)
	}
	c.state.Lock()
	defer c.state.Unlock()
	if !c.closing.Load() {
		c.ping.Reset(pingEvery)
	}
}

// poll tells the server what has come, and asks for what has not.
func (c *client) poll() {
	c.state.Lock()
	c.ack = nil
	ver := c.ver
	c.state.Unlock()
	c.call("user_getmsg", frames.CallArgs{VerClear: ver, Max: pollMax}, func(r frames.Ret) {
		for _, m := range r.Msgs {
			ver, _ := m[0].(float64)
			l, _ := m[1].(string)
			if err := c.take(uint64(ver), l); err != nil {
				c.failed(err)
			}
		}
		if len(r.Msgs) == pollMax {
			c.poll()
		}
	})
}

func (c *client) Store(ctx context.Context, payloads [][]byte) error {
	c.names = make([]string, len(payloads))
	for i, p := range payloads {
		c.names[i] = "attribute" + strconv.Itoa(i)
		if err := c.await(ctx, "user_set_attr", frames.CallArgs{Name: c.names[i], Value: string(p)}); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) Ask(lane, n int, _ []byte) {
	args := frames.CallArgs{Account: c.account, Name: c.names[n]}
	c.call("user_get_attr", args, func(r frames.Ret) { c.h.Answer(lane, []byte(r.Value)) })
}

func (c *client) Send(lane, user int, p []byte) {
	args := frames.CallArgs{Peer: "user" + strconv.Itoa(user), Flag: frames.Flag, T: "instant", Content: string(p)}
	c.call("user_sendmsg", args, func(frames.Ret) { c.h.Acked(lane) })
}

func (c *client) Join(ctx context.Context, channel int) error {
	return c.await(ctx, "channel_join", frames.CallArgs{Name: "channel" + strconv.Itoa(channel)})
}

func (c *client) Publish(lane, channel int, p []byte) {
	args := frames.CallArgs{Name: "channel" + strconv.Itoa(channel), Msg: string(p)}
	c.call("channel_sendmsg", args, func(frames.Ret) { c.h.Acked(lane) })
}
