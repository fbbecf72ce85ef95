package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
)

func (c *client) join(channel string) {
	c.t.Helper()
	require.Equal(c.t, "ok", c.ask(wire.FnJoin, map[string]any{"name": channel}).Ret.Get("result").Text())
}

// notified returns the next message or event.
func (c *client) notified() wire.ServerFrame {
	c.t.Helper()
	for {
		if f := c.frame(); f.Event == wire.EventNotify {
			return f
		}
	}
}

// stop ends a server when the test does.
func stop(t *testing.T, sig *server.Server) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = sig.Shutdown(ctx)
	})
}

func TestAdminLists(t *testing.T) {
	t.Parallel()
	sig := server.New(server.WithShards(3))
	dial := mount(t, sig)
	stop(t, sig)
	var names []string
	for i := range 9 {
		c := dial()
		name := fmt.Sprintf("user%d", i)
		names = append(names, name)
		c.login(name)
		c.join("room of " + name)
	}
	last := dial()
	last.login("zoe")
	last.join("room of user0")

	sessions, err := sig.Sessions(t.Context(), "app", 0)
	require.NoError(t, err)
	require.Len(t, sessions, 10)
	for i, name := range names {
		want := server.SessionInfo{Account: name, Device: "gosdk", Channel: "room of " + name, Connected: true}
		assert.Equal(t, want, sessions[i])
	}
	sessions, err = sig.Sessions(t.Context(), "app", 4)
	require.NoError(t, err)
	require.Len(t, sessions, 4)
	assert.Equal(t, "user3", sessions[3].Account)
	sessions, err = sig.Sessions(t.Context(), "other", 4)
	require.NoError(t, err)
	assert.Empty(t, sessions)

	channels, err := sig.Channels(t.Context(), "app", 2)
	require.NoError(t, err)
	assert.Equal(t, []server.ChannelInfo{{Name: "room of user0", Members: 2}, {Name: "room of user1", Members: 1}}, channels)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = sig.Channels(ctx, "app", 0)
	require.ErrorIs(t, err, context.Canceled)
	_, err = sig.CloseApp(ctx, "app")
	require.ErrorIs(t, err, context.Canceled)
}

func TestAdminActs(t *testing.T) {
	t.Parallel()
	sig := server.New(server.WithShards(3), server.WithLimits(server.Limits{Messages: 1}))
	dial := mount(t, sig)
	stop(t, sig)
	alice, bob := dial(), dial()
	alice.login("alice")
	bob.login("bob")
	alice.join("room")
	bob.join("room")
	ctx := t.Context()

	require.NoError(t, sig.SendSystem(ctx, "app", "alice", "maintenance at noon"))
	assert.Contains(t, alice.notifiedKind(wire.NotifyRecvMsg).Line, "msg-v2 - alice - instant")
	require.ErrorIs(t, sig.SendSystem(ctx, "app", "alice", "again"), server.ErrFull)
	require.ErrorContains(t, sig.SendSystem(ctx, "app", "a b", "?"), "server: ")

	require.NoError(t, sig.SendSystemChannel(ctx, "app", "room", "to all"))
	assert.Contains(t, bob.notifiedKind(wire.NotifyChannel).Line, "to all")
	require.ErrorIs(t, sig.SendSystemChannel(ctx, "app", "nowhere", "to none"), server.ErrNotFound)

	require.NoError(t, sig.RemoveFromChannel(ctx, "app", "room", "bob"))
	require.ErrorIs(t, sig.RemoveFromChannel(ctx, "app", "room", "bob"), server.ErrNotFound)
	assert.Equal(t, "failed", bob.ask(wire.FnChannelSend, map[string]any{"name": "room", "msg": "?"}).Ret.Get("result").Text())

	require.NoError(t, sig.Kick(ctx, "app", "bob"))
	require.ErrorIs(t, sig.Kick(ctx, "app", "bob"), server.ErrNotFound)
	frames, code := bob.ends()
	assert.Equal(t, `["close","removed"]`, frames[len(frames)-1])
	assert.Equal(t, websocket.CloseNormalClosure, code)

	n, err := sig.CloseApp(ctx, "app")
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	_, _ = alice.ends()
	alice = dial()
	alice.sendLogin("app", "alice", "")
	assert.Equal(t, "InvalidApp", alice.frame().Err)
	sig.OpenApp("app")
	alice = dial()
	alice.login("alice")

	require.NoError(t, alice.ws.Close())
	require.NoError(t, sig.Shutdown(ctx))
	require.ErrorIs(t, sig.Kick(ctx, "app", "alice"), http.ErrServerClosed)
}

// notifiedKind returns the next message or event of a kind.
func (c *client) notifiedKind(kind string) wire.ServerFrame {
	c.t.Helper()
	for {
		if f := c.notified(); f.Kind == kind {
			return f
		}
	}
}

