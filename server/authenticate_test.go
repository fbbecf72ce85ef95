package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

func (c *client) sendLogin(app, account, token string) {
	c.t.Helper()
	l := wire.Login{AppID: app, Account: account, Token: token, Device: wire.DeviceGo}
	c.send(string(l.Append(nil)))
}

func TestAuthenticator(t *testing.T) {
	t.Parallel()
	const token = "1:app:9:s/c"
	tests := []struct {
		name          string
		err           error
		reason, ecode string
	}{
		{"good", nil, "", ""},
		{"expired", fmt.Errorf("wrapped: %w", server.ErrTokenExpired), "TokenErrorExpired", "204"},
		{"refused", server.ErrRefused, "Refused", "202"},
		{"wrong", errors.New("no such token: " + token), "TokenErrorWrong", "206"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log syncBuffer
			srv := signaltest.NewServer(t, server.WithApp("app", "certificate"), server.WithLogger(debugLog(&log)),
				server.WithAuthenticator(func(_ context.Context, app, account, got string) error {
					assert.Equal(t, []string{"app", "alice", token}, []string{app, account, got})
					return tt.err
				}))
			c := dial(t, srv)
			c.sendLogin("app", "alice", token)
			f := c.frame()
			assert.Equal(t, tt.reason, f.Err)
			if tt.reason == "" {
				c.line = f.Ret.Get("line").Text()
				c.works()
			} else {
				assert.Equal(t, tt.ecode, string(f.Ret.Get("ecode")))
				c.endsWith(websocket.CloseNormalClosure)
			}

			other := dial(t, srv) // is not asked about
			other.sendLogin("other", "alice", token)
			assert.Equal(t, "InvalidApp", other.frame().Err)
			other = dial(t, srv)
			other.sendLogin("app", "a b", token)
			assert.Equal(t, "InvalidUser", other.frame().Err)
			srv.Close()
			assert.NotContains(t, log.String(), token)
		})
	}
}

// When nobody can say, the client is not told that its token is wrong: it comes again.
func TestAuthenticatorUnavailable(t *testing.T) {
	t.Parallel()
	const token = "1:app:9:sec/ret"
	tests := []struct {
		name string
		does func(ctx context.Context) error
		took time.Duration
	}{
		{"says so", func(context.Context) error {
			return fmt.Errorf("GET /?token=%s and %s: %w", url.QueryEscape(token), token, server.ErrUnavailable)
		}, 0},
		{"panics", func(context.Context) error { panic("with " + token) }, 0},
		{"takes too long", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log syncBuffer
				srv := signaltest.NewPipeServer(t, server.WithLogger(debugLog(&log)), server.WithAuthenticator(
					func(ctx context.Context, _, _, _ string) error { return tt.does(ctx) }))
				c := dial(t, srv)
				start := time.Now()
				c.sendLogin("app", "alice", token)
				c.endsWith(websocket.CloseTryAgainLater, restart)
				assert.Equal(t, tt.took, time.Since(start))
				srv.Close()
				assert.Contains(t, log.String(), "(token)"[:len("(token)")*b2i(tt.took == 0)])
				for _, secret := range []string{token, url.QueryEscape(token), url.PathEscape(token)} {
					assert.NotContains(t, log.String(), secret)
				}
			})
		})
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A login without a token, and the end of the server while its authenticator thinks.
func TestAuthenticatorAtShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sig := server.New(server.WithAuthenticator(func(ctx context.Context, _, _, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}))
		c := mountPipe(t, sig)()
		c.sendLogin("app", "alice", "")
		synctest.Wait()
		var wg sync.WaitGroup
		wg.Go(func() { assert.NoError(t, sig.Shutdown(t.Context())) })
		c.ends()
		wg.Wait()
	})
}
