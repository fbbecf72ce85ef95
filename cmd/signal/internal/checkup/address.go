package checkup

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// parse reads an address, and says what is wrong with it.
func parse(address string, schemes []string) (u *url.URL, why string) {
	u, err := url.Parse(address)
	if bad := (*url.Error)(nil); errors.As(err, &bad) {
		err = bad.Err
	}
	switch {
	case err != nil:
		return nil, "is no URL: " + err.Error()
	case !slices.Contains(schemes, u.Scheme):
		return nil, "does not begin with " + strings.Join(schemes, ":// or ") + "://"
	case u.Hostname() == "":
		return nil, "names no host"
	case u.User != nil:
		return nil, "holds a user's name, which clients refuse"
	}
	return u, ""
}

// web returns the same address for a request by HTTP.
func web(u *url.URL) *url.URL {
	same := *u
	switch u.Scheme {
	case "ws":
		same.Scheme = "http"
	case "wss":
		same.Scheme = "https"
	}
	return &same
}

// proxy returns the proxy that the environment names for an address, or nil.
func proxy(u *url.URL) (*url.URL, error) {
	return http.ProxyFromEnvironment(&http.Request{URL: web(u)})
}

// hostport returns where to connect to.
func hostport(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if isSecure(u) {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func isSecure(u *url.URL) bool { return u.Scheme == "https" || u.Scheme == "wss" }

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
