package server_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// dialFrom connects as if from another address. The server has to trust its own.
func dialFrom(t *testing.T, srv *signaltest.Server, addr string) (c *client, status int, retry string) {
	t.Helper()
	d := websocket.Dialer{NetDialContext: srv.Dial}
	ws, resp, err := d.DialContext(t.Context(), srv.URL, http.Header{"X-Forwarded-For": {addr}})
	require.NotNil(t, resp, err)
	_ = resp.Body.Close()
	if err != nil {
		return nil, resp.StatusCode, resp.Header.Get("Retry-After")
	}
	t.Cleanup(func() { _ = ws.Close() })
	return &client{t: t, ws: ws}, resp.StatusCode, ""
}

var proxied = server.WithTrustedProxies("127.0.0.1")

func TestSocketsPerIP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t, proxied, server.WithLimits(server.Limits{SocketsPerIP: 2}))
		first, _, _ := dialFrom(t, srv, "2001:db8::1")
		_, _, _ = dialFrom(t, srv, "2001:db8::2")
		_, status, retry := dialFrom(t, srv, "2001:db8::3")
		assert.Equal(t, http.StatusTooManyRequests, status)
		assert.Equal(t, "10", retry)
		c, _, _ := dialFrom(t, srv, "2001:db8:0:1::1")
		c.login("alice")
		c.works()

		_ = first.ws.Close()
		synctest.Wait()
		_, status, _ = dialFrom(t, srv, "2001:db8::3")
		assert.Equal(t, http.StatusSwitchingProtocols, status)
	})
}

func TestSockets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t, server.WithLimits(server.Limits{Sockets: 2}))
		alice := login(t, srv, "alice")
		bob := login(t, srv, "bob")
		_, status, retry := dialFrom(t, srv, "")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Equal(t, "10", retry)
		alice.works()
		_ = bob.ws.Close()
		synctest.Wait()
		login(t, srv, "bob").works()
	})
}

// Room for those who come is made by those who came and never logged in.
func TestPendingSockets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t, server.WithLimits(server.Limits{PendingSockets: 2}))
		for _, name := range []string{"alice", "bob", "carol"} { // who do not count
			login(t, srv, name).works()
		}
		first := dial(t, srv)
		time.Sleep(500 * time.Millisecond)
		second := dial(t, srv)
		_, status, retry := dialFrom(t, srv, "")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Equal(t, "1", retry)
		time.Sleep(500 * time.Millisecond)
		third := dial(t, srv)
		first.endsWith(websocket.ClosePolicyViolation, timedOut)
		second.login("dave")
		login(t, srv, "erin").works()
		third.login("frank")
	})
}

func TestLoginsPerIP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t, proxied, server.WithLimits(server.Limits{LoginsPerIPPerSecond: 2}))
		var waiting [4]*client
		for i := range waiting {
			waiting[i], _, _ = dialFrom(t, srv, "192.0.2.1")
		}
		waiting[0].login("alice")
		waiting[1].login("bob")
		waiting[2].sendLogin("app", "carol", "")
		f := waiting[2].frame()
		assert.Equal(t, wire.ReasonRefused, f.Err)
		assert.Equal(t, "202", string(f.Ret.Get("ecode")))
		waiting[2].endsWith(websocket.CloseNormalClosure)
		_, status, retry := dialFrom(t, srv, "192.0.2.1")
		assert.Equal(t, http.StatusTooManyRequests, status)
		assert.Equal(t, "1", retry)
		c, _, _ := dialFrom(t, srv, "192.0.2.2")
		c.login("dave")

		time.Sleep(500 * time.Millisecond)
		waiting[3].login("erin")
		waiting[0].works()
	})
}

// Who guesses tokens is made to wait, on sockets that are up too, and nobody else is.
func TestFailedTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t, proxied, server.WithApp("app", "certificate"),
			server.WithLimits(server.Limits{FailedTokensPerIP: 2}))
		expired := wire.Token("app", "certificate", "alice", time.Now().Add(-time.Hour).Unix())
		good := wire.Token("app", "certificate", "alice", time.Now().Add(time.Hour).Unix())
		try := func(c *client, token string) string {
			t.Helper()
			c.sendLogin("app", "alice", token)
			return c.frame().Err
		}
		from := func(addr string) *client {
			t.Helper()
			c, _, _ := dialFrom(t, srv, addr)
			require.NotNil(t, c)
			return c
		}
		up := from("192.0.2.1")
		for range 5 { // no guesses
			assert.Equal(t, "TokenErrorExpired", try(from("192.0.2.1"), expired))
		}
		for range 3 {
			assert.Equal(t, "TokenErrorWrongFormat", try(from("192.0.2.1"), "guess"))
		}
		_, status, retry := dialFrom(t, srv, "192.0.2.1")
		assert.Equal(t, http.StatusTooManyRequests, status)
		assert.Equal(t, "1", retry)
		assert.Equal(t, "Refused", try(up, good))
		assert.Empty(t, try(from("192.0.2.2"), good))

		time.Sleep(time.Second)
		assert.Equal(t, "TokenErrorWrongFormat", try(from("192.0.2.1"), "guess"))
		time.Sleep(time.Second)
		_, _, retry = dialFrom(t, srv, "192.0.2.1")
		assert.Equal(t, "1", retry)
		time.Sleep(time.Second)
		assert.Empty(t, try(from("192.0.2.1"), good))
	})
}

// What a request does not become, it does not cost.
func TestNoSocket(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t, server.WithOrigins("https://a.example"),
		server.WithLimits(server.Limits{Sockets: 1, PendingSockets: 1, SocketsPerIP: 1}))
	for range 3 {
		_, resp, err := websocket.DefaultDialer.DialContext(t.Context(), srv.URL, http.Header{"Origin": {"https://b.example"}})
		require.Error(t, err)
		_ = resp.Body.Close()
		assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	}
	login(t, srv, "alice").works()
}
