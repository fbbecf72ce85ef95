package batch

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

const (
	silence  = 30 * time.Second
	inboxMax = 1 << 20 // messages that wait for a user
	pollMax  = 30
)

type server struct {
	reads reader

	upgrader websocket.Upgrader

	mu       sync.RWMutex
	users    map[string]*user
	channels map[string]*channel
}

func serve(r reader) (peer.Server, error) {
	s := &server{reads: r, users: make(map[string]*user), channels: make(map[string]*channel)}
	return peer.ServeHTTP(s, s.close)
}

// session is a connection at the server; its fields are the reading goroutine's.
type session struct {
	srv   *server
	out   *out
	user  *user
	peer  *user    // whom the last message went to
	room  *channel // and the last message to a channel
	dirty []*out   // to be written when all that was read is handled
	frame []byte
	req   request // that is being handled
}

// ServeHTTP leaves the connection to a goroutine of its own, so that net/http's buffers are not kept.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	go s.read(ws.NetConn())
}

func (s *server) read(nc net.Conn) {
	defer nc.Close() //nolint:errcheck // it is over
	c := &session{srv: s, out: &out{nc: nc}}
	_ = readFrames(nc, c.hear, c.flush) // ends with the connection
	if u := c.user; u != nil {
		u.mu.Lock()
		u.out = nil
		u.mu.Unlock()
	}
}

// flush writes to everybody whom this turn had something to say to.
func (c *session) flush() {
	for i, o := range c.dirty {
		o.writeNow()
		c.dirty[i] = nil
	}
	c.dirty = c.dirty[:0]
}

func (c *session) say(o *out, fill func([]byte) []byte) {
	if o.append(fill) {
		c.dirty = append(c.dirty, o)
	}
}

func (c *session) hear(text []byte) error {
	r := &c.req
	if err := c.srv.reads.request(text, r); err != nil {
		return err
	}
	switch r.fn {
	case loginFn:
		c.login(r.account)
	case pingFn:
		_ = c.out.nc.SetReadDeadline(time.Now().Add(silence)) // reading says what is wrong
		c.say(c.out, func(dst []byte) []byte {
			return append(appendUint(append(dst, `["pong",`...), r.id), ']')
		})
	default:
		return c.call(r)
	}
	return nil
}

func (c *session) login(account string) {
	u := c.srv.user(account)
	u.mu.Lock()
	u.out, u.line = c.out, rand.Text()
	u.mu.Unlock()
	c.user = u
	_ = c.out.nc.SetReadDeadline(time.Now().Add(silence)) // reading says what is wrong
	c.say(c.out, func(dst []byte) []byte {
		dst = append(dst, `["login_ret",["","{\"result\":\"ok\",\"line\":\"`...)
		return append(append(dst, u.line...), `\"}"]]`...)
	})
}

// call handles a call and answers it.
func (c *session) call(r *request) error {
	if c.user == nil || r.line != c.user.line {
		return fmt.Errorf("call %d: line %q is not the session's", r.id, r.line)
	}
	switch r.fn {
	case "user_get_attr":
		c.getAttr(r)
	case "user_set_attr":
		c.setAttr(r)
	case "user_sendmsg":
		c.sendMessage(r)
	case "user_getmsg":
		c.getMessages(r)
	case "channel_join":
		c.join(r)
	case "channel_sendmsg":
		c.publish(r)
	default:
		return fmt.Errorf("call %d: unknown function %q", r.id, r.fn)
	}
	return nil
}

// answer answers a call with members beyond the result, which fill appends.
func (c *session) answer(id uint64, fill func([]byte) []byte) {
	c.say(c.out, func(dst []byte) []byte {
		dst = appendUint(append(dst, `["call2-ret",[`...), id)
		dst = append(dst, `,"","{\"result\":\"ok\"`...)
		if fill != nil {
			dst = fill(dst)
		}
		return append(dst, `}"]]`...)
	})
}

func (c *session) fail(id uint64, reason string) {
	c.say(c.out, func(dst []byte) []byte {
		return fmt.Appendf(dst, `["call2-ret",[%d,"","{\"result\":\"failed\",\"reason\":\"%s\"}"]]`, id, reason)
	})
}

func (s *server) user(account string) *user {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[account]
	if u == nil {
		u = &user{account: strings.Clone(account)}
		s.users[u.account] = u
	}
	return u
}

func (s *server) find(account string) *user {
	s.mu.RLock()
	u := s.users[account]
	s.mu.RUnlock()
	if u == nil {
		return s.user(account)
	}
	return u
}

func (s *server) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		u.mu.Lock()
		if u.out != nil {
			_ = u.out.nc.Close() // it is over
		}
		u.mu.Unlock()
	}
}
