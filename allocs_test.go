//go:build !race

package signal_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/internal/wsconn"
)

const allocRuns = 200

// scripted returns a user who is logged in and in the channel "room" of a server that does nothing by itself any more,
// and that server's end of the connection. The user's next call is number 3.
func scripted(t *testing.T) (*benchUser, net.Conn) {
	t.Helper()
	conns, over := make(chan net.Conn, 1), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(w, r, nil)
		if !assert.NoError(t, err) {
			return
		}
		defer ws.Close()
		for range 3 { // the login, the poll, the join
			_, data, err := ws.ReadMessage()
			assert.NoError(t, err)
			f, err := wire.ParseClientFrame(data)
			assert.NoError(t, err)
			ret := wire.OK().Str("line", "secret").Int("msgid", 0).Raw("msgs", []byte("[]")).Bytes()
			answer := wire.AppendCallRet(nil, f.ID, ret)
			if f.Event == wire.EventLogin {
				answer = wire.AppendLoginRet(nil, "", ret)
			}
			assert.NoError(t, ws.WriteMessage(websocket.TextMessage, answer))
		}
		conns <- ws.NetConn()
		<-over
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(over) })
	u := &benchUser{
		API: signal.New("app", signal.WithServer("ws"+strings.TrimPrefix(srv.URL, "http"))),
		did: make(chan struct{}, 1), heard: make(chan struct{}, 1),
	}
	t.Cleanup(u.Destroy)
	u.CallbackSet(u)
	u.Login("app", "bob", signal.NoToken, 0, "")
	<-u.did
	u.ChannelJoin("room")
	<-u.did
	return u, <-conns
}

// From the socket to the handler a message costs its text, its sender when that is another one than before, and what
// gorilla/websocket needs.
func TestAllocsPerReceivedMessage(t *testing.T) {
	for name, frame := range map[string]func(n int) []byte{
		"instant": func(n int) []byte {
			l := wire.Line{Src: fmt.Sprint("user", n%2), Dst: "bob", Flag: "v1:E:60", Type: wire.TypeInstant, Content: `say "hi"`}
			return wire.AppendRecvMsg(nil, uint64(n), l.Append(nil))
		},
		"channel": func(n int) []byte {
			e := wire.ChannelEvent{Type: wire.TypeChannelMsg, Channel: "room", Account: fmt.Sprint("user", n%2), Msg: `say "hi"`}
			l := wire.Line{Src: e.Account, Dst: "room", Flag: "-", Type: e.Type, Content: string(e.Append(nil))}
			return wire.AppendChannel(nil, "room", uint64(n), l.Append(nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			u, conn := scripted(t)
			var frames [][]byte
			for n := range allocRuns + 1 {
				frames = append(frames, wsconn.AppendFrame(nil, wsconn.OpText, frame(n+1)))
			}
			n := 0
			allocs := testing.AllocsPerRun(allocRuns, func() {
				if _, err := conn.Write(frames[n]); err != nil {
					t.Fatal(err)
				}
				n++
				<-u.heard
			})
			assert.LessOrEqual(t, allocs, 3.0)
			t.Logf("%.2f allocations", allocs)
		})
	}
}

// A request costs itself, its arguments, a name where it was given none, and the answer what gorilla/websocket needs.
func TestAllocsPerRequest(t *testing.T) {
	for name, ask := range map[string]func(u *benchUser){
		"query":   func(u *benchUser) { u.ChannelQueryUserNum("room") },
		"instant": func(u *benchUser) { u.MessageInstantSend("alice", 0, `say "hi"`, "id") },
		"unnamed": func(u *benchUser) { u.MessageInstantSend("alice", 0, `say "hi"`, "") },
		"channel": func(u *benchUser) { u.MessageChannelSend("room", `say "hi"`, "id") },
	} {
		t.Run(name, func(t *testing.T) {
			u, conn := scripted(t)
			var answers [][]byte
			for n := range allocRuns + 1 {
				id := wire.Value(strconv.Itoa(3 + n))
				answers = append(answers, wsconn.AppendFrame(nil, wsconn.OpText, wire.AppendCallRet(nil, id, wire.OK().Bytes())))
			}
			request := make([]byte, 1024)
			n := 0
			allocs := testing.AllocsPerRun(allocRuns, func() {
				ask(u)
				_, err := conn.Read(request)
				if err == nil {
					_, err = conn.Write(answers[n])
				}
				if err != nil {
					t.Fatal(err)
				}
				n++
				<-u.did
			})
			assert.LessOrEqual(t, allocs, 4.0)
			t.Logf("%.2f allocations", allocs)
		})
	}
}
