package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// Whatever is on the screen and whatever its size: it has its rows, and none is wider.
func TestEverythingFits(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client, err := signal.Dial(ctx, "app", strings.Repeat("王", 40), signal.WithServer(srv.URL))
	require.NoError(t, err)
	defer client.Close(context.Background())
	room, err := client.Join(ctx, "a-channel-with-a-name-that-is-too-long-for-any-screen-一二三四五六七八九十")
	require.NoError(t, err)

	m := newModel(ctx, client, room.Name())
	events := []any{signal.ChannelJoined{Channel: room}}
	var members []string
	for i := range 60 {
		members = append(members, fmt.Sprintf("member-%d-一二三四五六七八九十", i))
		events = append(events, signal.Message{From: members[i], Text: "psst"}, signal.Message{From: "x" + members[i], Channel: room.Name(), Text: strings.Repeat("wörds 中文字 ", i)})
	}
	events = append(events, signal.Presence{Channel: room.Name(), Kind: signal.PresenceSync, Accounts: members})
	for _, event := range events {
		m.Update(event)
	}
	states := map[string]func(){
		"connected": func() { m.status.State = signal.StateConnected },
		"reconnecting": func() {
			m.status = signal.Status{State: signal.StateReconnecting, Attempt: 1000, Err: context.DeadlineExceeded}
		},
		"closed":    func() { m.status = signal.Status{State: signal.StateClosed, Err: signal.LogoutEKicked} },
		"noticed":   func() { m.complain(fmt.Errorf("%s", strings.Repeat("bad ", 100))) },
		"scrolled":  func() { m.shown.scroll, m.shown.below = 50, 1000 },
		"typing":    func() { m.input.SetValue(strings.Repeat("一", 500)) },
		"private":   func() { m.show(m.talk(members[7], true)) },
		"graphemes": func() { m.ruler = ruler{ansi.GraphemeWidth}; m.redraw() },
	}
	for name, begin := range states {
		begin()
		for _, width := range []int{1, leastWidth - 1, leastWidth, talksFrom - 1, talksFrom, membersFrom - 1, membersFrom, 80, wideFrom - 1, wideFrom, 133} {
			for _, height := range []int{1, leastHeight - 1, leastHeight, 9, 10, 24, 50} {
				m.Update(tea.WindowSizeMsg{Width: width, Height: height})
				rows := strings.Split(m.View().Content, "\n")
				if width >= leastWidth && height >= leastHeight {
					require.Len(t, rows, height, name)
				}
				for _, row := range rows {
					require.LessOrEqual(t, m.ruler.width(row), width, "%s: %q at %d x %d", name, row, width, height)
				}
			}
		}
	}
}
