package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/cmd/signal/internal/planted"
)

// proxyTo starts a proxy that leads to one server, whatever it is asked for.
func proxyTo(t *testing.T, addr string) string {
	t.Helper()
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", addr }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			forward.ServeHTTP(w, r)
			return
		}
		there, err := net.Dial("tcp", addr)
		if !assert.NoError(t, err) {
			return
		}
		defer func() { _ = there.Close() }()
		here, read, err := http.NewResponseController(w).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer func() { _ = here.Close() }()
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(there, read) // what was read already is in there
			_ = there.Close()
		}()
		_, _ = io.Copy(here, there)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// Where the environment names a proxy, the way leads through it, and the name of the server is no matter of this machine's.
func TestDoctorThroughAProxy(t *testing.T) {
	pl := newPlace(t)
	through := proxyTo(t, strings.TrimPrefix(pl.srv.HTTPURL, "http://"))
	args := []string{"doctor", "--server", "ws://sig.invalid/", "--json"}
	found := pl.run(append([]string{"HTTP_PROXY=" + through}, args...)...).records()
	require.Equal(t, "settings:ok token:ok url:warn proxy:ok tcp:ok clock:ok websocket:ok login:ok latency:ok message:ok", outline(found))
	require.Contains(t, found[3]["detail"], through)

	o := pl.run(append([]string{"HTTP_PROXY=http://" + planted.Nobody(t)}, args...)...)
	require.Equal(t, exitFailed, o.code)
	require.Equal(t, "settings:ok token:ok url:warn proxy:ok tcp:fail", outline(parse(t, o.out)))
}
