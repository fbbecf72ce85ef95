package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	signal "github.com/agora-signal-go/signal"
)

func TestNoticeGoesAway(t *testing.T) {
	t.Parallel()
	m := &model{}
	m.complain(errors.New("first\x1b"))
	first := noticeOld(m.notice.id)
	m.complain(errors.New("second"))
	m.Update(first) // the timer of one that has gone before
	assert.Equal(t, "second", m.notice.text)
	m.Update(noticeOld(m.notice.id))
	assert.Empty(t, m.notice.text)
}

func TestReason(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"this account logged in elsewhere": signal.LogoutEKicked,
		"not online":                       signal.InviteEPeerOffline,
		"nobody answers":                   signal.InviteETimeout,
		"refused":                          signal.ErrRefused,
		"too fast: wait a moment":          signal.ErrRateLimited,
		"you have left that channel":       signal.ErrLeft,
		"no answer from the server":        context.DeadlineExceeded,
		"what: else":                       errors.New("else"),
	} {
		assert.Equal(t, want, reason(fmt.Errorf("what: %w", err)))
	}
}
