package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	t0      = time.Unix(1_000_000, 0)
	here    = netip.MustParseAddr("127.0.0.1")
	someone = netip.MustParseAddr("192.0.2.1")
	other   = netip.MustParseAddr("192.0.2.2")
)

// must connects, which is expected to succeed.
func (a *addresses) must(t *testing.T, from netip.Addr, now time.Time) *address {
	t.Helper()
	at, refused, _ := a.connect(from, now)
	require.Empty(t, refused)
	return at
}

func TestPlaceOf(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"192.0.2.1":                 "192.0.2.1",
		"::ffff:192.0.2.1":          "192.0.2.1",
		"2001:db8:1:2:3:4:5:6":      "2001:db8:1:2::",
		"fe80::1:2:3:4%eth0":        "fe80::",
		"::1":                       "::1",
		"2001:db8:1:2:ffff:ffff::1": "2001:db8:1:2::",
	} {
		assert.Equal(t, want, placeOf(netip.MustParseAddr(from)).String())
	}
}

func TestSocketsPerAddress(t *testing.T) {
	t.Parallel()
	a := (&Limits{SocketsPerIP: 2}).addresses()
	at := a.must(t, someone, t0)
	a.must(t, someone, t0)
	_, refused, wait := a.connect(someone, t0)
	assert.Equal(t, refusedSockets, refused)
	assert.Equal(t, 10*time.Second, wait)
	a.must(t, other, t0)
	a.disconnect(at, t0)
	a.must(t, someone, t0)

	a.must(t, here, t0) // a number that is set holds here too
	a.must(t, here, t0)
	_, refused, _ = a.connect(here, t0)
	assert.Equal(t, refusedSockets, refused)

	nowhere, refused, _ := a.connect(netip.Addr{}, t0)
	assert.Empty(t, refused)
	assert.True(t, a.login(nowhere, t0))
	a.wrongToken(nowhere, t0)
	a.disconnect(nowhere, t0)
}

func TestLoginsPerAddress(t *testing.T) {
	t.Parallel()
	a := (&Limits{LoginsPerIPPerSecond: 4}).addresses()
	at := a.must(t, someone, t0)
	for range 4 {
		assert.True(t, a.login(at, t0))
	}
	assert.False(t, a.login(at, t0))
	_, refused, wait := a.connect(someone, t0)
	assert.Equal(t, refusedLogins, refused)
	assert.Equal(t, time.Second, wait)
	assert.True(t, a.login(a.must(t, other, t0), t0))

	assert.False(t, a.login(at, t0.Add(249*time.Millisecond)))
	a.must(t, someone, t0.Add(250*time.Millisecond))
	assert.True(t, a.login(at, t0.Add(250*time.Millisecond)))
	assert.False(t, a.login(at, t0.Add(250*time.Millisecond)))
}

// The defaults do not bind the machine itself.
func TestDefaultsPerAddress(t *testing.T) {
	t.Parallel()
	a := new(Limits).addresses()
	count := func(from netip.Addr) (sockets, logins, failures int) {
		var at *address
		for ; sockets < 10_000; sockets++ {
			next, refused, _ := a.connect(from, t0)
			if refused != "" {
				break
			}
			at = next
		}
		for logins < 1_000 && a.login(at, t0) {
			logins++
		}
		now := t0.Add(time.Minute)
		for failures < 100 && a.login(at, now) {
			a.wrongToken(at, now)
			failures++
		}
		return sockets, logins, failures
	}
	sockets, logins, failures := count(someone)
	assert.Equal(t, []int{5_000, 200, 21}, []int{sockets, logins, failures})
	sockets, logins, failures = count(here)
	assert.Equal(t, []int{10_000, 1_000, 100}, []int{sockets, logins, failures})
}

