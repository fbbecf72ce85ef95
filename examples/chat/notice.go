package main

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	signal "github.com/agora-signal-go/signal"
)

// noticeTime is how long a notice stands in the last row.
const noticeTime = 6 * time.Second

// A notice is one row that goes away by itself: what went wrong, mostly.
type notice struct {
	text string
	bad  bool
	id   int
}

// noticeOld says that the notice of this number has stood long enough.
type noticeOld int

func (n *notice) expire(id noticeOld) {
	if n.id == int(id) {
		n.text = ""
	}
}

func (m *model) tell(text string, bad bool) tea.Cmd {
	m.notice = notice{text: cleanLine(text), bad: bad, id: m.notice.id + 1}
	id := noticeOld(m.notice.id)
	return tea.Tick(noticeTime, func(time.Time) tea.Msg { return id })
}

// complain shows an error.
func (m *model) complain(err error) tea.Cmd { return m.tell(reason(err), true) }

// reason says in words of people what an error is. All errors of package signal can be told apart by [errors.Is].
func reason(err error) string {
	switch {
	case errors.Is(err, signal.LogoutEKicked):
		return "this account logged in elsewhere"
	case errors.Is(err, signal.InviteEPeerOffline):
		return "not online"
	case errors.Is(err, signal.InviteETimeout):
		return "nobody answers"
	case errors.Is(err, signal.InviteEReinvite):
		return "you call them already"
	case errors.Is(err, signal.ErrRefused):
		return "refused"
	case errors.Is(err, signal.ErrUnauthorized):
		return "the token is not good, or not any more"
	case errors.Is(err, signal.ErrRateLimited):
		return "too fast: wait a moment"
	case errors.Is(err, signal.ErrLeft):
		return "you have left that channel"
	case errors.Is(err, signal.ErrClosed):
		return "the session is over: /quit and come again"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer from the server"
	}
	return err.Error()
}
