package wire_test

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

const (
	half   = 500 * time.Millisecond
	second = time.Second
)

var inviteOptions = []struct {
	extra string
	want  wire.InviteOptions
	code  int
}{
	{``, wire.InviteOptions{Timeout: 20 * second}, 0},
	{`{}`, wire.InviteOptions{Timeout: 20 * second}, 0},
	{`{"timeout":1,"ring_timeout":1,"require_peer_online":1}`, wire.InviteOptions{Timeout: 20 * second}, 0},

	{`{"_timeout":0}`, wire.InviteOptions{Timeout: 20 * second}, 0},
	{`{"_timeout":-0.0}`, wire.InviteOptions{Timeout: 20 * second}, 0},
	{`{"_timeout":0.5}`, wire.InviteOptions{Timeout: second}, 0},
	{`{"_timeout":1e-300}`, wire.InviteOptions{Timeout: second}, 0},
	{`{"_timeout":1}`, wire.InviteOptions{Timeout: second}, 0},
	{`{"_timeout":1.5}`, wire.InviteOptions{Timeout: second + half}, 0},
	{`{"_timeout":29.5}`, wire.InviteOptions{Timeout: 29*second + half}, 0},
	{`{"_timeout":30}`, wire.InviteOptions{Timeout: 30 * second}, 0},
	{`{"_timeout":3e1}`, wire.InviteOptions{Timeout: 30 * second}, 0},
	{`{"_timeout":30.001}`, wire.InviteOptions{Timeout: 30 * second}, 0},
	{`{"_timeout":31}`, wire.InviteOptions{Timeout: 30 * second}, 0},
	{`{"_timeout":1e400}`, wire.InviteOptions{Timeout: 30 * second}, 0},
	{`{"_timeout":-1}`, wire.InviteOptions{Timeout: second}, 0},
	{`{"_timeout":-1e400}`, wire.InviteOptions{Timeout: second}, 0},
	{`{"_timeout":"x","_timeout":5}`, wire.InviteOptions{Timeout: 5 * second}, 0},
	{`{"\u005ftimeout":5}`, wire.InviteOptions{Timeout: 5 * second}, 0},
	{`{"_timeout":"x"}`, wire.InviteOptions{}, wrongParam},
	{`{"_timeout":"5"}`, wire.InviteOptions{}, wrongParam},
	{`{"_timeout":null}`, wire.InviteOptions{}, wrongParam},
	{`{"_timeout":true}`, wire.InviteOptions{}, wrongParam},
	{`{"_timeout":[1]}`, wire.InviteOptions{}, wrongParam},
	{`{"_timeout":{}}`, wire.InviteOptions{}, wrongParam},
	{`{"_timeout":5,"_timeout":null}`, wire.InviteOptions{}, wrongParam},

	{`{"_ring_timeout":0}`, wire.InviteOptions{Timeout: 20 * second}, 0},
	{`{"_ring_timeout":0.5}`, wire.InviteOptions{Timeout: 20 * second, RingTimeout: second}, 0},
	{`{"_ring_timeout":1}`, wire.InviteOptions{Timeout: 20 * second, RingTimeout: second}, 0},
	{`{"_ring_timeout":31}`, wire.InviteOptions{Timeout: 20 * second, RingTimeout: 31 * second}, 0},
	{`{"_ring_timeout":599.5}`, wire.InviteOptions{Timeout: 20 * second, RingTimeout: 599*second + half}, 0},
	{`{"_ring_timeout":600}`, wire.InviteOptions{Timeout: 20 * second, RingTimeout: 600 * second}, 0},
	{`{"_ring_timeout":601}`, wire.InviteOptions{Timeout: 20 * second, RingTimeout: 600 * second}, 0},
	{`{"_ring_timeout":1e400}`, wire.InviteOptions{Timeout: 20 * second, RingTimeout: 600 * second}, 0},
	{`{"_ring_timeout":-1}`, wire.InviteOptions{Timeout: 20 * second, RingTimeout: second}, 0},
	{`{"_ring_timeout":"x"}`, wire.InviteOptions{}, wrongParam},
	{`{"_ring_timeout":null}`, wire.InviteOptions{}, wrongParam},

	{`{"_require_peer_online":0}`, wire.InviteOptions{Timeout: 20 * second}, 0},
	{`{"_require_peer_online":1}`, wire.InviteOptions{RequirePeerOnline: true, Timeout: 20 * second}, 0},
	{`{"_require_peer_online":2}`, wire.InviteOptions{}, wrongParam},
	{`{"_require_peer_online":-1}`, wire.InviteOptions{}, wrongParam},
	{`{"_require_peer_online":0.5}`, wire.InviteOptions{}, wrongParam},
	{`{"_require_peer_online":1e400}`, wire.InviteOptions{}, wrongParam},
	{`{"_require_peer_online":true}`, wire.InviteOptions{}, wrongParam},
	{`{"_require_peer_online":"1"}`, wire.InviteOptions{}, wrongParam},
	{`{"_require_peer_online":null}`, wire.InviteOptions{}, wrongParam},

	{
		`{"_require_peer_online":1,"_timeout":2,"_ring_timeout":60,"srcNum":"1"}`,
		wire.InviteOptions{RequirePeerOnline: true, Timeout: 2 * second, RingTimeout: time.Minute}, 0,
	},
	{`[]`, wire.InviteOptions{}, wrongParam},
	{`{"a":"` + strings.Repeat("a", 8185) + `"}`, wire.InviteOptions{}, largeParam},
}

