package server

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	barAtFirst    = time.Second      // how long an address is barred after its first failed token too many
	barAtMost     = 5 * time.Minute  // and after many more; it doubles each time
	forgiveWithin = 10 * time.Minute // failed tokens are forgotten when none followed for so long
)

// Why a socket is refused before it is one.
const (
	refusedThrottled = "too many failed logins from this address"
	refusedSockets   = "too many sockets from this address"
	refusedLogins    = "too many logins a second from this address"
	refusedServer    = "too many sockets"
	refusedPending   = "too many sockets that have not logged in"
	refusedClosing   = "shutting down"
)

// addressLimits hold for one address.
type addressLimits struct {
	sockets, logins, failures int
}

// addresses remembers what came from where: an IPv4 address, or the /64 of an IPv6 one, which is what one
// customer of a provider gets. It remembers all addresses that have sockets, and of the others the newest.
type addresses struct {
	most     int
	anywhere addressLimits
	here     addressLimits // of the loopback interface

	mu sync.Mutex
	// +checklocks:mu
	known map[netip.Addr]*address
	// +checklocks:mu
	idle list.List // of those without sockets, longest so first
}

// An address is a place that clients connect from. Guarded by addresses.mu.
type address struct {
	key     netip.Addr
	limits  *addressLimits
	sockets int
	logins  rate
	failed  int // tokens, in a row as far as forgiveWithin goes
	last    time.Time
	barred  time.Time
	left    time.Time     // when the last socket went
	idle    *list.Element // nil while there are sockets
}

func newAddresses(most int, anywhere, here addressLimits) *addresses {
	return &addresses{most: most, anywhere: anywhere, here: here, known: make(map[netip.Addr]*address)}
}

// connect counts a socket. When there may be none more from there it says why, and when to ask again.
// An invalid address is one that nobody knows, and nothing is counted for it.
func (a *addresses) connect(from netip.Addr, now time.Time) (at *address, refused string, wait time.Duration) {
	if !from.IsValid() {
		return nil, "", 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep(now)
	at = a.at(placeOf(from))
	switch {
	case now.Before(at.barred):
		return nil, refusedThrottled, at.barred.Sub(now)
	case at.sockets >= at.limits.sockets:
		return nil, refusedSockets, 10 * time.Second
	case !at.logins.allows(at.limits.logins, now):
		return nil, refusedLogins, time.Second
	}
	if at.idle != nil {
		a.idle.Remove(at.idle)
		at.idle = nil
	}
	at.sockets++
	return at, "", 0
}

// at returns the address of that key, which begins to be known, and idle, if it was not.
//
// +checklocks:a.mu
func (a *addresses) at(key netip.Addr) *address {
	at := a.known[key]
	if at == nil {
		at = &address{key: key, limits: &a.anywhere}
		if key.IsLoopback() {
			at.limits = &a.here
		}
		at.idle = a.idle.PushBack(at)
		a.known[key] = at
	}
	return at
}

// disconnect undoes connect.
func (a *addresses) disconnect(at *address, now time.Time) {
	if at == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if at.sockets--; at.sockets == 0 {
		at.left = now
		at.idle = a.idle.PushBack(at)
	}
	a.sweep(now)
}

// login says whether a socket may try to log in.
func (a *addresses) login(at *address, now time.Time) bool {
	if at == nil {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return !now.Before(at.barred) && at.logins.take(at.limits.logins, now)
}

// wrongToken counts a token that was none.
func (a *addresses) wrongToken(at *address, now time.Time) {
	if at == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(at.last) >= forgiveWithin {
		at.failed = 0
	}
	at.last = now
	if at.failed++; at.failed <= at.limits.failures {
		return
	}
	bar := barAtMost
	if over := at.failed - at.limits.failures - 1; over < 16 {
		bar = min(barAtFirst<<over, barAtMost)
	}
	at.barred = now.Add(bar)
}

// sweep forgets addresses that have no sockets: those of which there is nothing to know any more, and the oldest of
// too many.
//
// +checklocks:a.mu
func (a *addresses) sweep(now time.Time) {
	for e := a.idle.Front(); e != nil; e = a.idle.Front() {
		at, _ := e.Value.(*address)
		if a.idle.Len() <= a.most && now.Sub(at.left) < forgiveWithin {
			return
		}
		a.idle.Remove(e)
		delete(a.known, at.key)
	}
}

// len returns how many addresses are remembered.
func (a *addresses) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.known)
}

// A rate lets so many things happen a second; bursts of one second's worth pass. It is the time at which all
// that happened so far would have been due, had it come evenly.
type rate struct{ due time.Time }

func (r rate) next(perSecond int, now time.Time) time.Time {
	due := r.due
	if due.Before(now) {
		due = now
	}
	return due.Add(time.Second / time.Duration(perSecond))
}

func (r rate) allows(perSecond int, now time.Time) bool {
	return perSecond > int(time.Second) || r.next(perSecond, now).Sub(now) <= time.Second
}

func (r *rate) take(perSecond int, now time.Time) bool {
	if !r.allows(perSecond, now) {
		return false
	}
	if perSecond <= int(time.Second) {
		r.due = r.next(perSecond, now)
	}
	return true
}

// placeOf returns what addresses are counted by.
func placeOf(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is6() && !a.IsLoopback() {
		p, _ := a.Prefix(64) // always that long
		return p.Addr()
	}
	return a
}

// WithTrustedProxies makes the server believe X-Forwarded-For and X-Forwarded-Proto of requests that come from these
// networks ("10.0.0.0/8") or addresses ("192.0.2.7"), and of nobody else. The client's address is then the last
// one in X-Forwarded-For that is not itself of such a network. Default: nobody's headers are believed.
//
// Behind a proxy that is not named here all clients share its address, and the limits for one address with it.
func WithTrustedProxies(networks ...string) Option {
	return func(c *config) { c.proxies = append(c.proxies, networks...) }
}

// parseNetwork reads a network or a single address.
func parseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

// trusts says whether a request came from a proxy whose headers are believed.
func (s *Server) trusts(a netip.Addr) bool {
	for _, p := range s.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// clientAddr returns where a request came from, the zero address when that is no IP address.
func (s *Server) clientAddr(r *http.Request) netip.Addr {
	from, _ := parseHop(r.RemoteAddr)
	if !s.trusts(from) {
		return from
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break // from here on anybody may have written it
		}
		if from = hop; !s.trusts(hop) {
			break
		}
	}
	return from
}

// isSecure says whether the client asked with TLS.
func (s *Server) isSecure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	from, _ := parseHop(r.RemoteAddr)
	return s.trusts(from) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// parseHop reads an address with or without a port.
func parseHop(s string) (a netip.Addr, ok bool) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap(), err == nil
}
