package server_test

import (
	"context"
	"net"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
)

func TestListen(t *testing.T) {
	t.Parallel()
	sig := server.New()
	for _, addr := range []string{"127.0.0.1:0", ":0"} {
		url, err := sig.Listen(addr)
		require.NoError(t, err)
		assert.Regexp(t, `^ws://127\.0\.0\.1:\d+/$`, url)
		ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
		require.NoError(t, err)
		_ = resp.Body.Close()
		c := &client{t: t, ws: ws}
		c.login("alice")
		require.NoError(t, ws.Close())

		_, err = sig.Listen(url[len("ws://") : len(url)-1])
		require.ErrorContains(t, err, "server: listen")
	}
	require.NoError(t, sig.Shutdown(t.Context()))
	_, err := sig.Listen("127.0.0.1:0")
	require.Error(t, err)
}

// What Shutdown ends is out of reach.
func TestListenIsOver(t *testing.T) {
	t.Parallel()
	sig := server.New()
	url, err := sig.Listen("127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = sig.Shutdown(ctx)
	_, err = new(net.Dialer).DialContext(t.Context(), "tcp", url[len("ws://"):len(url)-1])
	require.Error(t, err)
}
