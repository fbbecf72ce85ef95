package batch

import (
	"slices"
	"sync"
	"time"
)

type user struct {
	account, line string

	mu     sync.Mutex
	out    *out // nil: away
	attrs  map[string]string
	newest uint64 // version of the last message
	inbox  []stored
}

type stored struct {
	ver  uint64
	line []byte
}

func (c *session) getAttr(s *scanner, id uint64) {
	s.lit(`,"account":"`)
	account := s.str(false)
	s.lit(`,"name":"`)
	name := s.str(false)
	u := c.user
	if string(account) != u.account {
		u = c.srv.find(account)
	}
	u.mu.Lock()
	value := u.attrs[string(name)]
	u.mu.Unlock()
	c.answer(id, func(dst []byte) []byte {
		dst = appendText(append(dst, `,\"account\":\"`...), account, 1)
		dst = appendText(append(dst, `\",\"name\":\"`...), name, 1)
		dst = appendText(append(dst, `\",\"value\":\"`...), value, 1)
		return append(dst, `\"`...)
	})
}

func (c *session) setAttr(s *scanner, id uint64) {
	s.lit(`,"name":"`)
	name := string(s.str(false))
	s.lit(`,"value":"`)
	value := string(s.str(false))
	c.user.mu.Lock()
	if c.user.attrs == nil {
		c.user.attrs = make(map[string]string)
	}
	c.user.attrs[name] = value
	c.user.mu.Unlock()
	c.answer(id, nil)
}

// sendMessage puts a message into a user's list, and sends it when the user is there.
func (c *session) sendMessage(s *scanner, id uint64) {
	s.lit(`,"peer":"`)
	account := s.str(false)
	s.lit(`,"flag":"`)
	flag := s.str(false)
	s.lit(`,"t":"`)
	typ := s.str(false)
	s.lit(`,"content":"`)
	content := s.str(false)
	if s.bad {
		return
	}
	u := c.peer
	if u == nil || u.account != string(account) {
		u = c.srv.find(account)
		c.peer = u
	}
	u.mu.Lock()
	if len(u.inbox) >= inboxMax {
		u.mu.Unlock()
		c.fail(id, "Full")
		return
	}
	u.newest++
	line := make([]byte, 0, 64+len(content))
	line = append(append(line, "msg-v2 "...), c.user.account...)
	line = append(append(line, ' '), account...)
	line = append(append(line, ' '), flag...)
	line = append(append(line, ' '), typ...)
	line = appendUint(append(line, ' '), uint64(time.Now().UnixMilli()))
	line = append(append(line, ' '), content...)
	u.inbox = append(u.inbox, stored{u.newest, line})
	if u.out != nil {
		c.say(u.out, func(dst []byte) []byte {
			dst = appendUint(append(dst, `["notify",["recvmsg","[`...), u.newest)
			dst = appendText(append(dst, `,\"`...), line, 1)
			return append(dst, `\"]"]]`...)
		})
	}
	u.mu.Unlock()
	c.answer(id, nil)
}

// getMessages forgets what the user has, and answers with what comes next.
func (c *session) getMessages(s *scanner, id uint64) {
	s.lit(`,"ver_clear":`)
	ver := s.num()
	u := c.user
	u.mu.Lock()
	defer u.mu.Unlock()
	n, _ := slices.BinarySearchFunc(u.inbox, ver+1, func(m stored, v uint64) int { return int(m.ver) - int(v) })
	u.inbox = slices.Delete(u.inbox, 0, n)
	msgs := u.inbox[:min(len(u.inbox), pollMax)]
	before := u.newest
	if len(msgs) > 0 {
		before = msgs[0].ver - 1
	}
	c.answer(id, func(dst []byte) []byte {
		dst = appendUint(append(dst, `,\"ver_clear\":`...), before)
		dst = append(dst, `,\"msgs\":[`...)
		for i, m := range msgs {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendUint(append(dst, '['), m.ver)
			dst = appendText(append(dst, `,\"`...), m.line, 1)
			dst = append(dst, `\"]`...)
		}
		return append(dst, ']')
	})
}
