package signaltest_test

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// both yields a server of either kind.
func both(t *testing.T, opts ...server.Option) iter.Seq2[string, *signaltest.Server] {
	t.Helper()
	return func(yield func(string, *signaltest.Server) bool) {
		_ = yield("loopback", signaltest.NewServer(t, opts...)) && yield("pipe", signaltest.NewPipeServer(t, opts...))
	}
}

// A client is a websocket that speaks the protocol by hand.
type client struct {
	t    *testing.T
	ws   *websocket.Conn
	line string
}

func tryDial(t *testing.T, srv *signaltest.Server) (*client, error) {
	t.Helper()
	d := websocket.Dialer{NetDialContext: srv.Dial}
	ws, resp, err := d.DialContext(t.Context(), srv.URL, nil)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	return &client{t: t, ws: ws}, nil
}

func dial(t *testing.T, srv *signaltest.Server) *client {
	t.Helper()
	c, err := tryDial(t, srv)
	require.NoError(t, err)
	return c
}

// login connects and logs in.
func login(t *testing.T, srv *signaltest.Server, app, account string) *client {
	t.Helper()
	c := dial(t, srv)
	l := wire.Login{AppID: app, Account: account, Token: wire.NoToken, Device: wire.DeviceGo}
	c.send(string(l.Append(nil)))
	f := c.frame()
	require.Equal(t, wire.EventLoginRet, f.Event)
	c.line = f.Ret.Get("line").Text()
	require.NotEmpty(t, c.line)
	return c
}

// resume connects and goes on with the session of c. It returns why not.
func (c *client) resume(srv *signaltest.Server) (again *client, reason string) {
	c.t.Helper()
	again = dial(c.t, srv)
	again.line = c.line
	again.send(fmt.Sprintf(`["line_login",{"line":%q}]`, c.line))
	return again, again.frame().Err
}

func (c *client) send(frame string) {
	c.t.Helper()
	require.NoError(c.t, c.ws.WriteMessage(websocket.TextMessage, []byte(frame)))
}

func (c *client) frame() wire.ServerFrame {
	c.t.Helper()
	_, data, err := c.ws.ReadMessage()
	require.NoError(c.t, err)
	f, err := wire.ParseServerFrame(data)
	require.NoError(c.t, err)
	return f
}

func (c *client) ping(n int64) { c.send(string(wire.AppendPing(nil, n))) }

func (c *client) pong(n int64) {
	c.t.Helper()
	f := c.frame()
	require.Equal(c.t, wire.EventPong, f.Event)
	require.Equal(c.t, n, f.N)
}

func (c *client) works() {
	c.t.Helper()
	c.ping(1)
	c.pong(1)
}

// gone checks that the connection ends without a word.
func (c *client) gone() {
	c.t.Helper()
	_, data, err := c.ws.ReadMessage()
	require.Error(c.t, err, string(data))
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		require.Equal(c.t, websocket.CloseAbnormalClosure, closed.Code)
	}
	var failed net.Error
	require.False(c.t, errors.As(err, &failed) && failed.Timeout(), "connection left open")
}
