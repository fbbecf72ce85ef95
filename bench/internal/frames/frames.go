// Package frames reads the frames of this project's protocol as one does with encoding/json.
package frames

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Flag is what a message that is kept for a day for one who is away says.
const Flag = "v1:E:86400"

// Parse returns a frame in its two parts.
func Parse(data []byte) (event string, args json.RawMessage, err error) {
	var frame [2]json.RawMessage
	if err := json.Unmarshal(data, &frame); err != nil {
		return "", nil, err
	}
	err = json.Unmarshal(frame[0], &event)
	return event, frame[1], err
}

// Split reads an array of values into dst.
func Split(data []byte, dst ...any) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	return Each(parts, dst...)
}

// Each reads one value after the other.
func Each(parts []json.RawMessage, dst ...any) error {
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

// Line is a message as it goes to users: "msg-v2 SRC DST FLAG TYPE TIME CONTENT".
func Line(src, dst, flag, typ string, ms int64, content string) string {
	return strings.Join([]string{"msg-v2", src, dst, flag, typ, strconv.FormatInt(ms, 10), content}, " ")
}

// Content returns the last field of a line.
func Content(line string) (string, error) {
	parts := strings.SplitN(line, " ", 7)
	if len(parts) < 7 {
		return "", fmt.Errorf("want a line of 7 fields, got %q", line)
	}
	return parts[6], nil
}

// LoginArgs are those of login.
type LoginArgs struct {
	App     string `json:"vid"`
	Account string `json:"account"`
	UID     int    `json:"uid"`
	Token   string `json:"token"`
	Device  string `json:"device"`
}

// CallArgs are those of all calls.
type CallArgs struct {
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

// Ret is what all answers say.
type Ret struct {
	Result   string   `json:"result"`
	Reason   string   `json:"reason,omitempty"`
	Line     string   `json:"line,omitempty"`
	Account  string   `json:"account,omitempty"`
	Name     string   `json:"name,omitempty"`
	Value    string   `json:"value,omitempty"`
	VerClear uint64   `json:"ver_clear,omitempty"`
	Msgs     [][2]any `json:"msgs,omitempty"`
}

// ChannelText is the content of a channel's message.
type ChannelText struct {
	Channel string `json:"channel"`
	Account string `json:"account"`
	UID     int    `json:"uid"`
	Msg     string `json:"msg"`
}
