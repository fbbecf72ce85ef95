package server

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"

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
	secure := r.TLS != nil
	hosts := s.advertise
	if len(hosts) == 0 {
		h, ok := parseHost(r.Host, secure)
		if !ok {
			http.Error(w, "the Host header names no address", http.StatusBadRequest)
			return
		}
		hosts = []host{h}
	}
	w.Header().Set("Content-Type", "application/json")
	body := appendAddrs(nil, hosts, secure)
	_, _ = w.Write(body) //nolint:gosec // JSON, and declared as such. If it fails the client has gone
}

// A host is where clients connect to.
type host struct {
	name string // a name or an address, IPv6 without brackets
	port uint16
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
	if err != nil || port == 0 || name == "" {
		return host{}, false
	}
	return host{name, uint16(port)}, true
}

// appendAddrs appends the body of an answer: web for original clients, urls for those that know it.
func appendAddrs(dst []byte, hosts []host, secure bool) []byte {
	var web, urls []byte
	entries := 0
	for _, h := range hosts {
		if ip, err := netip.ParseAddr(h.name); err != nil || !ip.Is4() {
			continue // original clients make a host name of it, with dashes for the dots
		}
		if entries++; entries > 1 {
			web = append(web, ',')
		}
		web = wire.AppendString(append(web, '['), h.name)
		web = append(strconv.AppendUint(append(web, ','), uint64(h.port), 10), ']')
	}
	if entries == 1 { // old builds want two
		web = append(append(web, ','), web...)
	}
	scheme := "ws://"
	if secure {
		scheme = "wss://"
	}
	for i, h := range hosts {
		if i > 0 {
			urls = append(urls, ',')
		}
		urls = wire.AppendString(urls, scheme+net.JoinHostPort(h.name, strconv.Itoa(int(h.port)))+"/")
	}
	dst = append(append(append(dst, `{"web":[`...), web...), `],"urls":[`...)
	return append(append(dst, urls...), `]}`...)
}
