//go:build !race

package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/internal/wsconn"
	"github.com/agora-signal-go/signal/server"
)

// A meter is a client that allocates nothing: what is allocated is the server's.
type meter struct {
	*client
	nc  net.Conn
	buf []byte
}

func newMeter(t *testing.T, url, account string) *meter {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	c := &client{t: t, ws: ws}
	c.login(account)
	return &meter{client: c, nc: ws.NetConn(), buf: make([]byte, 64<<10)}
}

// await reads until n frames have come that hold a text.
func (m *meter) await(n int, text []byte) error {
	for n > 0 {
		got, err := m.nc.Read(m.buf)
		if err != nil {
			return err
		}
		n -= bytes.Count(m.buf[:got], text)
	}
	return nil
}

// frames returns a frame per number from first on.
func frames(first, n int, frame func(id int) string) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = wsconn.AppendMasked(nil, wsconn.OpText, []byte(frame(first+i)), [4]byte{1, 2, 3, 4})
	}
	return all
}

const measured = 400

// unlimited starts a server on the system's own connections and returns its URL.
func unlimited(t *testing.T) string {
	t.Helper()
	srv := server.New(server.WithShards(1), server.WithLimits(server.Limits{
		UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, CallsPerSecond: -1, AttrChangesPerSecond: -1,
	}))
	url, err := srv.Listen("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = srv.Shutdown(context.Background()) })
	return url
}

// perCall returns what the server allocates for a call on average.
func perCall(t *testing.T, m *meter, fn, args string, done func() error) float64 {
	t.Helper()
	calls := frames(1000, 2*measured, func(id int) string {
		return fmt.Sprintf(`["call2",["%s",%d,{"line":"%s",%s}]]`, fn, id, m.line, fmt.Sprintf(args, id))
	})
	next := 0
	call := func() {
		_, err := m.nc.Write(calls[next])
		next++
		if err == nil {
			err = done()
		}
		if err != nil {
			panic(err)
		}
	}
	for range measured / 2 {
		call()
	}
	return testing.AllocsPerRun(measured, call)
}

var answer = []byte(`"call2-ret"`)

func TestAllocsRequest(t *testing.T) {
	url := unlimited(t)
	m := newMeter(t, url, "alice")
	done := func() error { return m.await(1, answer) }
	text := strings.Repeat("x", 128)
	assert.LessOrEqual(t, perCall(t, m, wire.FnSetAttr, `"name":"a%[1]d","value":"`+text+`"`, done), 4.0)
}

func TestAllocsMessage(t *testing.T) {
	url := unlimited(t)
	alice, bob := newMeter(t, url, "alice"), newMeter(t, url, "bob")
	pushed := []byte(`"recvmsg"`)
	done := func() error {
		if err := alice.await(1, answer); err != nil {
			return err
		}
		return bob.await(1, pushed)
	}
	assert.LessOrEqual(t, perCall(t, alice, wire.FnSendMsg, `"peer":"bob","flag":"v1:E:3600","t":"instant","content":"`+strings.Repeat("x", 128)+`","messageID":"%d"`, done), 4.0)
}

// A channel's message costs the same number of allocations however many are to get it.
func TestAllocsPerMember(t *testing.T) {
	few, many := perChannelMessage(t, 10), perChannelMessage(t, 210)
	assert.LessOrEqual(t, few, 4.0)
	assert.InDelta(t, few, many, 1)
}

func perChannelMessage(t *testing.T, members int) float64 {
	t.Helper()
	url := unlimited(t)
	var heard atomic.Int64
	all := make(chan struct{}, 1)
	for i := range members {
		m := newMeter(t, url, fmt.Sprintf("member%d", i))
		m.ask(wire.FnChannelSetAttr, map[string]any{"channel": "hall", "name": "_userNotification", "value": "0"})
		m.ask(wire.FnJoin, map[string]any{"name": "hall"})
		go func() {
			for m.await(1, []byte("spoken ")) == nil {
				if heard.Add(1)%int64(members) == 0 {
					all <- struct{}{}
				}
			}
		}()
	}
	speaker := newMeter(t, url, "speaker")
	require.NotEmpty(t, speaker.line)
	return perCall(t, speaker, wire.FnChannelSend, `"name":"hall","force":true,"msg":"spoken `+strings.Repeat("x", 121)+`","msgID":"%d"`, func() error {
		<-all
		return speaker.await(1, answer)
	})
}
