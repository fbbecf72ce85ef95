package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestGetaddr(t *testing.T) {
	t.Parallel()
	const one = "203.0.113.7:8001"
	tests := []struct {
		name      string
		advertise []string
		host      string
		tls       bool
		want      string
	}{
		{"host header", nil, one, false,
			`{"web":[["203.0.113.7",8001],["203.0.113.7",8001]],"urls":["ws://203.0.113.7:8001/"]}`},
		{"host header, TLS", nil, "203.0.113.7:8002", true, // old clients add one
			`{"web":[["203.0.113.7",8001],["203.0.113.7",8001]],"urls":["wss://203.0.113.7:8002/"]}`},
		{"host header, TLS on the first port", nil, "203.0.113.7:1", true,
			`{"web":[],"urls":["wss://203.0.113.7:1/"]}`},
		{"host header without a port", nil, "203.0.113.7", false,
			`{"web":[["203.0.113.7",80],["203.0.113.7",80]],"urls":["ws://203.0.113.7:80/"]}`},
		{"the same, TLS", nil, "203.0.113.7", true,
			`{"web":[["203.0.113.7",442],["203.0.113.7",442]],"urls":["wss://203.0.113.7:443/"]}`},
		{"name", nil, "sig.example.com:8001", false,
			`{"web":[],"urls":["ws://sig.example.com:8001/"]}`},
		{"IPv6", nil, "[2001:db8::7]:8001", false,
			`{"web":[],"urls":["ws://[2001:db8::7]:8001/"]}`},
		{"IPv6 without a port", nil, "[2001:db8::7]", false,
			`{"web":[],"urls":["ws://[2001:db8::7]:80/"]}`},
		{"advertised", []string{one}, "ignored:1", false,
			`{"web":[["203.0.113.7",8001],["203.0.113.7",8001]],"urls":["ws://203.0.113.7:8001/"]}`},
		{"two advertised", []string{one, "203.0.113.8:9001"}, "ignored:1", true,
			`{"web":[["203.0.113.7",8001],["203.0.113.8",9001]],"urls":["wss://203.0.113.7:8002/","wss://203.0.113.8:9002/"]}`},
		{"last port, TLS", []string{"203.0.113.7:65535"}, "ignored:1", true,
			`{"web":[["203.0.113.7",65535],["203.0.113.7",65535]],"urls":[]}`},
		{"URLs", []string{"wss://sig.example.com/x", one, "http://no.example", "ws://", "ws://["}, "ignored:1", false,
			`{"web":[["203.0.113.7",8001],["203.0.113.7",8001]],"urls":["wss://sig.example.com/x","ws://203.0.113.7:8001/"]}`},
		{"mixed, and one that is none", []string{"sig.example.com:8001", one, "host:port"}, "ignored:1", false,
			`{"web":[["203.0.113.7",8001],["203.0.113.7",8001]],"urls":["ws://sig.example.com:8001/","ws://203.0.113.7:8001/"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := server.New(server.WithAdvertise(tt.advertise...), server.WithApp("app", ""))
			target := "http://ignored/getaddr?vid=whatever"
			if tt.tls {
				target = "https://ignored/getaddr?vid=whatever"
			}
			r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
			r.Host = tt.host
			w := httptest.NewRecorder()
			srv.ServeHTTP(w, r)
			assert.Equal(t, http.StatusOK, w.Code)
			assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
			assert.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
			assert.JSONEq(t, tt.want, w.Body.String())
		})
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, host string
		status                   int
	}{
		{"getaddr without vid", http.MethodGet, "/getaddr", "", http.StatusBadRequest},
		{"getaddr with an empty vid", http.MethodGet, "/getaddr?vid=", "", http.StatusBadRequest},
		{"getaddr by POST", http.MethodPost, "/getaddr?vid=x", "", http.StatusMethodNotAllowed},
		{"getaddr without an address", http.MethodGet, "/getaddr?vid=x", ":80", http.StatusBadRequest},
		{"getaddr with a bad port", http.MethodGet, "/getaddr?vid=x", "h:0", http.StatusBadRequest},
		{"getaddr with a bad host", http.MethodGet, "/getaddr?vid=x", "::1", http.StatusBadRequest},
		{"getaddr by HEAD", http.MethodHead, "/getaddr?vid=x", "", http.StatusOK},
		{"healthz", http.MethodGet, "/healthz", "", http.StatusOK},
		{"root", http.MethodGet, "/", "", http.StatusUpgradeRequired},
		{"unknown", http.MethodGet, "/other", "", http.StatusNotFound},
	}
	srv := signaltest.NewServer(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := request(t, srv, tt.method, tt.path, tt.host)
			assert.Equal(t, tt.status, status)
			if tt.path == "/healthz" {
				assert.Equal(t, "ok", body)
			}
		})
	}
	t.Run("getaddr names the server", func(t *testing.T) {
		_, body := request(t, srv, http.MethodGet, "/getaddr?vid=x", "")
		assert.Contains(t, body, `"urls":["`+srv.URL+`"]`)
	})
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		allowed []string
		origin  string
		path    string
		status  int
	}{
		{"any", nil, "https://anywhere.example", "", http.StatusSwitchingProtocols},
		{"any path", nil, "", "some/where?x=1", http.StatusSwitchingProtocols},
		{"on the list", []string{"https://a.example", "https://b.example:8443"}, "https://B.example:8443", "", http.StatusSwitchingProtocols},
		{"not on the list", []string{"https://a.example"}, "https://b.example", "", http.StatusForbidden},
		{"other scheme", []string{"https://a.example"}, "http://a.example", "", http.StatusForbidden},
		{"no browser", []string{"https://a.example"}, "", "", http.StatusSwitchingProtocols},
		{"nobody", []string{}, "https://a.example", "", http.StatusSwitchingProtocols},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := signaltest.NewServer(t, server.WithOrigins(tt.allowed...))
			header := http.Header{}
			if tt.origin != "" {
				header.Set("Origin", tt.origin)
			}
			ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), srv.URL+tt.path, header)
			require.NotNil(t, resp, err)
			defer func() { _ = resp.Body.Close() }()
			assert.Equal(t, tt.status, resp.StatusCode)
			if err == nil {
				_ = ws.Close()
			}
		})
	}
}
