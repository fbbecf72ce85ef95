package main

import (
	"net/http"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// asBrowser is what a browser says when it asks for a page.
const asBrowser = "text/html,application/xhtml+xml,*/*;q=0.8"

// answerTo asks without following where it is led.
func answerTo(t *testing.T, url string, headers ...string) (status int, location string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, resp.Header.Get("Location")
}

func TestTheDemoIsOffByDefault(t *testing.T) {
	p := spawn(t)
	status, _ := get(t, "http://"+p.ws+"/demo/")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = get(t, "http://"+p.ws+"/", "Accept", asBrowser)
	require.Equal(t, http.StatusUpgradeRequired, status)
}

func TestTheDemoIsServedWhereClientsConnect(t *testing.T) {
	p := spawn(t, "-demo", "-demo-ice", "stun:a.example:3478,stun:b.example", "-origins", "https://elsewhere.example")
	url := "http://" + p.ws
	status, page := get(t, url+"/demo/")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "<title>Signal demo</title>")
	_, config := get(t, url+"/demo/config.json")
	require.JSONEq(t, `{"iceServers":[{"urls":["stun:a.example:3478","stun:b.example"]}]}`, config)

	for _, path := range []string{"/", "/demo"} {
		status, location := answerTo(t, url+path, "Accept", asBrowser)
		require.Contains(t, []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusMovedPermanently}, status, path)
		require.Equal(t, "/demo/", location, path)
	}
	status, _ = answerTo(t, url+"/")
	require.Equal(t, http.StatusUpgradeRequired, status, "who does not ask for a page")
	for _, path := range []string{"/healthz", "/getaddr?vid=app"} {
		status, _ = answerTo(t, url+path, "Accept", asBrowser)
		require.Equal(t, http.StatusOK, status, path)
	}

	loggedIn(t, "alice", signal.WithServer("ws://"+p.ws+"/"))
	for origin, status := range map[string]int{
		"http://" + p.ws: http.StatusSwitchingProtocols, "https://elsewhere.example": http.StatusSwitchingProtocols, "http://evil.example": http.StatusForbidden,
	} {
		ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+p.ws+"/", http.Header{"Origin": {origin}})
		require.Equal(t, status, resp.StatusCode, "%s: %v", origin, err)
		require.NoError(t, resp.Body.Close())
		if err == nil {
			require.NoError(t, ws.Close())
		}
	}
}

func TestTheDemoIsSwitchedAsOneLikes(t *testing.T) {
	for _, test := range []struct {
		args, environ []string
		on            bool
	}{
		{args: []string{"-demo"}, on: true},
		{args: []string{"-demo", "-log-level", "debug"}, on: true},
		{args: []string{"-demo=off"}, environ: []string{"SIGNALD_DEMO=on"}},
		{environ: []string{"SIGNALD_DEMO=on"}, on: true},
		{environ: []string{"SIGNALD_DEMO=true"}, on: true},
		{args: []string{"-config", "testdata/demo.conf"}, on: true},
		{},
	} {
		s, err := source{args: test.args, environ: test.environ}.load()
		require.NoError(t, err)
		require.Equal(t, test.on, s.demo, "%v", test)
	}
	for _, test := range []struct {
		args []string
		why  string
	}{
		{[]string{"-demo=perhaps"}, `-demo: "perhaps" is not on or off`},
		{[]string{"-demo-ice", "stun:a"}, "-demo-ice needs -demo"},
		{[]string{"-demo", "-demo-ice", "turn:a"}, `-demo-ice: "turn:a" is not the URL of an ICE server such as stun:stun.example.com:3478`},
	} {
		_, err := source{args: test.args}.load()
		require.EqualError(t, err, test.why)
	}
}