func TestInviteOptionsAreHeldWithinTheirBounds(t *testing.T) {
	for _, tc := range inviteOptions {
		got, bad := wire.ParseInviteOptions("extra", tc.extra)
		assert.Equal(t, tc.code, code(bad), "%.60q: %v", tc.extra, bad)
		if tc.code == 0 {
			assert.Equal(t, tc.want, got, "%.60q", tc.extra)
		}
		optionsAreInBounds(t, got)
	}
}

func optionsAreInBounds(t *testing.T, o wire.InviteOptions) {
	t.Helper()
	require.True(t, time.Second <= o.Timeout && o.Timeout <= 30*time.Second, "_timeout %v", o.Timeout)
	require.True(t, o.RingTimeout == 0 || (time.Second <= o.RingTimeout && o.RingTimeout <= 600*time.Second), "_ring_timeout %v", o.RingTimeout)
}

// A cut through the middle of a rune once made the text of a refusal invalid UTF-8.
func TestRefusedOptionIsQuotedShortAndWhole(t *testing.T) {
	_, bad := wire.ParseInviteOptions("extra", `{"_timeout":"x"}`)
	assert.EqualError(t, bad, `extra: _timeout: want a number of seconds, got "x"`)
	_, bad = wire.ParseInviteOptions("extra", `{"_require_peer_online":2}`)
	assert.EqualError(t, bad, `extra: _require_peer_online: want 0 or 1, got 2`)
	for _, char := range []string{"a", "é", "€", "😀"} {
		for shift := range 4 {
			_, bad := wire.ParseInviteOptions("extra", `{"_timeout":"`+strings.Repeat("a", shift)+strings.Repeat(char, 99)+`"}`)
			assert.True(t, utf8.ValidString(bad.Why), "%q", bad.Why)
			assert.Less(t, len(bad.Why), 120)
			assert.True(t, strings.HasSuffix(bad.Why, char+"…"), "%q", bad.Why)
		}
	}
}

// optionsLikeStandard checks options against what the standard library reads from the same extra, a JSON object.
func optionsLikeStandard(t *testing.T, extra string, got wire.InviteOptions, bad *wire.Invalid) {
	t.Helper()
	members, _ := membersOf(t, extra)
	refused := false
	number := func(name string) float64 {
		raw, there := members[name]
		if !there {
			return 0
		}
		n, err := strconv.ParseFloat(string(raw), 64) // beyond the range it is an infinity, as it should be
		if (err != nil && !errors.Is(err, strconv.ErrRange)) || (raw[0] != '-' && (raw[0] < '0' || raw[0] > '9')) {
			refused = true
		}
		return n
	}
	within := func(seconds, most float64) time.Duration {
		return time.Duration(math.Max(1, math.Min(seconds, most)) * float64(time.Second))
	}
	want := wire.InviteOptions{Timeout: 20 * second}
	online, timeout, ring := number("_require_peer_online"), number("_timeout"), number("_ring_timeout")
	want.RequirePeerOnline = online == 1
	if timeout != 0 {
		want.Timeout = within(timeout, 30)
	}
	if ring != 0 {
		want.RingTimeout = within(ring, 600)
	}
	refused = refused || (online != 0 && online != 1)
	require.Equal(t, refused, bad != nil, "%v", bad)
	if !refused {
		require.Equal(t, want, got)
	}
}
