package wire_test

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// longestTTL is the whole seconds that fit a Duration.
const longestTTL = time.Duration(math.MaxInt64 / 1_000_000_000 * 1_000_000_000)

func TestParseFlagReadsSecondsHoweverMany(t *testing.T) {
	for flag, want := range map[string]time.Duration{
		"v1:E:0":                                 0,
		"v1:E:1":                                 time.Second,
		"v1:E:3600":                              time.Hour,
		"v1:E:0003600":                           time.Hour,
		"v1:E:9223372036":                        longestTTL,
		"v1:E:9223372037":                        longestTTL,
		"v1:E:9223372036854775807":               longestTTL,
		"v1:E:9223372036854775808":               longestTTL,
		"v1:E:" + strings.Repeat("9", 128):       longestTTL,
		"v1:E:" + strings.Repeat("0", 127) + "1": time.Second,
	} {
		got, ok := wire.ParseFlag(flag)
		assert.True(t, ok, flag)
		assert.Equal(t, want, got, flag)
	}
}

func TestParseFlagRefusesAllButDigits(t *testing.T) {
	for _, flag := range []string{
		"", "-", "3600", "v1:E:", "v1:E", "v1:e:1", "V1:E:1", "v2:E:1", " v1:E:1", "v1:E:1 ", "v1:E: 1", "v1:E:-1", "v1:E:+1",
		"v1:E:1.5", "v1:E:1e3", "v1:E:1_0", "v1:E:0x1", "v1:E:1a1", "v1:E:１", "v1:E:1\n", "v1:E:\xff", "v1:E:1\x00",
		"v1:E:" + strings.Repeat("9", 129),
	} {
		ttl, ok := wire.ParseFlag(flag)
		assert.False(t, ok, "%q", flag)
		assert.Zero(t, ttl, "%q", flag)
	}
}

func TestFlagRoundTripsInWholeSeconds(t *testing.T) {
	assert.Equal(t, "v1:E:86400", wire.Flag(wire.OfflineDelivery))
	assert.Equal(t, "v1:E:1", wire.Flag(2*time.Second-1))
	for _, ttl := range []time.Duration{0, time.Second, 90 * time.Minute, longestTTL} {
		got, ok := wire.ParseFlag(wire.Flag(ttl))
		assert.True(t, ok)
		assert.Equal(t, ttl, got)
	}
}

// A flag is what a regular expression says it is, its number what arithmetic without bounds makes of it, up to the
// longest Duration.
func FuzzFlag(f *testing.F) {
	for _, flag := range []string{
		"v1:E:3600", "v1:E:0", "v1:E:0003600", "v1:E:9223372036", "v1:E:9223372037", "v1:E:99999999999999999999", "v1:E:", "v1:E:-1", "-",
		"v1:E:１", "v1:E:1 ", "v1:E:" + strings.Repeat("9", 128), "v1:E:" + strings.Repeat("9", 129),
	} {
		f.Add(flag, int64(len(flag)))
	}
	isFlag := regexp.MustCompile(`\Av1:E:\d{1,128}\z`)
	f.Fuzz(func(t *testing.T, flag string, seconds int64) {
		ttl, ok := wire.ParseFlag(flag)
		require.Equal(t, isFlag.MatchString(flag), ok, "%q", flag)
		if ok {
			want, _ := new(big.Int).SetString(flag[len("v1:E:"):], 10)
			if most := big.NewInt(int64(longestTTL / time.Second)); want.Cmp(most) > 0 {
				want = most
			}
			require.Equal(t, want.Int64(), int64(ttl/time.Second))
			require.Zero(t, ttl%time.Second)
		} else {
			require.Zero(t, ttl)
		}
		again, ok := wire.ParseFlag(wire.Flag(ttl))
		require.True(t, ok)
		require.Equal(t, ttl, again)
		if seconds >= 0 && seconds <= int64(longestTTL/time.Second) {
			again, ok = wire.ParseFlag(wire.Flag(time.Duration(seconds) * time.Second))
			require.True(t, ok)
			require.Equal(t, seconds, int64(again/time.Second))
		}
	})
}
