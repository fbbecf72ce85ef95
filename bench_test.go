package signal_test

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// benchUser is an API whose handlers tell what the benchmarks wait for, and do nothing else.
type benchUser struct {
	*signal.API
	signal.NopCallBack
	did   chan struct{} // a request has its outcome
	heard chan struct{} // a message came
}

func (u *benchUser) OnLoginSuccess(int, int)                             { u.did <- struct{}{} }
func (u *benchUser) OnChannelJoined(string)                              { u.did <- struct{}{} }
func (u *benchUser) OnMessageSendSuccess(string)                         { u.did <- struct{}{} }
func (u *benchUser) OnMessageSendError(string, int)                      { panic("not sent") }
func (u *benchUser) OnMessageInstantReceive(string, int, string)         { u.heard <- struct{}{} }
func (u *benchUser) OnMessageChannelReceive(string, string, int, string) { u.heard <- struct{}{} }
func (u *benchUser) OnChannelQueryUserNumResult(string, int, int)        { u.did <- struct{}{} }

// unlimited is a server over TCP that lets everyone do as much as he likes.
func unlimited(tb testing.TB) *signaltest.Server {
	tb.Helper()
	return signaltest.NewServer(tb, server.WithLimits(server.Limits{
		UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, CallsPerSecond: -1, Messages: -1, ListBytes: -1,
		OutboundFrames: -1, OutboundBytes: -1,
	}))
}

func newBenchUser(tb testing.TB, srv *signaltest.Server, account string) *benchUser {
	tb.Helper()
	const room = 1 << 10
	u := &benchUser{
		API: signal.New("app", signal.WithServer(srv.URL)),
		did: make(chan struct{}, room), heard: make(chan struct{}, room),
	}
	tb.Cleanup(u.Destroy)
	u.CallbackSet(u)
	u.Login("app", account, signal.NoToken, 0, "")
	<-u.did
	return u
}

// A request and its answer, one at a time and 64 in flight.
func BenchmarkRequest(b *testing.B) {
	for name, inFlight := range map[string]int{"one": 1, "64": 64} {
		b.Run(name, func(b *testing.B) {
			u := newBenchUser(b, unlimited(b), "alice")
			b.ReportAllocs()
			asked := 0
			for b.Loop() {
				if asked++; asked > inFlight {
					<-u.did
				}
				u.ChannelQueryUserNum("room")
			}
			for range min(asked, inFlight) {
				<-u.did
			}
		})
	}
}

// BenchmarkEcho is the yardstick: a question and its echo, with gorilla/websocket alone at both ends.
func BenchmarkEcho(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		for {
			kind, data, err := ws.ReadMessage()
			if err != nil || ws.WriteMessage(kind, data) != nil {
				return
			}
		}
	}))
	b.Cleanup(srv.Close)
	ws, resp, err := websocket.DefaultDialer.DialContext(b.Context(), "ws"+strings.TrimPrefix(srv.URL, "http"), nil)
	require.NoError(b, err)
	require.NoError(b, resp.Body.Close())
	b.Cleanup(func() { ws.Close() })
	question := []byte(strings.Repeat("x", 100))
	b.ReportAllocs()
	for b.Loop() {
		if err = ws.WriteMessage(websocket.TextMessage, question); err == nil {
			_, _, err = ws.ReadMessage()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// A message from one user to another, up to the handler and to the sender's own outcome: one at a time, 64 in flight.
func BenchmarkInstant(b *testing.B) {
	for name, inFlight := range map[string]int{"one": 1, "64": 64} {
		b.Run(name, func(b *testing.B) {
			srv := unlimited(b)
			from, to := newBenchUser(b, srv, "alice"), newBenchUser(b, srv, "bob")
			text := strings.Repeat("x", 100)
			b.ReportAllocs()
			sent := 0
			for b.Loop() {
				if sent++; sent > inFlight {
					<-from.did
					<-to.heard
				}
				from.MessageInstantSend("bob", 0, text, "id")
			}
			for range min(sent, inFlight) {
				<-from.did
				<-to.heard
			}
		})
	}
}

// A message to a channel of two, up to the handler of the one who did not send it.
func BenchmarkChannelReceive(b *testing.B) {
	srv := unlimited(b)
	from, to := newBenchUser(b, srv, "alice"), newBenchUser(b, srv, "bob")
	for _, u := range []*benchUser{from, to} {
		u.ChannelJoin("room")
		<-u.did
	}
	const inFlight = 64
	text := strings.Repeat("x", 100)
	b.ReportAllocs()
	sent := 0
	for b.Loop() {
		if sent++; sent > inFlight {
			<-from.did
			<-from.heard
			<-to.heard
		}
		from.MessageChannelSend("room", text, "id")
	}
	for range min(sent, inFlight) {
		<-from.did
		<-from.heard
		<-to.heard
	}
}

// A client that is made, logs in and stays, with its half of the server.
func BenchmarkLogin(b *testing.B) {
	srv := server.New(server.WithLimits(server.Limits{SocketsPerIP: -1, LoginsPerIPPerSecond: -1}))
	url, err := srv.Listen("127.0.0.1:0")
	require.NoError(b, err)
	defer func() { _ = srv.Shutdown(b.Context()) }()
	did := make(chan struct{}, 1<<10)
	var users []*benchUser
	b.ReportAllocs()
	for b.Loop() {
		u := &benchUser{API: signal.New("app", signal.WithServer(url)), did: did}
		users = append(users, u)
		u.CallbackSet(u)
		u.Login("app", "user"+strconv.Itoa(len(users)), signal.NoToken, 0, "")
		if len(users) > 64 {
			<-did
		}
	}
	for range min(len(users), 64) {
		<-did
	}
	b.StopTimer()
	for _, u := range users {
		u.Destroy()
	}
}

// The same through the other face: a call that returns with its answer, one at a time and from 64 goroutines.
func BenchmarkClientRequest(b *testing.B) {
	for name, callers := range map[string]int{"one": 1, "64": 64} {
		b.Run(name, func(b *testing.B) {
			c, err := signal.Dial(b.Context(), "app", "alice", signal.WithServer(unlimited(b).URL))
			require.NoError(b, err)
			defer c.Close(context.Background())
			b.ReportAllocs()
			b.SetParallelism(max(1, callers/runtime.GOMAXPROCS(0)))
			ask := func() {
				if _, err := c.MemberCount(b.Context(), "room"); err != nil {
					b.Error(err)
				}
			}
			if callers == 1 {
				for b.Loop() {
					ask()
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					ask()
				}
			})
		})
	}
}

// From one user to another, through the other face: the sender waits for each answer, the reader loops.
func BenchmarkClientMessages(b *testing.B) {
	srv := unlimited(b)
	alice, err := signal.Dial(b.Context(), "app", "alice", signal.WithServer(srv.URL))
	require.NoError(b, err)
	defer alice.Close(context.Background())
	bob, err := signal.Dial(b.Context(), "app", "bob", signal.WithServer(srv.URL))
	require.NoError(b, err)
	defer bob.Close(context.Background())
	b.ReportAllocs()
	next, stop := iter.Pull2(bob.Messages(b.Context()))
	defer stop()
	for b.Loop() {
		if err := alice.Send(b.Context(), "bob", "hello"); err != nil {
			b.Fatal(err)
		}
		if _, err, ok := next(); err != nil || !ok {
			b.Fatal("no message", err)
		}
	}
}