// A login that is decided while CloseApp runs does not slip through.
func TestCloseAppMeanwhile(t *testing.T) {
	t.Parallel()
	asked, answer := make(chan struct{}), make(chan struct{})
	sig := server.New(server.WithAuthenticator(func(context.Context, string, string, string) error {
		close(asked)
		<-answer
		return nil
	}))
	c := mount(t, sig)()
	stop(t, sig)
	c.sendLogin("app", "alice", "")
	<-asked
	_, err := sig.CloseApp(t.Context(), "app")
	require.NoError(t, err)
	close(answer)
	frames, _ := c.ends()
	assert.Equal(t, `["close","removed"]`, frames[len(frames)-1])
}

func TestAdminHandler(t *testing.T) {
	t.Parallel()
	sig := server.New(server.WithShards(3), server.WithLimits(server.Limits{Messages: 1}))
	dial := mount(t, sig)
	stop(t, sig)
	alice := dial()
	alice.login("alice")
	alice.join("room")
	const token = "0123456789abcdef"
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"sessions", "GET", "/sessions?app=app", "", 200,
			`{"sessions":[{"account":"alice","device":"gosdk","channel":"room","connected":true}]}`},
		{"no sessions", "GET", "/sessions?app=other&limit=5", "", 200, `{"sessions":[]}`},
		{"channels", "GET", "/channels?app=app&limit=1", "", 200, `{"channels":[{"name":"room","members":1,"attrs":0}]}`},
		{"no app", "GET", "/channels", "", 400, `{"error":"app is missing"}`},
		{"bad limit", "GET", "/channels?app=app&limit=x", "", 400, `{"error":"limit is no number from 0 to 100000"}`},
		{"large limit", "GET", "/channels?app=app&limit=100001", "", 400, `{"error":"limit is no number from 0 to 100000"}`},
		{"send", "POST", "/send", `{"app":"app","to":"alice","text":"hi"}`, 200, `{}`},
		{"send, full", "POST", "/send", `{"app":"app","to":"alice","text":"hi"}`, 507, `{"error":"server: no room for the message"}`},
		{"send to the channel", "POST", "/send", `{"app":"app","channel":"room","text":"hi"}`, 200, `{}`},
		{"send to nobody", "POST", "/send", `{"app":"app","text":"hi"}`, 400, ""},
		{"send to both", "POST", "/send", `{"app":"app","to":"alice","channel":"room"}`, 400, `{"error":"want to or channel, not both"}`},
		{"remove", "POST", "/remove", `{"app":"app","channel":"room","account":"alice"}`, 200, `{}`},
		{"remove again", "POST", "/remove", `{"app":"app","channel":"room","account":"alice"}`, 404,
			`{"error":"server: no such session, channel or member"}`},
		{"kick", "POST", "/kick", `{"app":"app","account":"alice"}`, 200, `{}`},
		{"kick again", "POST", "/kick", `{"app":"app","account":"alice"}`, 404, ""},
		{"close", "POST", "/close", `{"app":"app"}`, 200, `{"sessions":0}`},
		{"open", "POST", "/open", `{"app":"app"}`, 200, `{}`},
		{"no app in the body", "POST", "/close", `{}`, 400, `{"error":"app is missing"}`},
		{"unknown field", "POST", "/close", `{"application":"app"}`, 400, ""},
		{"no JSON", "POST", "/close", `app`, 400, ""},
		{"too large", "POST", "/send", `{"app":"app","to":"alice","text":"` + strings.Repeat("x", 64<<10) + `"}`, 400, ""},
		{"unknown path", "GET", "/other", "", 404, ""},
		{"wrong method", "GET", "/kick", "", 405, ""},
		{"stats", "GET", "/stats", "", 200, ""},
	}
	h := http.StripPrefix("/admin", sig.AdminHandler(token))
	ask := func(method, path, body, authorization string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/admin"+path, strings.NewReader(body))
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, tt := range tests {
		w := ask(tt.method, tt.path, tt.body, "Bearer "+token)
		assert.Equal(t, tt.status, w.Code, tt.name)
		if tt.want != "" {
			assert.JSONEq(t, tt.want, w.Body.String(), tt.name)
			assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
		}
	}
	var stats server.Stats
	require.NoError(t, json.Unmarshal(ask("GET", "/stats", "", "Bearer "+token).Body.Bytes(), &stats))
	assert.Equal(t, uint64(1), stats.Logins)

	for _, wrong := range []string{"", "Bearer ", "Bearer " + token + "x", "Bearer " + token[1:]} {
		w := ask("GET", "/stats", "", wrong)
		assert.Equal(t, http.StatusUnauthorized, w.Code)
		assert.Equal(t, "Bearer", w.Header().Get("WWW-Authenticate"))
	}
	h = sig.AdminHandler("")
	assert.Equal(t, http.StatusUnauthorized, ask("GET", "/stats", "", "Bearer ").Code)
	h = http.StripPrefix("/admin", sig.AdminHandler(token))
	require.NoError(t, sig.Shutdown(t.Context()))
	assert.Equal(t, http.StatusServiceUnavailable, ask("GET", "/sessions?app=app", "", "Bearer "+token).Code)
	assert.Equal(t, http.StatusOK, ask("GET", "/stats", "", "Bearer "+token).Code)
}
