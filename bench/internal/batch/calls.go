package batch

import (
	"slices"
	"strings"
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

func (c *session) getAttr(r *request) {
	u := c.user
	if r.account != u.account {
		u = c.srv.find(r.account)
	}
	u.mu.Lock()
	value := u.attrs[r.name]
	u.mu.Unlock()
	c.answer(r.id, func(dst []byte) []byte {
		dst = appendText(append(dst, `,\"account\":\"`...), r.account, 1)
		dst = appendText(append(dst, `\",\"name\":\"`...), r.name, 1)
		dst = appendText(append(dst, `\",\"value\":\"`...), value, 1)
		return append(dst, `\"`...)
	})
}

func (c *session) setAttr(r *request) {
	c.user.mu.Lock()
	if c.user.attrs == nil {
		c.user.attrs = make(map[string]string)
	}
	c.user.attrs[strings.Clone(r.name)] = strings.Clone(r.value)
	c.user.mu.Unlock()
	c.answer(r.id, nil)
}

// sendMessage puts a message into a user's list, and sends it when the user is there.
func (c *session) sendMessage(r *request) {
	u := c.peer
	if u == nil || u.account != r.peer {
		u = c.srv.find(r.peer)
		c.peer = u
	}
	u.mu.Lock()
	if len(u.inbox) >= inboxMax {
		u.mu.Unlock()
		c.fail(r.id, "Full")
		return
	}
	u.newest++
	line := make([]byte, 0, 64+len(r.content))
	line = append(append(line, "msg-v2 "...), c.user.account...)
	line = append(append(line, ' '), r.peer...)
	line = append(append(line, ' '), r.flag...)
	line = append(append(line, ' '), r.typ...)
	line = appendUint(append(line, ' '), uint64(time.Now().UnixMilli()))
	line = append(append(line, ' '), r.content...)
	u.inbox = append(u.inbox, stored{u.newest, line})
	if u.out != nil {
		c.say(u.out, func(dst []byte) []byte {
			dst = appendUint(append(dst, `["notify",["recvmsg","[`...), u.newest)
			dst = appendText(append(dst, `,\"`...), line, 1)
			return append(dst, `\"]"]]`...)
		})
	}
	u.mu.Unlock()
	c.answer(r.id, nil)
}

// getMessages forgets what the user has, and answers with what comes next.
func (c *session) getMessages(r *request) {
	u := c.user
	u.mu.Lock()
	defer u.mu.Unlock()
	n, _ := slices.BinarySearchFunc(u.inbox, r.ver+1, func(m stored, v uint64) int { return int(m.ver) - int(v) })
	u.inbox = slices.Delete(u.inbox, 0, n)
	msgs := u.inbox[:min(len(u.inbox), pollMax)]
	before := u.newest
	if len(msgs) > 0 {
		before = msgs[0].ver - 1
	}
	c.answer(r.id, func(dst []byte) []byte {
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
