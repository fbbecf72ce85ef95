package link

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
)

// Whatever an answer holds, what is read from it are a few different URLs that can be dialled, and the same when
// they are all that the answer says.
func FuzzAddresses(f *testing.F) {
	for _, body := range []string{
		`{"web":[["203.0.113.7",8001],["203.0.113.8",8003]],"urls":["wss://sig/"]}`, `{"web":[["::1",8001],["a",1]]}`,
		`{"urls":["http://x/","ws://a/","ws://a/","ws://b/","ws://c/"]}`, `{"web":[["a","1"],["b"],[1,2],["",1],["c/d",1],["e",0],["f",1e400]]}`,
		`{"WEB":[["g",9.5]],"urls":null}`, `{"urls":["ws://u:p@a/","ws://[fe80::1%25eth0]:1/","WS://a"]}`, `[]`, `<html>`,
	} {
		f.Add([]byte(body), false)
		f.Add([]byte(body), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, secure bool) {
		found, err := addresses(body, secure)
		if err != nil {
			require.Nil(t, found)
			return
		}
		require.True(t, json.Valid(body))
		require.NotEmpty(t, found)
		require.LessOrEqual(t, len(found), discoveryUsed)
		seen := make(map[string]bool)
		for _, s := range found {
			require.False(t, seen[s], "%q twice", s)
			seen[s] = true
			u, err := url.Parse(s)
			require.NoError(t, err)
			require.Contains(t, []string{"ws", "wss"}, u.Scheme)
			require.NotEmpty(t, u.Hostname())
			require.Nil(t, u.User)
		}
		again, err := json.Marshal(map[string][]string{"urls": found})
		require.NoError(t, err)
		same, err := addresses(again, secure)
		require.NoError(t, err)
		require.Equal(t, found, same)
	})
}

// hosts are what a Host header or an advertised address may be.
var hosts = []string{
	"203.0.113.7:8001", "203.0.113.7", "sig.example.com", "sig.example.com:65535", "[2001:db8::1]:8001", "[::1]", "::1", "", ":80", "a:0",
	"a:65536", "1.2.3.4:1", "a%zz:80", "[fe80::1%eth0]:80", "a b:80", "a/b:80", "u@a:80", "a?b", "a#b:1", "é:80", "\xff:80", `a":80`, "[]:80", "[a]:80",
	"ws://a/", "wss://sig.example.com/x?y=z", "wss://u:p@a/", "ws://:80/", "http://a/", "ws://a b/", "ws://[::1]:99999/",
}

// What the server answers a question for addresses with, the client reads as the same: the one that was asked, or the one
// that is advertised, for TLS on the port that is for TLS. The list for original clients names the same servers.
func FuzzGetaddr(f *testing.F) {
	for _, host := range hosts {
		for _, secure := range []bool{false, true} {
			f.Add(host, "", "app", secure)
			f.Add("asked:1", host, "a&b=c", secure)
		}
	}
	f.Fuzz(func(t *testing.T, host, advertised, appID string, secure bool) {
		getaddrIsRead(t, host, advertised, appID, secure)
	})
}

func TestGetaddrIsReadByTheClient(t *testing.T) {
	answered := 0
	for _, host := range hosts {
		for _, secure := range []bool{false, true} {
			if getaddrIsRead(t, host, "", "app", secure) {
				answered++
			}
			getaddrIsRead(t, "asked:1", host, "app", secure)
		}
	}
	assert.GreaterOrEqual(t, answered, 10)
}

// getaddrIsRead reports whether there was an answer.
func getaddrIsRead(t *testing.T, host, advertised, appID string, secure bool) bool {
	t.Helper()
	options := []server.Option{server.WithTrustedProxies("192.0.2.1")}
	if advertised != "" {
		options = append(options, server.WithAdvertise(advertised))
	}
	s := server.New(options...)
	r := httptest.NewRequest(http.MethodGet, "/getaddr", http.NoBody)
	r.URL.RawQuery = url.Values{"vid": {appID}}.Encode()
	r.Host = host
	if secure {
		r.Header.Set("X-Forwarded-Proto", "https")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
	if w.Code != http.StatusOK {
		require.Equal(t, http.StatusBadRequest, w.Code)
		return false
	}
	require.NotEmpty(t, appID)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))

	body := w.Body.Bytes()
	var answer struct {
		Web  [][2]any `json:"web"`
		URLs []string `json:"urls"`
	}
	require.NoError(t, json.Unmarshal(body, &answer), "%s", body)
	require.Contains(t, []int{0, 2}, len(answer.Web), "of one address, twice")
	found, err := addresses(body, secure)
	if secure && strings.HasSuffix(advertised, ":65535") && err != nil {
		return true // there is no port one above
	}
	require.NoError(t, err, "%s", body)
	require.Equal(t, answer.URLs, found, "%s", body)
	require.Len(t, found, 1)
	u, err := url.Parse(found[0])
	require.NoError(t, err)
	if len(answer.Web) > 0 {
		web, err := json.Marshal(map[string]any{"web": answer.Web})
		require.NoError(t, err)
		old, err := addresses(web, secure)
		require.NoError(t, err, "%s", web)
		require.Equal(t, found, old, "original clients go elsewhere")
		ip, err := netip.ParseAddr(u.Hostname())
		require.NoError(t, err)
		require.True(t, ip.Is4())
	}
	switch {
	case strings.Contains(advertised, "://"):
		if found[0] == advertised {
			return true // told as it is
		}
	case advertised != "":
		if addressOf(t, u) == addressFor(advertised, secure, false) {
			return true
		}
	}
	require.Equal(t, addressFor(host, secure, true), addressOf(t, u))
	return true
}

// An endpoint is where a URL leads to.
type endpoint struct {
	scheme, host string
	port         int
}

func addressOf(t *testing.T, u *url.URL) endpoint {
	t.Helper()
	port, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	require.Equal(t, "/", u.Path)
	require.Empty(t, u.RawQuery+u.Fragment)
	return endpoint{u.Scheme, u.Hostname(), port}
}

// addressFor returns where clients are to go when they are told HOST:PORT. Of an advertised one the port is that for
// connections without TLS, of one that was asked it is the one that was asked.
func addressFor(hostport string, secure, asked bool) endpoint {
	e := endpoint{scheme: "ws", port: 80}
	if secure {
		e.scheme = "wss"
	}
	host, port, err := net.SplitHostPort(hostport)
	if err == nil {
		e.port, _ = strconv.Atoi(port)
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
		if secure && asked {
			e.port = 443
		}
	}
	if e.host = host; secure && !asked {
		e.port++
	}
	return e
}
