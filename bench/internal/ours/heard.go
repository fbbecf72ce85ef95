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
	if want := c.names[c.answered%len(c.names)]; name != want {
		c.failed("want an answer on %s, got %s", want, name)
	}
	c.answered++
	c.h.Answer(0, c.bytes(value))
}

// OnMessageSendSuccess is the acknowledgement of the oldest message that has none.
func (c *Client) OnMessageSendSuccess(messageID string) {
	c.acked++
	c.scratch = strconv.AppendInt(c.scratch[:0], c.acked, 10)
	if messageID != string(c.scratch) {
		c.failed("want message %d acknowledged, got %s", c.acked, messageID)
	}
	c.h.Acked(0)
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
