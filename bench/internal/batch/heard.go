package batch

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

func (c *client) hear(text []byte) error {
	s := scanner{rest: text}
	switch {
	case s.begins(`["call2-ret",[`):
		return c.hearAnswer(&s, text)
	case s.begins(`["notify",["recvmsg","[`):
		ver := s.num()
		s.lit(`,\"`)
		return c.hearMessage(ver, s.str(true))
	case s.begins(`["notify",["channel2","`):
		s.str(false)
		s.lit(",")
		s.num()
		s.lit(`,"msg-v2 `)
		i := bytes.Index(s.rest, []byte(`,\"msg\":\"`))
		if s.bad || i < 0 {
			return fmt.Errorf("frame not understood: %s", text)
		}
		s.rest = s.rest[i+len(`,\"msg\":\"`):]
		msg := s.str(true)
		if s.bad {
			return s.err(text)
		}
		c.h.ChannelMessage(msg)
	case s.begins(`["login_ret",["","{\"result\":\"ok\",\"line\":\"`):
		c.line = string(s.str(true))
		close(c.login)
	case s.begins(`["pong",`):
	default:
		s.bad = true
	}
	return s.err(text)
}

func (c *client) hearAnswer(s *scanner, text []byte) error {
	w, ok := c.answered(s.num())
	s.lit(`,"","{\"result\":\"ok\"`)
	if s.bad || !ok {
		return fmt.Errorf("want a good answer to the oldest call, got %s", text)
	}
	switch w.kind {
	case ask:
		s.lit(`,\"account\":\"`)
		s.str(true)
		s.lit(`,\"name\":\"`)
		s.str(true)
		s.lit(`,\"value\":\"`)
		value := s.str(true)
		if s.bad {
			return s.err(text)
		}
		c.h.Answer(w.lane, value)
	case send:
		c.h.Acked(w.lane)
	case poll:
		return c.hearMessages(s, text)
	default:
		close(w.done)
	}
	return nil
}

func (c *client) hearMessages(s *scanner, text []byte) error {
	s.lit(`,\"ver_clear\":`)
	s.num()
	s.lit(`,\"msgs\":[`)
	n := 0
	for ; !s.bad && !s.begins(`]`); n++ {
		s.begins(`,`)
		s.lit(`[`)
		ver := s.num()
		s.lit(`,\"`)
		line := s.str(true)
		s.lit(`]`)
		if s.bad {
			break
		}
		if err := c.hearMessage(ver, line); err != nil {
			return err
		}
	}
	if n == pollMax {
		c.poll()
	}
	return s.err(text)
}

// hearMessage hands out a message unless it came already, and sees to it that it is acknowledged.
func (c *client) hearMessage(ver uint64, line []byte) error {
	s := scanner{rest: line}
	s.lit("msg-v2 ")
	for range 5 {
		s.until(' ')
	}
	if s.bad {
		return s.err(line)
	}
	c.mu.Lock()
	if ver <= c.ver {
		c.mu.Unlock()
		return nil
	}
	if ver != c.ver+1 {
		c.mu.Unlock()
		return fmt.Errorf("want message %d, got %d", c.ver+1, ver)
	}
	c.ver = ver
	if !c.acking && !c.closing.Load() {
		c.acking = true
		if c.ack == nil {
			c.ack = time.AfterFunc(ackWithin, c.poll)
		} else {
			c.ack.Reset(ackWithin)
		}
	}
	c.mu.Unlock()
	c.h.Message(s.rest)
	return nil
}

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
		dst = append(dst, `","flag":"`+flag+`","t":"instant","content":"`...)
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
