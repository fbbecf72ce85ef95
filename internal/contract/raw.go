package contract

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// A rawUser is a client that does as it is told, and keeps nothing.
type rawUser struct {
	ws    *websocket.Conn
	line  string
	calls int
}

// raw logs a client in at node i.
func (c *cluster) raw(t *testing.T, account string, i int) *rawUser {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), c.nodes[i%len(c.nodes)].url, nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	l := wire.Login{AppID: "app", Account: account, Device: wire.DeviceGo}
	require.NoError(t, ws.WriteMessage(websocket.TextMessage, l.Append(nil)))
	u := &rawUser{ws: ws}
	ret := u.answer(t, "login_ret")
	require.Equal(t, "ok", ret.Get("result").Text())
	u.line = ret.Get("line").Text()
	return u
}

// answer returns the next answer of that kind.
func (u *rawUser) answer(t *testing.T, event string) wire.Value {
	t.Helper()
	for {
		_, data, err := u.ws.ReadMessage()
		require.NoError(t, err)
		if f, err := wire.ParseServerFrame(data); err == nil && f.Event == event {
			return f.Ret
		}
	}
}

// send sends an instant message under a key and returns what the answer says.
func (u *rawUser) send(t *testing.T, to, text, key string) string {
	t.Helper()
	u.calls++
	require.NoError(t, u.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil,
		`["call2",["user_sendmsg",%d,{"line":%q,"peer":%q,"flag":"v1:E:3600","t":"instant","content":%q,"messageID":%q}]]`,
		u.calls, u.line, to, text, key)))
	return u.answer(t, "call2-ret").Get("result").Text()
}

// A message that is sent again has its effect once, whichever node it comes by.
func (c *cluster) keys(t *testing.T) {
	bob := c.user(t, "bob", 1)
	sender := c.name("sender")
	for i := range 4 { // each time a new session, at another node
		require.Equal(t, "ok", c.raw(t, sender, i).send(t, bob.account, "once", "key"))
	}
	require.Equal(t, "ok", c.raw(t, sender, 0).send(t, bob.account, "twice", "another key"))
	bob.Expect(t, "OnMessageInstantReceive", sender, 0, "once")
	bob.Expect(t, "OnMessageInstantReceive", sender, 0, "twice")
	bob.Quiet(t)
}

// sorted returns the texts of a list in order.
func sorted(list any) []string {
	texts, _ := list.([]string)
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return texts
}
