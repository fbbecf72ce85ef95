package checkup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// connection checks the name of a host and that something listens there, or the same of the proxy that leads there.
func (w *Way) connection(ctx context.Context, target string, u *url.URL) bool {
	if through, err := proxy(u); err != nil || through != nil {
		f := Finding{Check: "proxy", Target: target, Status: OK}
		if err != nil {
			f.Status, f.Detail, f.Advice = Fail, "the proxy cannot be read: "+err.Error(), "correct HTTPS_PROXY or HTTP_PROXY"
			w.Report(f)
			return false
		}
		f.Detail = "the environment says to go through " + through.Redacted()
		w.Report(f)
		u = through
	}
	return w.dns(ctx, target, u.Hostname()) && w.tcp(ctx, target, hostport(u))
}

// dns checks that a name leads to addresses.
func (w *Way) dns(ctx context.Context, target, host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true // nothing to be looked up
	}
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	began := time.Now()
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	f := Finding{Check: "dns", Target: target, Took: time.Since(began), Status: OK, Detail: fmt.Sprintf("%s is %s", host, strings.Join(found, ", "))}
	if err != nil {
		f.Status, f.Detail, f.Advice = Fail, fmt.Sprintf("%s: %v", host, err), "look at the name servers of this machine"
		var dns *net.DNSError
		switch {
		case errors.As(err, &dns) && dns.IsNotFound:
			f.Detail, f.Advice = fmt.Sprintf("there is no host %s", host), "look for a slip in the name, or make the DNS entry"
		case timedOut(ctx, err):
			f.Detail = fmt.Sprintf("%s: no answer within %v", host, w.Timeout)
		}
	}
	w.Report(f)
	return err == nil
}

// tcp checks that something listens.
func (w *Way) tcp(ctx context.Context, target, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	began := time.Now()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	f := Finding{Check: "tcp", Target: target, Took: time.Since(began), Status: OK}
	if err != nil {
		f.Status, f.Detail, f.Advice = Fail, fmt.Sprintf("%s: %s", addr, reason(err)), "look at the routes and firewalls between here and there"
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			f.Detail, f.Advice = "nothing listens at "+addr, "start the server, or correct the port"
		case timedOut(ctx, err):
			f.Detail = fmt.Sprintf("%s does not answer within %v", addr, w.Timeout)
		}
		w.Report(f)
		return false
	}
	f.Detail = "connected to " + conn.RemoteAddr().String()
	_ = conn.Close()
	w.Report(f)
	return true
}

// timedOut reports whether an error is that the time of a check was up. Deadlines of sockets may be a little earlier.
func timedOut(ctx context.Context, err error) bool {
	return errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// reason returns the innermost text of an error of the network, which is what differs.
func reason(err error) string {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err
	}
	return err.Error()
}
