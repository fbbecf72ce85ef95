//go:build load

package signal_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/signaltest"
)

// TestIdleClients measures what a client that is logged in and has nothing to do costs: more than a bare connection to
// the same server, which costs the server the same.
func TestIdleClients(t *testing.T) {
	const clients = 2000
	srv := signaltest.NewServer(t)
	before := holdNow()
	sockets := make([]io.Closer, clients)
	for i := range sockets {
		sockets[i] = bareLogin(t, srv.URL, fmt.Sprint("bare", i))
	}
	bare := holdNow().minus(before)
	before = holdNow()
	apis := make([]*benchUser, clients)
	for i := range apis {
		apis[i] = newBenchUser(t, srv, fmt.Sprint("client", i))
	}
	pings := time.NewTimer(2*wire.PingEvery + time.Second) // what the first of them leaves behind goes with the second
	<-pings.C
	full := holdNow().minus(before)
	more := full.minus(bare)
	t.Logf("a client: %d bytes of heap, %d of stacks, %.2f goroutines", more.heap/clients, more.stacks/clients, float64(more.goroutines)/clients)
	assert.Less(t, more.heap, clients*6<<10)
	assert.Less(t, more.stacks, clients*12<<10) // of the server, too, which has handled pings
	assert.LessOrEqual(t, more.goroutines, clients)
	runtime.KeepAlive(apis)
	for _, s := range sockets {
		assert.NoError(t, s.Close())
	}
}

// held is what a process holds, in bytes.
type held struct{ heap, stacks, goroutines int }

func holdNow() held {
	f := footprintNow()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return held{int(f.heap), int(m.StackInuse), f.goroutines}
}

func (h held) minus(o held) held {
	return held{h.heap - o.heap, h.stacks - o.stacks, h.goroutines - o.goroutines}
}

// bareLogin logs in, and keeps nothing but the connection.
func bareLogin(t *testing.T, url, account string) io.Closer {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	l := wire.Login{AppID: "app", Account: account, Token: signal.NoToken, Device: wire.DeviceGo, Instance: account, Seq: 1}
	require.NoError(t, ws.WriteMessage(websocket.TextMessage, l.Append(nil)))
	_, _, err = ws.ReadMessage()
	require.NoError(t, err)
	return ws.NetConn()
}
