package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/agora-signal-go/signal/internal/wire"
)

// getaddr tells a client where to connect to. An app id that is not served gets an answer too: it is
// refused at login, for original clients understand nothing but 200 here.
func (s *Server) getaddr(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "ask with GET", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Query().Get("vid") == "" {
		http.Error(w, "the parameter vid, an app id, is missing", http.StatusBadRequest)
		return
	}
	secure := s.isSecure(r)
	hosts := s.advertise
	if len(hosts) == 0 {
		h, ok := parseHost(r.Host, secure)
		if !ok {
			http.Error(w, "the Host header names no address", http.StatusBadRequest)
			return
		}
		hosts = []host{h}
	}
	hosts = append(slices.Clip(hosts), s.otherHosts()...)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	body := appendAddrs(nil, hosts, secure)
	_, _ = w.Write(body) //nolint:gosec // JSON, and declared as such. If it fails the client has gone
}

// A host is where clients connect to.
type host struct {
	name   string // a name or an address, IPv6 without brackets
	port   uint16
	secure bool   // the port is one for TLS. If not, TLS is on the next one
	url    string // told as it is; then there is nothing else
}

// plain returns the port for connections without TLS, to which old clients with TLS add one.
func (h *host) plain() uint16 {
	if h.secure {
		return h.port - 1
	}
	return h.port
}

// address returns the URL for clients, "" when there is none.
func (h *host) address(secure bool) string {
	port, scheme := h.port, "ws://"
	switch {
	case h.url != "":
		return h.url
	case secure:
		scheme = "wss://"
		if !h.secure {
			port++
		}
	}
	if port == 0 {
		return ""
	}
	return scheme + net.JoinHostPort(h.name, strconv.Itoa(int(port))) + "/"
}

// parseAdvertised reads what WithAdvertise takes.
func parseAdvertised(s string) (host, bool) {
	if !strings.Contains(s, "://") {
		return parseHost(s, false)
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || (u.Scheme != "ws" && u.Scheme != "wss") || !utf8.ValidString(s) {
		return host{}, false
	}
	return host{url: s}, true
}

// parseHost reads HOST:PORT, or a host alone with the port that the scheme implies.
func parseHost(s string, secure bool) (host, bool) {
	name, digits, err := net.SplitHostPort(s)
	if err != nil {
		digits = "80"
		if secure {
			digits = "443"
		}
		if name, _, err = net.SplitHostPort(s + ":"); err != nil {
			return host{}, false
		}
	}
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || port == 0 || name == "" || !isURLHost(name) {
		return host{}, false
	}
	return host{name: name, port: uint16(port), secure: secure}, true
}

// isURLHost says whether a URL made of that name leads to it. A Host header may hold anything, and clients would
// find no address in such an answer, or another one.
func isURLHost(name string) bool {
	u, err := url.Parse("ws://" + net.JoinHostPort(name, "1") + "/")
	return err == nil && u.User == nil && u.Hostname() == name && u.Port() == "1" && u.Path == "/" && utf8.ValidString(name)
}

// appendAddrs appends the body of an answer: web for original clients, urls for those that know it.
func appendAddrs(dst []byte, hosts []host, secure bool) []byte {
	var web, urls []byte
	entries := 0
	for _, h := range hosts {
		if ip, err := netip.ParseAddr(h.name); err != nil || !ip.Is4() || h.plain() == 0 {
			continue // original clients make a host name of it, with dashes for the dots
		}
		if entries++; entries > 1 {
			web = append(web, ',')
		}
		web = wire.AppendString(append(web, '['), h.name)
		web = append(strconv.AppendUint(append(web, ','), uint64(h.plain()), 10), ']')
	}
	if entries == 1 { // old builds want two
		web = append(append(web, ','), web...)
	}
	for _, h := range hosts {
		if address := h.address(secure); address != "" {
			if len(urls) > 0 {
				urls = append(urls, ',')
			}
			urls = wire.AppendString(urls, address)
		}
	}
	dst = append(append(append(dst, `{"web":[`...), web...), `],"urls":[`...)
	return append(append(dst, urls...), `]}`...)
}
