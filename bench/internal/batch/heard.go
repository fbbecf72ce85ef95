package batch

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

func (c *client) hear(frame []byte) error {
	e := &c.heard
	if err := c.reads.event(frame, e); err != nil {
		return err
	}
	switch e.kind {
	case answer:
		return c.hearAnswer(e)
	case messages:
		return c.hearMessages(e.msgs)
	case channelMessage:
		c.h.ChannelMessage(c.bytes(e.value))
	case loggedIn:
		if c.line != "" {
			return errors.New("logged in twice")
		}
		c.line = strings.Clone(e.line)
		close(c.login)
	case pong:
	}
	return nil
}

func (c *client) hearAnswer(e *event) error {
	w, ok := c.answered(e.id)
	if !ok {
		return fmt.Errorf("want an answer to the oldest call, got one to %d", e.id)
	}
	switch w.kind {
	case ask:
		c.h.Answer(w.lane, c.bytes(e.value))
	case send:
		c.h.Acked(w.lane)
	case poll:
		if err := c.hearMessages(e.msgs); err != nil {
			return err
		}
		if len(e.msgs) == pollMax {
			c.poll()
		}
	default:
		close(w.done)
	}
	return nil
}

func (c *client) hearMessages(msgs []message) error {
	for _, m := range msgs {
		if err := c.hearMessage(m); err != nil {
			return err
		}
	}
	return nil
}

// hearMessage hands out a message unless it came already, and sees to it that it is acknowledged.
func (c *client) hearMessage(m message) error {
	content := m.line
	for range 6 { // fields before it
		var ok bool
		if _, content, ok = strings.Cut(content, " "); !ok {
			return fmt.Errorf("want a line of 7 fields, got %q", m.line)
		}
	}
	c.mu.Lock()
	if m.ver <= c.ver {
		c.mu.Unlock()
		return nil
	}
	if m.ver != c.ver+1 {
		c.mu.Unlock()
		return fmt.Errorf("want message %d, got %d", c.ver+1, m.ver)
	}
	c.ver = m.ver
	if !c.acking && !c.closing.Load() {
		c.acking = true
		if c.ack == nil {
			c.ack = time.AfterFunc(ackWithin, c.poll)
		} else {
			c.ack.Reset(ackWithin)
		}
	}
	c.mu.Unlock()
	c.h.Message(c.bytes(content))
	return nil
}

// bytes lends s as bytes until the next call.
func (c *client) bytes(s string) []byte {
	c.scratch = append(c.scratch[:0], s...)
	return c.scratch
}
