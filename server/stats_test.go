package server_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestStats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sig := server.New(server.WithApp("app", ""), server.WithApp("closed", "x"), server.WithShards(2),
			server.WithLimits(server.Limits{SocketsPerIP: 5}))
		dial := mountPipe(t, sig)
		alice, bob := dial(), dial()
		alice.login("alice")
		bob.login("bob")
		assert.Equal(t, "ok", alice.ask(wire.FnJoin, map[string]any{"name": "room"}).Ret.Get("result").Text())
		assert.Equal(t, "ok", alice.ask(wire.FnSendMsg, map[string]any{
			"peer": "bob", "flag": "v1:E:60", "t": "instant", "content": "hi",
		}).Ret.Get("result").Text())
		_ = bob.frame()

		stranger := dial()
		stranger.sendLogin("closed", "eve", "guess")
		_, _ = stranger.ends()
		stranger = dial()
		stranger.send("[]")
		_, _ = stranger.ends()
		stranger = dial()
		synctest.Wait()
		s := sig.Stats()
		assert.Equal(t, 3, s.Sockets)
		assert.Equal(t, 1, s.PendingSockets)
		assert.Equal(t, 2, s.Sessions)
		assert.Equal(t, 2, s.Accounts)
		assert.Equal(t, 1, s.Channels)
		assert.Zero(t, s.QueueLength+s.QueueLongest)
		assert.Equal(t, uint64(5), s.Accepted)
		assert.Equal(t, uint64(2), s.Logins)
		assert.Equal(t, map[string]uint64{"TokenErrorWrongFormat": 1}, s.LoginsFailed)
		assert.Equal(t, uint64(1), s.BadFrames)
		assert.Equal(t, uint64(2), s.Calls)
		assert.Equal(t, uint64(1), s.MessagesIn)
		assert.Equal(t, uint64(1), s.Notifies)
		assert.Equal(t, uint64(6), s.FramesIn)
		assert.Equal(t, uint64(7), s.FramesOut)
		assert.Positive(t, s.BytesIn)
		assert.Positive(t, s.BytesOut)
		assert.Positive(t, s.Turns)
		assert.Empty(t, s.Refused)

		_, _ = stranger.ends()
		time.Sleep(time.Minute)
		synctest.Wait()
		s = sig.Stats()
		assert.Equal(t, uint64(1), s.LoginTimeouts)
		assert.Equal(t, uint64(2), s.SilentSockets)
		assert.Zero(t, s.Sockets)
		again := dial()
		again.resume(alice.line)
		again = dial()
		again.send(`["line_login",{"line":"x"}]`)
		_ = again.frame()
		s = sig.Stats()
		assert.Equal(t, uint64(1), s.Resumes)
		assert.Equal(t, uint64(1), s.LoginsFailed[wire.ReasonLineInvalid])
		assert.NoError(t, sig.Shutdown(t.Context()))
	})
}

func TestStatsOfRefusals(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t, proxied, server.WithLimits(server.Limits{SocketsPerIP: 1}))
	_, _, _ = dialFrom(t, srv, "192.0.2.1")
	_, status, _ := dialFrom(t, srv, "192.0.2.1")
	assert.Equal(t, http.StatusTooManyRequests, status)
}
