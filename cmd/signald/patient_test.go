//go:build load && unix

package main

import (
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// A patientClient pings and never gives up, as clients of other makes do.
type patientClient struct{ ws *websocket.Conn }

// patient returns one that is logged in.
func patient(t *testing.T, p *process) patientClient {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+p.ws+"/", nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	login := `["login",{"vid":"app","account":"patient","uid":0,"token":"_no_need_token","device":"websdk","ip":""}]`
	require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(login)))
	_, answer, err := ws.ReadMessage()
	require.NoError(t, err)
	require.Contains(t, string(answer), `\"result\":\"ok\"`)
	return patientClient{ws}
}

func (c patientClient) ping(t *testing.T) {
	t.Helper()
	require.NoError(t, c.ws.WriteMessage(websocket.TextMessage, []byte(`["ping",1]`)))
}

func (c patientClient) pongs(t *testing.T, n int) {
	t.Helper()
	require.NoError(t, c.ws.SetReadDeadline(time.Now().Add(patience)))
	for range n {
		_, answer, err := c.ws.ReadMessage()
		require.NoError(t, err)
		require.JSONEq(t, `["pong",1]`, string(answer))
	}
}
