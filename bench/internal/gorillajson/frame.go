// Package gorillajson is what one writes in an afternoon with gorilla/websocket and encoding/json: this project's own
// protocol, one goroutine per connection that reads, a mutex around each connection's writes and one around the maps.
// It is the baseline of the benchmark, and so does the same work: messages to users are versioned, kept in a bounded
// list until they are acknowledged, and acknowledged to the sender once they are there.
package gorillajson

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// New returns the contender.
func New() peer.Contender {
	return peer.Contender{Name: "gorilla+json", Acked: true, Serve: serve, Dial: dial}
}

// flag is what a message that is kept for a day for one who is away says.
const flag = "v1:E:86400"

// conn is a websocket that several goroutines write to.
type conn struct {
	ws *websocket.Conn
	mu sync.Mutex
}

func (c *conn) send(event string, args any) error {
	frame, err := json.Marshal([]any{event, args})
	if err != nil {
		return err
	}
	return c.write(frame)
}

func (c *conn) write(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ws.WriteMessage(websocket.TextMessage, frame)
}

// read returns the next frame in its two parts.
func (c *conn) read() (event string, args json.RawMessage, err error) {
	_, data, err := c.ws.ReadMessage()
	if err != nil {
		return "", nil, err
	}
	var frame [2]json.RawMessage
	if err := json.Unmarshal(data, &frame); err != nil {
		return "", nil, err
	}
	err = json.Unmarshal(frame[0], &event)
	return event, frame[1], err
}

// split reads an array of values into dst.
func split(data []byte, dst ...any) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	return each(parts, dst...)
}

// each reads one value after the other.
func each(parts []json.RawMessage, dst ...any) error {
	if len(parts) < len(dst) {
		return fmt.Errorf("want %d values, got %d", len(dst), len(parts))
	}
	for i, d := range dst {
		if err := json.Unmarshal(parts[i], d); err != nil {
			return err
		}
	}
	return nil
}

// line is a message as it goes to users: "msg-v2 SRC DST FLAG TYPE TIME CONTENT".
func line(src, dst, flag, typ string, ms int64, content string) string {
	return strings.Join([]string{"msg-v2", src, dst, flag, typ, strconv.FormatInt(ms, 10), content}, " ")
}

func content(line string) (string, error) {
	parts := strings.SplitN(line, " ", 7)
	if len(parts) < 7 {
		return "", fmt.Errorf("want a line of 7 fields, got %q", line)
	}
	return parts[6], nil
}

// loginArgs are those of login.
type loginArgs struct {
	App     string `json:"vid"`
	Account string `json:"account"`
	UID     int    `json:"uid"`
	Token   string `json:"token"`
	Device  string `json:"device"`
}

// callArgs are those of all calls.
type callArgs struct {
	Line     string `json:"line"`
	Account  string `json:"account,omitempty"`
	Name     string `json:"name,omitempty"`
	Value    string `json:"value,omitempty"`
	Peer     string `json:"peer,omitempty"`
	Flag     string `json:"flag,omitempty"`
	T        string `json:"t,omitempty"`
	Content  string `json:"content,omitempty"`
	Msg      string `json:"msg,omitempty"`
	VerClear uint64 `json:"ver_clear,omitempty"`
	Max      int    `json:"max,omitempty"`
}

// ret is what all answers say.
type ret struct {
	Result   string   `json:"result"`
	Reason   string   `json:"reason,omitempty"`
	Line     string   `json:"line,omitempty"`
	Account  string   `json:"account,omitempty"`
	Name     string   `json:"name,omitempty"`
	Value    string   `json:"value,omitempty"`
	VerClear uint64   `json:"ver_clear,omitempty"`
	Msgs     [][2]any `json:"msgs,omitempty"`
}

// channelText is the content of a channel's message.
type channelText struct {
	Channel string `json:"channel"`
	Account string `json:"account"`
	UID     int    `json:"uid"`
	Msg     string `json:"msg"`
}
