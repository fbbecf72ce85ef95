package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second // for what is wrong if it does not come

// A client is a websocket that speaks the protocol by hand.
type client struct {
	t    *testing.T
	ws   *websocket.Conn
	line string
	call int
}

// dial connects.
func dial(t *testing.T, srv *signaltest.Server) *client {
	t.Helper()
	d := websocket.Dialer{NetDialContext: srv.Dial}
	ws, resp, err := d.DialContext(t.Context(), srv.URL, nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return &client{t: t, ws: ws}
}

// login connects and logs in.
func login(t *testing.T, srv *signaltest.Server, account string) *client {
	t.Helper()
	c := dial(t, srv)
	c.login(account)
	return c
}

func (c *client) login(account string) {
	c.t.Helper()
	l := wire.Login{AppID: "app", Account: account, Token: wire.NoToken, Device: wire.DeviceGo}
	c.send(string(l.Append(nil)))
	f := c.frame()
	require.Equal(c.t, wire.EventLoginRet, f.Event)
	require.Empty(c.t, f.Err)
	c.line = f.Ret.Get("line").Text()
	require.NotEmpty(c.t, c.line)
}

// resume goes on with a session.
func (c *client) resume(line string) {
	c.t.Helper()
	c.line = line
	c.send(`["line_login",{"line":"` + line + `"}]`)
	require.True(c.t, c.loggedIn())
}

// loggedIn reads the answer to a login.
func (c *client) loggedIn() bool {
	c.t.Helper()
	f := c.frame()
	require.Equal(c.t, wire.EventLoginRet, f.Event)
	return f.Err == "" && f.Ret.Get("result").Text() == "ok"
}

func (c *client) send(frame string) {
	c.t.Helper()
	require.NoError(c.t, c.ws.WriteMessage(websocket.TextMessage, []byte(frame)))
}

// next returns the next frame, or how the socket ended.
func (c *client) next() (string, error) {
	_ = c.ws.SetReadDeadline(time.Now().Add(patience * 20))
	_, data, err := c.ws.ReadMessage()
	return string(data), err
}

func (c *client) read() string {
	c.t.Helper()
	frame, err := c.next()
	require.NoError(c.t, err)
	return frame
}

func (c *client) frame() wire.ServerFrame {
	c.t.Helper()
	text := c.read()
	f, err := wire.ParseServerFrame([]byte(text))
	require.NoError(c.t, err, text)
	return f
}

// ask makes a call and returns its answer.
func (c *client) ask(fn string, args map[string]any) wire.ServerFrame {
	c.t.Helper()
	if args == nil {
		args = map[string]any{}
	}
	args["line"] = c.line
	text, err := json.Marshal(args)
	require.NoError(c.t, err)
	c.call++
	c.send(string(wire.AppendCall(nil, fn, int64(c.call), text)))
	for {
		f := c.frame()
		if f.Event == wire.EventCallRet && f.N == int64(c.call) {
			return f
		}
	}
}

// works checks that the session is alive.
func (c *client) works() {
	c.t.Helper()
	f := c.ask(wire.FnQueryStatus, map[string]any{"account": "nobody"})
	require.Equal(c.t, "ok", f.Ret.Get("result").Text())
}

// ends returns the frames that still come and the code that the socket is closed with; -1: without a word.
func (c *client) ends() (frames []string, code int) {
	c.t.Helper()
	for {
		frame, err := c.next()
		if err == nil {
			frames = append(frames, frame)
			continue
		}
		var closed *websocket.CloseError
		if errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure {
			assert.Empty(c.t, closed.Text)
			return frames, closed.Code
		}
		var failed net.Error
		require.False(c.t, errors.As(err, &failed) && failed.Timeout(), "socket left open")
		return frames, -1
	}
}

// endsWith checks how the socket ends.
func (c *client) endsWith(code int, frames ...string) {
	c.t.Helper()
	got, gotCode := c.ends()
	assert.Equal(c.t, frames, got)
	assert.Equal(c.t, code, gotCode)
}

// request asks by HTTP.
func request(t *testing.T, srv *signaltest.Server, method, path, host string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, srv.HTTPURL+path, http.NoBody)
	require.NoError(t, err)
	if host != "" {
		req.Host = host
	}
	tr := &http.Transport{DialContext: srv.Dial}
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}
