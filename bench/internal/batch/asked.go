package batch

import (
	"context"
	"strconv"

	"github.com/agora-signal-go/signal/bench/internal/frames"
)

// poll tells the server what has come, and asks for what has not.
func (c *client) poll() {
	c.mu.Lock()
	c.acking = false
	ver := c.ver
	c.mu.Unlock()
	c.call(poll, 0, "user_getmsg", nil, func(dst []byte) []byte {
		return append(appendUint(append(dst, `,"ver_clear":`...), ver), `,"max":30`...)
	})
}

func (c *client) Store(ctx context.Context, payloads [][]byte) error {
	for i, p := range payloads {
		name := "attribute" + strconv.Itoa(i)
		err := c.await(ctx, "user_set_attr", func(dst []byte) []byte {
			dst = append(append(dst, `,"name":"`...), name...)
			dst = appendText(append(dst, `","value":"`...), p, 0)
			return append(dst, '"')
		})
		if err != nil {
			return err
		}
		c.names = append(c.names, name)
	}
	return nil
}

func (c *client) Ask(lane, n int, _ []byte) {
	c.call(ask, lane, "user_get_attr", nil, func(dst []byte) []byte {
		dst = append(append(dst, `,"account":"`...), c.account...)
		dst = append(append(dst, `","name":"`...), c.names[n]...)
		return append(dst, '"')
	})
}

func (c *client) Send(lane, user int, p []byte) {
	c.call(send, lane, "user_sendmsg", nil, func(dst []byte) []byte {
		dst = strconv.AppendInt(append(dst, `,"peer":"user`...), int64(user), 10)
		dst = append(dst, `","flag":"`+frames.Flag+`","t":"instant","content":"`...)
		return append(appendText(dst, p, 0), '"')
	})
}

func (c *client) Join(ctx context.Context, channel int) error {
	return c.await(ctx, "channel_join", func(dst []byte) []byte {
		return append(strconv.AppendInt(append(dst, `,"name":"channel`...), int64(channel), 10), '"')
	})
}

func (c *client) Publish(lane, channel int, p []byte) {
	c.call(send, lane, "channel_sendmsg", nil, func(dst []byte) []byte {
		dst = strconv.AppendInt(append(dst, `,"name":"channel`...), int64(channel), 10)
		return append(appendText(append(dst, `","msg":"`...), p, 0), '"')
	})
}
