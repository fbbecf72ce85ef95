package server_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
)

// A message that is acknowledged while the server drains has gone out to its receiver. Clients are sent away one
// after the other: what came from the last was once stored for those who had been told to leave already.
func TestDrainDeliversWhatItAcknowledges(t *testing.T) {
	t.Parallel()
	const receivers, senders, begin = 100, 8, 200
	sig := server.New(server.WithLimits(server.Limits{UserMessagesPerSecond: -1, CallsPerSecond: -1}))
	dial := mount(t, sig)

	var wg sync.WaitGroup
	got := make([]string, receivers) // all frames of each
	for i := range receivers {
		c := dial()
		c.login(fmt.Sprint("r", i))
		wg.Go(func() {
			frames, _ := c.ends()
			got[i] = strings.Join(frames, "\n")
		})
	}
	var acked [senders][]string
	progress := make(chan struct{}, begin)
	for i := range senders {
		c := dial()
		c.login(fmt.Sprint("s", i))
		wg.Go(func() {
			for n := 0; ; n++ {
				text := fmt.Sprintf("<%d-%d>", i, n)
				var args wire.Object
				args.Str("line", c.line).Str("peer", fmt.Sprint("r", n%receivers)).Str("flag", "v1:E:60").Str("t", "instant").Str("content", text)
				_ = c.ws.WriteMessage(1, wire.AppendCall(nil, wire.FnSendMsg, int64(n), args.Bytes())) // the answer tells
				frame, err := c.next()
				if err != nil || !strings.Contains(frame, `\"ok\"`) {
					return
				}
				acked[i] = append(acked[i], text)
				select {
				case progress <- struct{}{}:
				default:
				}
			}
		})
	}
	for range begin {
		<-progress
	}
	require.NoError(t, sig.Drain(t.Context()))
	require.NoError(t, sig.Shutdown(t.Context()))
	wg.Wait()
	for _, texts := range acked {
		for n, text := range texts {
			assert.Contains(t, got[n%receivers], text)
		}
	}
}
