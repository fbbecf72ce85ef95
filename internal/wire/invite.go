package wire

import (
	"math"
	"strings"
	"time"
)

// InviteOptions is what the extra of an invite asks of the server.
type InviteOptions struct {
	RequirePeerOnline bool
	Timeout           time.Duration // for a callee that is offline, and for its acknowledgement
	RingTimeout       time.Duration // from the acknowledgement on; 0: none
}

// ParseInviteOptions checks the extra of an invite and reads the options in it.
func ParseInviteOptions(param, extra string) (InviteOptions, *Invalid) {
	o := InviteOptions{Timeout: InviteDefault}
	if bad := CheckExtra(param, extra); bad != nil || extra == "" {
		return o, bad
	}
	v, _ := ParseObject(extra)
	if online := v.Get("_require_peer_online"); online != nil {
		f, ok := online.Float()
		if !ok || (f != 0 && f != 1) {
			return o, wrong(param, "_require_peer_online: want 0 or 1, got %s", clip(online))
		}
		o.RequirePeerOnline = f == 1
	}
	timeout, bad := seconds(param, v, "_timeout", InviteMax)
	if bad != nil {
		return o, bad
	}
	if timeout > 0 {
		o.Timeout = timeout
	}
	o.RingTimeout, bad = seconds(param, v, "_ring_timeout", RingMax)
	return o, bad
}

// seconds reads a number of seconds, 0 or absent as 0, everything else held between one second and limit.
func seconds(param string, v Value, name string, limit time.Duration) (time.Duration, *Invalid) {
	val := v.Get(name)
	if val == nil {
		return 0, nil
	}
	f, ok := val.Float()
	if !ok {
		return 0, wrong(param, "%s: want a number of seconds, got %s", name, clip(val))
	}
	if f == 0 {
		return 0, nil
	}
	f = math.Min(math.Max(f, 1), limit.Seconds())
	return time.Duration(f * float64(time.Second)), nil
}

// clip keeps what a caller sent short enough for an error text.
func clip(v Value) string {
	const most = 40
	if len(v) > most {
		return strings.ToValidUTF8(string(v[:most]), "") + "…" // half a rune goes
	}
	return string(v)
}
