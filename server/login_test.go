package server_test

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestLoginRefused(t *testing.T) {
	t.Parallel()
	const certificate = "0123456789abcdef0123456789abcdef"
	hour := time.Now().Add(time.Hour).Unix()
	past := time.Now().Add(-time.Hour).Unix()
	tests := []struct {
		name                string
		app, account, token string
		reason              string
		ecode               string
	}{
		{"unknown app", "other", "alice", wire.NoToken, "InvalidApp", "202"},
		{"no app", "", "alice", wire.NoToken, "InvalidApp", "202"},
		{"app that is no name", "a\x01", "alice", wire.NoToken, "InvalidApp", "202"},
		{"no account", "open", "", wire.NoToken, "InvalidUser", "209"},
		{"account with a space", "open", "a b", wire.NoToken, "InvalidUser", "209"},
		{"account too long", "open", strings.Repeat("a", 129), wire.NoToken, "InvalidUser", "209"},
		{"no token", "closed", "alice", wire.NoToken, "TokenErrorWrongFormat", "206"},
		{"another's token", "closed", "alice", wire.Token("closed", certificate, "bob", hour), "TokenErrorWrongSignature", "206"},
		{"another app's token", "closed", "alice", wire.Token("open", certificate, "alice", hour), "TokenErrorWrongApp", "206"},
		{"expired", "closed", "alice", wire.Token("closed", certificate, "alice", past), "TokenErrorExpired", "204"},
		{"forged and expired", "closed", "alice", wire.Token("closed", "x", "alice", past), "TokenErrorWrongSignature", "206"},
	}
	srv := signaltest.NewServer(t, server.WithApp("open", ""), server.WithApp("closed", certificate))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, srv)
			l := wire.Login{AppID: tt.app, Account: tt.account, Token: tt.token, Device: wire.DeviceGo}
			c.send(string(l.Append(nil)))
			f := c.frame()
			assert.Equal(t, wire.EventLoginRet, f.Event)
			assert.Equal(t, tt.reason, f.Err)
			assert.Equal(t, "failed", f.Ret.Get("result").Text())
			assert.Equal(t, tt.reason, f.Ret.Get("reason").Text())
			assert.Equal(t, tt.ecode, string(f.Ret.Get("ecode")))
			c.endsWith(websocket.CloseNormalClosure)
		})
	}
	for _, l := range []wire.Login{
		{AppID: "closed", Account: "alice", Token: wire.Token("closed", certificate, "alice", hour)},
		{AppID: "open", Account: "alice", Token: "anything"},
	} {
		c := dial(t, srv)
		c.send(string(l.Append(nil)))
		assert.True(t, c.loggedIn())
	}
}

// The web client 1.4.0 offers to take compressed frames as soon as it is logged in.
func TestOfferOfAWebClient(t *testing.T) {
	t.Parallel()
	c := dial(t, signaltest.NewServer(t))
	l := wire.Login{AppID: "app", Account: "alice", Device: wire.DeviceWeb}
	c.send(string(l.Append(nil)))
	require.True(t, c.loggedIn())

	c.send(`["set_flag",{"binary":1}]`)
	c.send(`["ping",1]`)
	f := c.frame()
	assert.Equal(t, wire.EventPong, f.Event)
	assert.EqualValues(t, 1, f.N)
}

// A login that only the core can refuse: an older one of the same client, which comes late.
func TestLateLogin(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	newer := wire.Login{AppID: "app", Account: "alice", Device: wire.DeviceGo, Instance: "i", Seq: 2}
	c := dial(t, srv)
	c.send(string(newer.Append(nil)))
	require.True(t, c.loggedIn())

	older := newer
	older.Seq = 1
	late := dial(t, srv)
	late.send(string(older.Append(nil)))
	assert.Equal(t, wire.ReasonRefused, late.frame().Err)
	late.endsWith(websocket.CloseNormalClosure)

	c.send(`["ping",1]`)
	assert.Equal(t, `["pong",1]`, c.read())
}

func TestFailedLineLogin(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t, server.WithShards(3))
	for _, line := range []string{"", "nonsense", "AAAA.0", "AAAA.2", "AAAA.7", "AAAA.-1"} {
		try := `["line_login",{"line":"` + line + `"}]`
		c := dial(t, srv)
		c.send(try)
		assert.Equal(t, wire.ReasonLineInvalid, c.frame().Err)
		c.login("alice")
		c.works()

		c = dial(t, srv)
		c.send(try)
		assert.Equal(t, wire.ReasonLineInvalid, c.frame().Err)
		c.send(`["ping",1]`)
		assert.Equal(t, `["pong",1]`, c.read())
		c.send(try)
		c.endsWith(websocket.ClosePolicyViolation, badFrame)
	}
}

func TestTakeover(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	first := login(t, srv, "alice")
	second := login(t, srv, "alice")
	first.endsWith(websocket.CloseNormalClosure, `["close","kick"]`)
	second.works()

	back := dial(t, srv)
	back.send(`["line_login",{"line":"` + first.line + `"}]`)
	assert.Equal(t, wire.ReasonKick, back.frame().Err)
}

// Web clients from 1.4.0 on have another word for it. Those before get the one that they know.
func TestTakeoverOfAWebClient(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	web := func() *client {
		c := dial(t, srv)
		l := wire.Login{AppID: "app", Account: "alice", Device: wire.DeviceWeb}
		c.send(string(l.Append(nil)))
		require.True(t, c.loggedIn())
		return c
	}
	first := web()
	first.send(`["set_flag",{"binary":1}]`)
	first.send(`["ping",7]`)
	require.Equal(t, wire.EventPong, first.frame().Event)
	second := web()
	first.endsWith(websocket.CloseNormalClosure, `["kick",""]`, `["close","kick"]`)
	third := login(t, srv, "alice")
	second.endsWith(websocket.CloseNormalClosure, `["close","kick"]`)
	third.works()
}

func TestLogout(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	c := login(t, srv, "alice")
	c.works()
	assert.Equal(t, "ok", c.ask(wire.FnLogout, nil).Ret.Get("result").Text())
	c.endsWith(websocket.CloseNormalClosure)
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// debugLog logs everything.
func debugLog(to io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
