package core

import (
	"strconv"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// The attributes that mean something to the server.
const (
	attrConnTimeout = "_conn_timeout" // of a user, seconds
	attrChannelTTL  = "_channel_ttl"  // of a channel, seconds
)

const (
	defaultChannelTTL = 7200 * time.Second
	maxChannelTTL     = 30 * 24 * time.Hour
)

// userRule says whether a user's attribute may have that value, and as what it is kept.
func userRule(name, value string) (kept string, ok bool) {
	if name != attrConnTimeout {
		return value, true
	}
	n, ok := integer(value)
	return strconv.Itoa(min(max(n, wire.MinConnTimeout), wire.MaxConnTimeout)), ok
}

// userAttrChanged puts an attribute into force.
func (c *Core) userAttrChanged(acc *account, name string) {
	if name != attrConnTimeout {
		return
	}
	acc.connTimeout, _ = strconv.Atoi(acc.attrs.values[name])
	if s := acc.session; s != nil && s.expiry.isSet() {
		c.set(&s.expiry, s.expires())
	}
}

// channelRule says whether a channel's attribute may have that value, and as what it is kept.
func channelRule(name, value string) (kept string, ok bool) {
	if name != attrChannelTTL {
		return value, true
	}
	n, ok := integer(value)
	return value, ok && 0 <= n && n <= int(maxChannelTTL/time.Second)
}

// channelAttrChanged puts an attribute, or its deletion, into force.
func (c *Core) channelAttrChanged(ch *channel, name string) {
	if name != attrChannelTTL {
		return
	}
	ch.ttl = defaultChannelTTL
	if value, set := ch.attrs.values[name]; set {
		n, _ := integer(value)
		ch.ttl = time.Duration(n) * time.Second
	}
	if ch.members.len() == 0 {
		c.set(&ch.expiry, ch.emptiedAt.Add(ch.ttl))
	}
}

// integer reads digits with or without a minus before them. What is too large for a count of seconds is cut down.
func integer(text string) (n int, ok bool) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	const most = 1_000_000_000
	n, err := strconv.Atoi(digits)
	if err != nil || n > most {
		n = most
	}
	if len(digits) < len(text) {
		n = -n
	}
	return n, true
}
