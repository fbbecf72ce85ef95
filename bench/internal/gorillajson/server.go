package gorillajson

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/bench/internal/frames"
	"github.com/agora-signal-go/signal/bench/internal/peer"
)

const (
	silence  = 30 * time.Second
	inboxMax = 1 << 20 // messages that wait for a user
	pollMax  = 30
)

type server struct {
	upgrader websocket.Upgrader

	mu       sync.Mutex
	users    map[string]*user
	channels map[string]*channel
}

type user struct {
	account, line string

	mu     sync.Mutex
	conn   *conn // nil: away
	attrs  map[string]string
	newest uint64 // version of the last message
	inbox  []stored
}

type stored struct {
	ver  uint64
	line string
}

type channel struct {
	mu      sync.Mutex
	events  uint64
	members []*conn
}

func serve() (peer.Server, error) {
	s := &server{users: make(map[string]*user), channels: make(map[string]*channel)}
	return peer.ServeHTTP(s, s.close)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer ws.Close() //nolint:errcheck // it is over
	c := &conn{ws: ws}
	var u *user
	for {
		event, args, err := c.read()
		if err != nil {
			break
		}
		switch event {
		case "login":
			u, err = s.login(c, args)
		case "ping":
			if err = ws.SetReadDeadline(time.Now().Add(silence)); err == nil {
				err = c.send("pong", args)
			}
		case "call2":
			err = s.call(c, u, args)
		default:
			err = fmt.Errorf("unknown event %q", event)
		}
		if err != nil {
			break
		}
	}
	if u != nil {
		u.mu.Lock()
		u.conn = nil
		u.mu.Unlock()
	}
}

func (s *server) login(c *conn, data []byte) (*user, error) {
	var args frames.LoginArgs
	if err := json.Unmarshal(data, &args); err != nil {
		return nil, err
	}
	s.mu.Lock()
	u := s.users[args.Account]
	if u == nil {
		u = &user{account: args.Account, attrs: make(map[string]string)}
		s.users[args.Account] = u
	}
	s.mu.Unlock()
	u.mu.Lock()
	u.conn, u.line = c, rand.Text()
	u.mu.Unlock()
	if err := c.ws.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return nil, err
	}
	text, err := json.Marshal(frames.Ret{Result: "ok", Line: u.line})
	if err != nil {
		return nil, err
	}
	return u, c.send("login_ret", []any{"", string(text)})
}

// call handles a call and answers it.
func (s *server) call(c *conn, u *user, data []byte) error {
	var (
		fn   string
		id   uint64
		args frames.CallArgs
	)
	if err := frames.Split(data, &fn, &id, &args); err != nil {
		return err
	}
	if u == nil || args.Line != u.line {
		return answer(c, id, frames.Ret{Result: "failed", Reason: "LineInvalid"})
	}
	r := frames.Ret{Result: "ok"}
	switch fn {
	case "user_set_attr":
		u.mu.Lock()
		u.attrs[args.Name] = args.Value
		u.mu.Unlock()
	case "user_get_attr":
		r.Account, r.Name, r.Value = args.Account, args.Name, s.user(args.Account).attr(args.Name)
	case "user_sendmsg":
		if !s.user(args.Peer).deliver(u.account, args.Flag, args.T, args.Content) {
			r = frames.Ret{Result: "failed", Reason: "Full"}
		}
	case "user_getmsg":
		r.VerClear, r.Msgs = u.poll(args.VerClear, args.Max)
	case "channel_join":
		s.channel(args.Name).join(c)
	case "channel_sendmsg":
		if err := s.channel(args.Name).publish(args.Name, u.account, args.Msg); err != nil {
			return err
		}
	default:
		r = frames.Ret{Result: "failed", Reason: "NoSuchFunc"}
	}
	return answer(c, id, r)
}

func answer(c *conn, id uint64, r frames.Ret) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return c.send("call2-ret", []any{id, "", string(text)})
}

func (s *server) user(account string) *user {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[account]
	if u == nil {
		u = &user{account: account, attrs: make(map[string]string)}
		s.users[account] = u
	}
	return u
}

func (s *server) channel(name string) *channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[name]
	if ch == nil {
		ch = &channel{}
		s.channels[name] = ch
	}
	return ch
}

func (s *server) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		u.mu.Lock()
		if u.conn != nil {
			_ = u.conn.ws.Close() // it is over
		}
		u.mu.Unlock()
	}
}
