package signal_test

import (
	"net/http"
	"net/http/httptest"
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
