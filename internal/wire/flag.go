package wire

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const flagPrefix = "v1:E:"

// Flag returns the flag of a message that an offline account may get within ttl.
func Flag(ttl time.Duration) string {
	return flagPrefix + strconv.FormatInt(int64(ttl/time.Second), 10)
}

// ParseFlag reads "v1:E:" and a number of seconds. A number too large for a Duration counts as the largest.
func ParseFlag(flag string) (ttl time.Duration, ok bool) {
	digits, ok := strings.CutPrefix(flag, flagPrefix)
	if !ok || digits == "" || len(digits) > MaxName || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	const most = int64(math.MaxInt64 / time.Second)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > most {
		n = most
	}
	return time.Duration(n) * time.Second, true
}
