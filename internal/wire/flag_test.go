package wire_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

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
