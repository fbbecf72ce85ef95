package wsconn_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

// sizes are lengths of payloads about the bounds of the three forms of a header.
var sizes = []int{0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536, 100_000}

// gorilla returns a websocket of a client and of a server that were made by the other implementation.
func gorilla(t *testing.T) (client, server *websocket.Conn) {
	t.Helper()
	accepted := make(chan *websocket.Conn, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(w, r, nil)
		if assert.NoError(t, err) {
			accepted <- ws
		}
	}))
	t.Cleanup(web.Close)
	client, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	server = <-accepted
	t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
	})
	return client, server
}

// What we append, gorilla reads.
func TestFramesAgainstGorilla(t *testing.T) {
	t.Parallel()
	client, server := gorilla(t)
	for _, c := range []struct {
		from net.Conn
		to   *websocket.Conn
		put  func(dst, payload []byte) []byte
	}{
		{server.NetConn(), client, func(dst, p []byte) []byte { return wsconn.AppendFrame(dst, wsconn.OpText, p) }},
		{client.NetConn(), server, func(dst, p []byte) []byte {
			return wsconn.AppendMasked(dst, wsconn.OpText, p, [4]byte{0xde, 0xad, 0xbe, 0xef})
		}},
	} {
		go func() {
			var batch []byte
			for _, n := range sizes {
				batch = c.put(batch, bytes.Repeat([]byte{'x'}, n))
			}
			_, err := c.from.Write(batch)
			assert.NoError(t, err)
		}()
		for _, n := range sizes {
			kind, data, err := c.to.ReadMessage()
			require.NoError(t, err)
			assert.Equal(t, websocket.TextMessage, kind)
			assert.Equal(t, strings.Repeat("x", n), string(data))
		}
	}
}

func TestCloseFrame(t *testing.T) {
	t.Parallel()
	client, server := gorilla(t)
	_, err := server.NetConn().Write(wsconn.AppendCloseFrame(nil, websocket.CloseGoingAway))
	require.NoError(t, err)
	_, _, err = client.ReadMessage()
	assert.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), err)
}

func FuzzMask(f *testing.F) {
	f.Add([]byte("some payload"), byte(1), byte(2), byte(3), byte(4))
	f.Add([]byte{}, byte(0), byte(0), byte(0), byte(0))
	f.Fuzz(func(t *testing.T, payload []byte, a, b, c, d byte) {
		key := [4]byte{a, b, c, d}
		got := bytes.Clone(payload)
		wsconn.Mask(got, key)
		for i := range payload {
			require.Equal(t, payload[i]^key[i%4], got[i])
		}
	})
}
