package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/agora-signal-go/signal/web"
)

// The page of -demo. Websockets are welcome on its paths too, as on any.
const (
	demoRoot = "/demo"
	demoPath = demoRoot + "/"
)

// demoHandler serves the page and leads there; nil when there is to be none.
func (d *daemon) demoHandler() http.Handler {
	if !d.settings.demo {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle(demoPath, http.StripPrefix(demoRoot, web.Handler(d.settings.demoICE...)))
	mux.Handle("/", http.RedirectHandler(demoPath, http.StatusFound))
	return mux
}

// isFrom says whether a page of that origin is one of the host that is asked: with the demo there is one.
func isFrom(r *http.Request, origin string) bool {
	_, host, ok := strings.Cut(origin, "://")
	return ok && strings.EqualFold(host, r.Host)
}

// isOfDemo says whether the demo answers a request: one below its path or, of what asks for a page as browsers do, one of
// the root. Any other client hears there what it always did.
func isOfDemo(r *http.Request) bool {
	switch {
	case r.URL.Path == demoRoot, strings.HasPrefix(r.URL.Path, demoPath):
		return true
	case r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		return strings.Contains(r.Header.Get("Accept"), "text/html")
	}
	return false
}

// addICE takes the URLs of STUN servers. Those of TURN need a password, which a page would show to everybody.
func (s *settings) addICE(v string) error {
	scheme, host, ok := strings.Cut(v, ":")
	if !ok || (scheme != "stun" && scheme != "stuns") || host == "" || strings.ContainsAny(host, " /@\"") {
		return fmt.Errorf("%q is not the URL of an ICE server such as stun:stun.example.com:3478", v)
	}
	s.demoICE = append(s.demoICE, v)
	return nil
}
