package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
)

// get asks sig without a network.
func get(t *testing.T, sig http.Handler, path string) int {
	t.Helper()
	w := httptest.NewRecorder()
	sig.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return w.Code
}

// A web client from 1.4.0 on takes every close frame for the end of its session, and comes back without one.
func TestDrainOfAWebClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sig := server.New()
		dial := mountPipe(t, sig)
		old, young := dial(), dial()
		for account, c := range map[string]*client{"old": old, "young": young} {
			l := wire.Login{AppID: "app", Account: account, Device: wire.DeviceWeb}
			c.send(string(l.Append(nil)))
			require.True(t, c.loggedIn())
		}
		young.send(`["set_flag",{"binary":1}]`)
		synctest.Wait()

		drained := make(chan error, 1)
		go func() { drained <- sig.Drain(t.Context()) }()
		old.endsWith(websocket.CloseGoingAway, restart)
		young.endsWith(websocket.CloseGoingAway)
		_, _ = old.ws.Close(), young.ws.Close()
		require.NoError(t, <-drained)
		require.NoError(t, sig.Shutdown(t.Context()))
	})
}

// What is under way is finished and told, what comes meanwhile is not begun.
func TestDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sig := server.New(server.WithShards(3), server.WithInvokeHandler("p",
			func(ctx context.Context, _ server.Caller, fn, _ string) (string, error) {
				time.Sleep(3 * time.Second)
				return fn, ctx.Err()
			}))
		dial := mountPipe(t, sig)
		assert.True(t, sig.Ready())
		assert.Equal(t, http.StatusOK, get(t, sig, "/readyz"))
		alice, bob := dial(), dial()
		alice.login("alice")
		bob.login("bob")
		alice.post("f")
		synctest.Wait()

		start := time.Now()
		drained := make(chan error, 1)
		go func() { drained <- sig.Drain(t.Context()) }()
		synctest.Wait()
		assert.False(t, sig.Ready())
		assert.Equal(t, http.StatusServiceUnavailable, get(t, sig, "/readyz"))
		assert.Equal(t, http.StatusServiceUnavailable, get(t, sig, "/healthz"))
		assert.Equal(t, http.StatusOK, get(t, sig, "/getaddr?vid=app"))
		assert.Equal(t, "Cancelled", bob.invoke("p", "f", "").Ret.Get("reason").Text())
		bob.works() // until the end

		f := alice.frame()
		assert.Equal(t, wire.EventCallRet, f.Event)
		assert.Equal(t, "f", f.Ret.Get("ret").Text())
		assert.Equal(t, 3*time.Second, time.Since(start))
		alice.endsWith(websocket.CloseGoingAway, restart)
		bob.endsWith(websocket.CloseGoingAway, restart)
		_, _ = alice.ws.Close(), bob.ws.Close()
		require.NoError(t, <-drained)
		require.NoError(t, sig.Drain(t.Context()))
		assert.Equal(t, 2, sig.Stats().Sessions) // memory stays
		assert.Zero(t, sig.Stats().Sockets)
		require.NoError(t, sig.Shutdown(t.Context()))
	})
}

// Who does not hang up, or does not return, holds Drain up until its context is done.
func TestDrainDelayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		sig := server.New(server.WithInvokeHandler("p", func(context.Context, server.Caller, string, string) (string, error) {
			<-end
			return "", nil
		}))
		c := mountPipe(t, sig)()
		c.login("alice")
		c.post("f")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, sig.Drain(ctx), context.DeadlineExceeded)
		assert.Equal(t, 2*time.Second, time.Since(start))
		close(end)
		require.NoError(t, sig.Shutdown(t.Context()))
	})
}
