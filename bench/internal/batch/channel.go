package batch

import (
	"strings"
	"sync"
	"time"
)

type channel struct {
	name string

	mu      sync.Mutex
	events  uint64
	members []*out
}

func (s *server) channel(name string) *channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[name]
	if ch == nil {
		ch = &channel{name: strings.Clone(name)}
		s.channels[ch.name] = ch
	}
	return ch
}

func (c *session) join(r *request) {
	ch := c.srv.channel(r.name)
	ch.mu.Lock()
	ch.members = append(ch.members, c.out)
	ch.mu.Unlock()
	c.answer(r.id, nil)
}

// publish makes the frame once and appends it to what each member is sent.
func (c *session) publish(r *request) {
	ch := c.room
	if ch == nil || ch.name != r.name {
		ch = c.srv.channel(r.name)
		c.room = ch
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.events++
	c.frame = appendFrame(c.frame[:0], false, func(dst []byte) []byte {
		dst = append(append(dst, `["notify",["channel2","`...), r.name...)
		dst = appendUint(append(dst, `",`...), ch.events)
		dst = append(append(dst, `,"msg-v2 `...), c.user.account...)
		dst = append(append(dst, ' '), r.name...)
		dst = appendUint(append(dst, ` - channel_msg `...), uint64(time.Now().UnixMilli()))
		dst = append(append(dst, ` {\"channel\":\"`...), r.name...)
		dst = append(append(dst, `\",\"account\":\"`...), c.user.account...)
		dst = append(dst, `\",\"uid\":0,\"msg\":\"`...)
		return append(appendText(dst, r.msg, 1), `\"}"]]`...)
	})
	for _, o := range ch.members {
		if o.appendRaw(c.frame) {
			c.dirty = append(c.dirty, o)
		}
	}
	c.answer(r.id, nil)
}
