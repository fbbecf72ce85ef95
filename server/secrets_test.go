package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
)

// Whatever happens, and however much is logged: no token, certificate, line or text of a message is.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	const certificate = "0123456789abcdef0123456789abcdef"
	const admin = "an admin's token"
	const text = "a text between two people"
	hour := time.Now().Add(time.Hour).Unix()
	good := wire.Token("app", certificate, "alice", hour)
	bad := []string{
		wire.Token("app", "guessed", "alice", hour), wire.Token("app", certificate, "alice", hour-7200),
		wire.Token("app", certificate, "bob", hour), "a password typed by mistake", strings.Repeat("long", 1000),
	}
	var log syncBuffer
	sig := server.New(server.WithApp("app", certificate), server.WithApp("open", ""), server.WithShards(3),
		server.WithLogger(debugLog(&log)), server.WithLimits(server.Limits{OutboundFrames: 50, FailedTokensPerIP: 3}),
		server.WithInvokeHandler("p", func(context.Context, server.Caller, string, string) (string, error) {
			panic("in a handler") // whose arguments are nobody's business
		}))
	dial := mount(t, sig)
	alice := dial()
	alice.sendLogin("app", "alice", good)
	alice.line = alice.frame().Ret.Get("line").Text()
	require.NotEmpty(t, alice.line)
	secrets := append([]string{certificate, good, admin, text, alice.line}, bad...)

	// Traffic, good and bad.
	alice.join("room")
	alice.ask(wire.FnChannelSend, map[string]any{"name": "room", "msg": text})
	alice.ask(wire.FnSendMsg, map[string]any{"peer": "bob", "flag": "v1:E:60", "t": "instant", "content": text})
	alice.ask("nosuch", map[string]any{"text": text})
	assert.Equal(t, "Failed", alice.invoke("p", "f", text).Ret.Get("reason").Text())
	alice.ask(wire.FnSetAttr, map[string]any{"name": "n", "value": text})

	// Resumes, a takeover, and the line of a session that was kicked.
	_ = alice.ws.Close()
	again := dial()
	again.resume(alice.line)
	for _, line := range []string{alice.line + "0", "a line that " + alice.line} {
		c := dial()
		c.send(`["line_login",{"line":"` + line + `"}]`)
		assert.Equal(t, wire.ReasonLineInvalid, c.frame().Err)
	}
	taker := dial()
	taker.sendLogin("app", "alice", good)
	secrets = append(secrets, taker.frame().Ret.Get("line").Text())
	_, _ = again.ends()
	again = dial()
	again.send(`["line_login",{"line":"` + alice.line + `"}]`)
	assert.Equal(t, wire.ReasonKick, again.frame().Err)

	// Logins that fail, in each way that there is, and what is no login.
	waiting := dial()
	for _, token := range bad {
		c := dial()
		c.sendLogin("app", "alice", token)
		assert.NotEmpty(t, c.frame().Err)
	}
	waiting.sendLogin("app", "alice", good) // barred by now
	assert.Equal(t, "Refused", waiting.frame().Err)
	assert.Equal(t, uint64(1), sig.Stats().LoginsFailed[wire.ReasonRefused])

	// What an administrator does.
	r := httptest.NewRequest(http.MethodPost, "/send", strings.NewReader(`{"app":"app","to":"bob","text":"`+text+`"}`))
	r.Header.Set("Authorization", "Bearer "+admin)
	w := httptest.NewRecorder()
	sig.AdminHandler(admin).ServeHTTP(w, r)
	assert.Equal(t, http.StatusOK, w.Code)
	w = httptest.NewRecorder()
	sig.AdminHandler(admin+"x").ServeHTTP(w, r)
	assert.Equal(t, http.StatusUnauthorized, w.Code)
	require.NoError(t, sig.Kick(t.Context(), "app", "alice"))
	_, code := taker.ends()
	assert.Equal(t, websocket.CloseNormalClosure, code)

	_ = sig.Shutdown(t.Context())
	logged := log.String()
	for _, secret := range secrets {
		assert.NotContains(t, logged, secret)
	}
	for _, said := range []string{"msg=login account=alice app=app", "login refused", "in a handler", "admin: kick", "socket down"} {
		assert.Contains(t, logged, said)
	}
}