func TestWrongTokensBar(t *testing.T) {
	t.Parallel()
	a := (&Limits{FailedTokensPerIP: 3}).addresses()
	at := a.must(t, someone, t0)
	now := t0
	for range 3 {
		a.wrongToken(at, now)
		assert.True(t, a.login(at, now))
	}
	for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		a.wrongToken(at, now)
		bar := time.Duration(seconds) * time.Second
		assert.False(t, a.login(at, now.Add(bar-1)))
		_, refused, wait := a.connect(someone, now.Add(bar-time.Second))
		assert.Equal(t, refusedThrottled, refused)
		assert.Equal(t, time.Second, wait)
		now = now.Add(bar)
		assert.True(t, a.login(at, now))
	}
	for range 20 {
		a.wrongToken(at, now)
	}
	assert.True(t, a.login(at, now.Add(barAtMost)))
	a.wrongToken(at, now.Add(forgiveWithin)) // all is forgiven
	assert.True(t, a.login(at, now.Add(forgiveWithin)))
}

// However many addresses come, few are remembered: those with sockets, and the newest of the others.
func TestAddressesAreForgotten(t *testing.T) {
	t.Parallel()
	a := (&Limits{Addresses: 100, FailedTokensPerIP: 1}).addresses()
	stays := a.must(t, someone, t0)
	for i := range 10_000 {
		from := netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", i/256, i%256))
		a.disconnect(a.must(t, from, t0), t0)
		require.LessOrEqual(t, a.len(), 102)
	}
	assert.Same(t, stays, a.must(t, someone, t0))

	guesser := a.must(t, other, t0)
	a.wrongToken(guesser, t0)
	a.wrongToken(guesser, t0)
	a.disconnect(guesser, t0)
	_, refused, _ := a.connect(other, t0)
	assert.Equal(t, refusedThrottled, refused) // reconnecting does not help
	a.must(t, netip.MustParseAddr("10.9.9.9"), t0.Add(forgiveWithin))
	assert.Equal(t, 2, a.len())
}

func TestClientAddr(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"direct", "192.0.2.1:5", nil, "192.0.2.1"},
		{"direct, lies", "192.0.2.1:5", []string{"198.51.100.1"}, "192.0.2.1"},
		{"proxy", "10.1.2.3:5", []string{"198.51.100.1"}, "198.51.100.1"},
		{"proxy says nothing", "10.1.2.3:5", nil, "10.1.2.3"},
		{"client lies to the proxy", "10.1.2.3:5", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.1.2.3:5", []string{"198.51.100.1, 10.7.7.7"}, "198.51.100.1"},
		{"two headers", "[2001:db8::1]:5", []string{"203.0.113.9", "198.51.100.1:80,10.7.7.7"}, "198.51.100.1"},
		{"only proxies", "10.1.2.3:5", []string{"10.7.7.7"}, "10.7.7.7"},
		{"nonsense before it", "10.1.2.3:5", []string{"198.51.100.1, unknown, 10.7.7.7"}, "10.7.7.7"},
		{"IPv6", "10.1.2.3:5", []string{"[2001:db8::9]:80"}, "2001:db8::9"},
		{"mapped", "[::ffff:10.1.2.3]:5", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"no address", "@", []string{"198.51.100.1"}, "invalid IP"},
	}
	s := New(WithTrustedProxies("10.0.0.0/8", "2001:db8::1", "nonsense"))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.RemoteAddr = tt.remote
			r.Header["X-Forwarded-For"] = tt.forwarded
			assert.Equal(t, tt.want, s.clientAddr(r).String())
		})
	}
}

func TestForwardedProto(t *testing.T) {
	t.Parallel()
	s := New(WithTrustedProxies("10.0.0.0/8"))
	for remote, want := range map[string]string{"10.1.2.3:5": "wss://sig.example.com:443/", "192.0.2.1:5": "ws://sig.example.com:80/"} {
		r := httptest.NewRequest(http.MethodGet, "http://sig.example.com/getaddr?vid=x", http.NoBody)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-Proto", "https")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		assert.JSONEq(t, `{"web":[],"urls":["`+want+`"]}`, w.Body.String())
	}
}
