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

	// Of a channel:
	attrNotify     = "_userNotification"      // 0: joins and leaves are no events
	attrChannelTTL = "_channel_ttl"           // seconds that it lives without members
	attrAutoNum    = "_auto_update_num"       // seconds between updates of attrMemberNum; 0: none
	attrAutoTotal  = "_auto_update_total_num" // the same of attrTotalNum, while attrAutoNum is not 0 either
	attrMemberNum  = "_member_num"            // kept by the server
	attrTotalNum   = "_total_member_num"      // kept by the server: joins ever
	attrSendLimit  = "_sendmsg_limit"         // messages a second
	attrSetLimit   = "_setattr_limit"         // changes a second of each attribute
)

const (
	defaultChannelTTL = 7200 * time.Second
	maxChannelTTL     = 30 * 24 * time.Hour
	maxAutoUpdate     = 3600
	maxChannelRate    = 1000
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

// isKept says whether an attribute is one that the server alone keeps.
func isKept(name string) bool { return name == attrMemberNum || name == attrTotalNum }

// isLimit says whether an attribute is one of those that set the channel's limits, and are exempt from them.
func isLimit(name string) bool { return name == attrSendLimit || name == attrSetLimit }

// channelRule says whether a channel's attribute may have that value, and as what it is kept.
func channelRule(name, value string) (kept string, ok bool) {
	least, most := 0, maxAutoUpdate // of attrAutoNum and attrAutoTotal
	switch name {
	case attrNotify:
		return value, value == "0" || value == "1"
	case attrMemberNum, attrTotalNum:
		return "", false
	case attrChannelTTL:
		most = int(maxChannelTTL / time.Second)
	case attrAutoNum, attrAutoTotal:
	case attrSendLimit, attrSetLimit:
		least, most = 1, maxChannelRate
	default:
		return value, true
	}
	n, ok := integer(value)
	return value, ok && least <= n && n <= most
}

// channelAttrChanged puts an attribute, or its deletion, into force.
func (c *Core) channelAttrChanged(ch *channel, name string) {
	value, set := ch.attrs.values[name]
	n, _ := integer(value) // 0 when it was deleted
	switch name {
	case attrNotify:
		ch.silent = value == "0"
	case attrChannelTTL:
		if ch.ttl = defaultChannelTTL; set {
			ch.ttl = time.Duration(n) * time.Second
		}
		if ch.members.len() == 0 {
			c.set(&ch.expiry, ch.emptiedAt+instant(ch.ttl))
		}
	case attrAutoNum, attrAutoTotal:
		c.setCounts(ch)
	case attrSendLimit:
		ch.rates.sendLimit = n
	case attrSetLimit:
		ch.rates.setLimit = n
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
