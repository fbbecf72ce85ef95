//go:build load

package server_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
)

// The original's limit of members in one channel is comfortable here. The figures are logged; what is asserted is
// that everybody hears everything, once.
func TestTenThousandMembers(t *testing.T) {
	const members = 10_000
	sig := server.New(server.WithLimits(server.Limits{SocketsPerIP: -1, LoginsPerIPPerSecond: -1}))
	h := newHostileNet(t, sig)
	crowd := make([]*client, members)
	for i := range crowd {
		crowd[i] = h.dial("192.0.2.1")
		crowd[i].loginAs("app", fmt.Sprintf("member%d", i))
	}
	speaker := h.dial("192.0.2.2")
	speaker.loginAs("app", "speaker")
	notify := func(value string) {
		speaker.ask(wire.FnChannelSetAttr, map[string]any{"channel": "hall", "name": "_userNotification", "value": value})
	}

	notify("0")
	before, start := heap(), time.Now()
	for _, c := range crowd {
		c.ask(wire.FnJoin, map[string]any{"name": "hall"})
	}
	joins := time.Since(start)
	t.Logf("_userNotification 0: %d joins in %v, %d bytes per member", members, joins, (heap()-before)/members)

	var heard atomic.Int64
	for _, c := range crowd[1:] {
		go func() {
			for {
				frame, err := c.next()
				if err != nil {
					return
				}
				if strings.HasPrefix(frame, `["notify",["channel2"`) {
					heard.Add(1)
				}
			}
		}()
	}
	total := int64(0)
	all := func(what string, each int64, do func()) {
		start := time.Now()
		do()
		total += each
		require.Eventually(t, func() bool { return heard.Load() >= total }, patience, time.Millisecond, what)
		t.Logf("%s: the last of %d deliveries after %v", what, each, time.Since(start))
	}
	const others = members - 1
	leave := func() { crowd[0].ask(wire.FnLeave, map[string]any{"name": "hall"}) }
	join := func() { crowd[0].ask(wire.FnJoin, map[string]any{"name": "hall"}) }
	say := func() {
		speaker.ask(wire.FnChannelSend, map[string]any{"name": "hall", "msg": strings.Repeat("x", 128), "force": true})
	}

	all("one message to all", others, say)
	all("one leaves, _userNotification 0", 0, leave)
	all("_userNotification set to 1", others, func() { notify("1") })
	all("one joins, _userNotification 1", others, join)
	all("one leaves, _userNotification 1", others, leave)
	all("twenty messages to all", 20*others, func() {
		for range 20 {
			say()
		}
	})
	assert.Equal(t, total, heard.Load(), "everything once")
	assert.Zero(t, sig.Stats().SlowSockets)
	require.NoError(t, sig.Shutdown(t.Context()))
	_ = speaker.ws.Close()
	for _, c := range crowd {
		_ = c.ws.Close()
	}
}
