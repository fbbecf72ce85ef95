package ours

import (
	"fmt"
	"strconv"

	signal "github.com/agora-signal-go/signal"
)

func (c *Client) failed(format string, args ...any) {
	if !c.closing.Load() {
		c.h.Failed(fmt.Errorf("ours: "+format, args...))
	}
}

// OnLoginSuccess ends Dial.
func (c *Client) OnLoginSuccess(int, int) { c.ready <- nil }

// OnLoginFailed ends Dial.
func (c *Client) OnLoginFailed(ecode int) {
	c.ready <- fmt.Errorf("ours: login: %w", signal.Code(ecode))
}

// OnLogout is a failure.
func (c *Client) OnLogout(ecode int) { c.failed("logged out: %w", signal.Code(ecode)) }

// OnReconnecting is a failure: nothing cuts connections here.
func (c *Client) OnReconnecting(int) { c.failed("connection lost") }

// OnError is a failure.
func (c *Client) OnError(method string, ecode int, text string) {
	c.failed("%s: %w: %s", method, signal.Code(ecode), text)
}

// OnChannelJoined ends Join.
func (c *Client) OnChannelJoined(string) { c.ready <- nil }

// OnChannelJoinFailed ends Join.
func (c *Client) OnChannelJoinFailed(channel string, ecode int) {
	c.ready <- fmt.Errorf("ours: join %s: %w", channel, signal.Code(ecode))
}

// OnUserAttrResult is an answer, and the first one ends Store.
func (c *Client) OnUserAttrResult(_, name, value string) {
	if c.names == nil {
		c.ready <- nil
		return
	}
	lane, ok := c.lanes[name]
	if !ok {
		c.failed("answer on %s, which was not asked for", name)
		return
	}
	c.h.Answer(lane, c.bytes(value))
}

// OnMessageSendSuccess is the acknowledgement of a message that is newer than all of its lane that have one.
func (c *Client) OnMessageSendSuccess(messageID string) {
	id, err := strconv.ParseInt(messageID, 10, 64)
	if err != nil || id < 0 {
		c.failed("message %q acknowledged, which was not sent", messageID)
		return
	}
	n, lane := id/maxLanes, int(id%maxLanes)
	for lane >= len(c.acked) {
		c.acked = append(c.acked, 0)
	}
	if n <= c.acked[lane] {
		c.failed("message %s acknowledged after %d of its lane", messageID, c.acked[lane])
		return
	}
	c.acked[lane] = n
	c.h.Acked(lane)
}

// OnMessageSendError is a failure.
func (c *Client) OnMessageSendError(messageID string, ecode int) {
	c.failed("message %s: %w", messageID, signal.Code(ecode))
}

// OnMessageInstantReceive is a message.
func (c *Client) OnMessageInstantReceive(_ string, _ int, msg string) { c.h.Message(c.bytes(msg)) }

// OnMessageChannelReceive is a message to a channel.
func (c *Client) OnMessageChannelReceive(_, _ string, _ int, msg string) {
	c.h.ChannelMessage(c.bytes(msg))
}

// bytes lends s as bytes until the next call.
func (c *Client) bytes(s string) []byte {
	c.scratch = append(c.scratch[:0], s...)
	return c.scratch
}
