package signal_test

import (
	"bytes"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// A handler that panics, or ends its goroutine, is reported next, and life goes on.
func TestHandlerPanics(t *testing.T) {
	for name, tt := range map[string]struct {
		fail func()
		desc string
	}{
		"text":   {func() { panic("oops") }, "oops"},
		"error":  {func() { panic(errors.New("broken")) }, "broken"},
		"Goexit": {runtime.Goexit, "handler called runtime.Goexit"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			alice := offline(t, signal.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			alice.Hook(func(c recorder.Call) {
				if c.Is("OnChannelLeaved") {
					tt.fail()
				}
			})
			alice.ChannelLeave("ch")
			alice.ChannelJoin("ch")
			alice.Expect(t, "OnChannelLeaved")
			alice.Expect(t, "OnError", "panic", int(signal.GeneralEUnknown), tt.desc)
			alice.Expect(t, "OnChannelJoinFailed")
			alice.Destroy()
			assert.Contains(t, log.String(), "handler panicked")
			assert.Contains(t, log.String(), "events_test.go", "the stack")
		})
	}
}

// The report that panics is not reported again.
func TestReportPanics(t *testing.T) {
	var log bytes.Buffer
	alice := offline(t, signal.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	alice.Hook(func(c recorder.Call) {
		if c.Is("OnChannelLeaved") || c.Is("OnError") {
			panic("again")
		}
	})
	alice.ChannelLeave("ch")
	alice.ChannelJoin("ch")
	alice.Expect(t, "OnChannelLeaved")
	alice.Expect(t, "OnError", "panic")
	alice.Expect(t, "OnChannelJoinFailed")
	alice.ChannelQueryUserNum("ch") // its outcome comes behind the log line
	alice.Expect(t, "OnChannelQueryUserNumResult")
	alice.Destroy()
	alice.Quiet(t)
	assert.Equal(t, 2, strings.Count(log.String(), "handler panicked"))
	assert.Equal(t, 1, alice.Fired()["OnLog"])
}

// An OnLog that panics is not told of that by OnLog.
func TestOnLogPanics(t *testing.T) {
	alice := offline(t)
	var lines atomic.Int32
	alice.Hook(func(c recorder.Call) {
		if c.Is("OnLog") {
			lines.Add(1)
			panic("in OnLog")
		}
	})
	alice.Login2("app", "alice", "", 0, "", 0, 1)
	alice.Expect(t, "OnError", "panic", int(signal.GeneralEUnknown), "in OnLog")
	alice.Await(t, "OnLoginFailed")
	alice.Destroy()
	assert.Less(t, lines.Load(), int32(5))
}
