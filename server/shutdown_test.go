package server_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
)

const restart = `["close","restart"]`

// mount serves sig on the loopback interface.
func mount(t *testing.T, sig *server.Server) (dial func() *client) {
	t.Helper()
	hs := httptest.NewServer(sig)
	t.Cleanup(hs.Close)
	return func() *client {
		ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+hs.URL[len("http"):], nil)
		require.NoError(t, err)
		_ = resp.Body.Close()
		t.Cleanup(func() { _ = ws.Close() })
		return &client{t: t, ws: ws}
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	sig := server.New()
	dial := mount(t, sig)
	in, out, gone := dial(), dial(), dial()
	in.login("alice")
	gone.login("bob")
	_ = gone.ws.Close()

	var wg sync.WaitGroup
	for range 3 { // again is fine, also meanwhile
		wg.Go(func() { assert.NoError(t, sig.Shutdown(t.Context())) })
	}
	in.endsWith(websocket.CloseGoingAway, restart)
	out.endsWith(websocket.CloseGoingAway, restart)
	wg.Wait()
	require.NoError(t, sig.Shutdown(t.Context()))

	for _, upgrade := range []bool{false, true} {
		r := httptest.NewRequest(http.MethodGet, "/healthz", http.NoBody)
		if upgrade {
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "websocket")
		}
		w := httptest.NewRecorder()
		sig.ServeHTTP(w, r)
		assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	}
}

func TestShutdownOfNothing(t *testing.T) {
	t.Parallel()
	require.NoError(t, server.New().Shutdown(t.Context()))
}

// A peer that neither reads nor hangs up delays the end, until the context is done.
func TestShutdownDelayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sig := server.New()
		dial := mountPipe(t, sig)
		dial().login("alice")
		dial()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, sig.Shutdown(ctx), context.DeadlineExceeded)
		assert.Equal(t, 300*time.Millisecond, time.Since(start))
		require.NoError(t, sig.Shutdown(ctx)) // it has ended
	})
}

// Without such a context it lasts a second.
func TestShutdownPatient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sig := server.New()
		dial := mountPipe(t, sig)
		dial().login("alice")
		start := time.Now()
		require.NoError(t, sig.Shutdown(t.Context()))
		assert.Equal(t, time.Second, time.Since(start))
	})
}

// mountPipe serves sig on net.Pipe, which works in a bubble and takes nothing that is not read at once.
func mountPipe(t *testing.T, sig *server.Server) (dial func() *client) {
	t.Helper()
	ln := newPipeListener()
	hs := &http.Server{Handler: sig}
	go func() { _ = hs.Serve(ln) }()
	t.Cleanup(func() { _ = hs.Close() })
	return func() *client {
		d := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) {
			return ln.dial(), nil
		}}
		ws, resp, err := d.DialContext(t.Context(), "ws://test/", nil)
		require.NoError(t, err)
		_ = resp.Body.Close()
		t.Cleanup(func() { _ = ws.Close() })
		return &client{t: t, ws: ws}
	}
}
