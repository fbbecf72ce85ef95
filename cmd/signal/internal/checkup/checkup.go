// Package checkup finds out what is wrong on the way to a server: names, connections, certificates, discovery, websockets
// and clocks, one after the other, each with what to do about it.
package checkup

import (
	"context"
	"crypto/tls"
	"net/url"
	"slices"
	"time"
)

// A Status is how a check ended.
type Status string

// How a check ends. What is warned of works, today.
const (
	OK   Status = "ok"
	Warn Status = "warn"
	Fail Status = "fail"
)

// A Finding is what a check found.
type Finding struct {
	Check  string        // what was checked, in a word
	Target string        // of what, such as a URL
	Status Status        //
	Detail string        // what is so
	Advice string        // what to do, unless all is well
	Took   time.Duration //
}

// A Way says what leads to the servers.
type Way struct {
	Servers, Discovery []string
	AppID              string
	TLS                *tls.Config
	Timeout            time.Duration    // of each check
	Report             func(Finding)    // is told each finding, in order
	Now                func() time.Time // the clock that tokens are made by
}

// Walk checks the way. It returns the servers to which it leads, as URLs.
func (w *Way) Walk(ctx context.Context) (reached []string) {
	servers := slices.Clone(w.Servers)
	if len(w.Discovery) > 0 {
		var found []string
		for _, service := range w.Discovery {
			found = append(found, w.discovery(ctx, service)...)
		}
		if len(found) > 0 { // else clients use what else they know
			servers = found
		}
	}
	slices.Sort(servers)
	for _, server := range slices.Compact(servers) {
		if ctx.Err() == nil && w.server(ctx, server) {
			reached = append(reached, server)
		}
	}
	return reached
}

// discovery checks one service, and returns the servers that it knows.
func (w *Way) discovery(ctx context.Context, service string) []string {
	u, ok := w.url(service, "http", "https")
	if !ok || !w.connection(ctx, service, u) {
		return nil
	}
	return w.ask(ctx, service, u)
}

// server checks one server, and says whether a client would get there.
func (w *Way) server(ctx context.Context, server string) bool {
	u, ok := w.url(server, "ws", "wss")
	if !ok || !w.connection(ctx, server, u) {
		return false
	}
	secured := w.greet(ctx, server, u)
	return secured && w.handshake(ctx, server)
}

// url checks what is to be an address of one of two kinds.
func (w *Way) url(address string, schemes ...string) (*url.URL, bool) {
	u, why := parse(address, schemes)
	f := Finding{Check: "url", Target: address, Status: OK, Detail: "can be read"}
	if why != "" {
		f.Status, f.Detail = Fail, why
		f.Advice = "correct the address: " + schemes[1] + "://HOST:PORT, or " + schemes[0] + "://HOST:PORT where there is no TLS"
		w.Report(f)
		return nil, false
	}
	if loopback := isLoopback(u.Hostname()); u.Scheme == schemes[0] && !loopback {
		f.Status, f.Detail = Warn, "nothing is encrypted on this way"
		f.Advice = "use " + schemes[1] + ":// where the server has a certificate"
	}
	w.Report(f)
	return u, true
}
