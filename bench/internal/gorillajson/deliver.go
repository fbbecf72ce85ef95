package gorillajson

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/frames"
)

func (u *user) attr(name string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.attrs[name]
}

// deliver puts a message into the user's list, and sends it when the user is there. It reports false when the list
// is full.
func (u *user) deliver(src, flag, typ, content string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.inbox) >= inboxMax {
		return false
	}
	u.newest++
	m := stored{u.newest, frames.Line(src, u.account, flag, typ, time.Now().UnixMilli(), content)}
	u.inbox = append(u.inbox, m)
	if u.conn == nil {
		return true
	}
	text, err := json.Marshal([]any{m.ver, m.line})
	if err == nil {
		_ = u.conn.send("notify", []any{"recvmsg", string(text)}) // the user's own goroutine hears of it
	}
	return err == nil
}

// poll forgets what the user has, and returns what comes next.
func (u *user) poll(ver uint64, most int) (uint64, [][2]any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	n, _ := slices.BinarySearchFunc(u.inbox, ver+1, func(m stored, v uint64) int { return int(m.ver) - int(v) })
	u.inbox = append([]stored(nil), u.inbox[n:]...)
	var msgs [][2]any
	for _, m := range u.inbox[:min(len(u.inbox), most, pollMax)] {
		msgs = append(msgs, [2]any{m.ver, m.line})
	}
	if len(msgs) > 0 {
		return u.inbox[0].ver - 1, msgs
	}
	return u.newest, nil
}

func (ch *channel) join(c *conn) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.members = append(ch.members, c)
}

// publish sends a message to all members, in the same order to each.
func (ch *channel) publish(name, account, msg string) error {
	text, err := json.Marshal(frames.ChannelText{Channel: name, Account: account, Msg: msg})
	if err != nil {
		return err
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.events++
	l := frames.Line(account, name, "-", "channel_msg", time.Now().UnixMilli(), string(text))
	frame, err := json.Marshal([]any{"notify", []any{"channel2", name, ch.events, l}})
	if err != nil {
		return err
	}
	for _, m := range ch.members {
		_ = m.write(frame) // the member's own goroutine hears of it
	}
	return nil
}
