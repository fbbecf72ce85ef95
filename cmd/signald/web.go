package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// clientHandler is what clients reach: the server, for pages of the origins that may.
func (d *daemon) clientHandler() http.Handler {
	demo := d.demoHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		switch {
		case r.URL.Path == "/healthz":
			d.healthz(w, r)
		case r.URL.Path == "/readyz":
			d.readyz(w, r)
		case origin != "" && websocket.IsWebSocketUpgrade(r) && !allows(*d.origins.Load(), origin) && (demo == nil || !isFrom(r, origin)):
			d.log.Debug("refused for its origin", "origin", origin, "remote", r.RemoteAddr)
			http.Error(w, "pages of this origin may not connect", http.StatusForbidden)
		case demo != nil && !websocket.IsWebSocketUpgrade(r) && isOfDemo(r):
			demo.ServeHTTP(w, r)
		default:
			d.sig.ServeHTTP(w, r)
		}
	})
}

// allows says whether a page of that origin may connect.
func allows(origins []string, origin string) bool {
	return origins == nil || slices.ContainsFunc(origins, func(o string) bool { return strings.EqualFold(o, origin) })
}

// healthz says that the process lives, as long as it does.
func (*daemon) healthz(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("ok\n")) // the asker has gone if it fails
}

// readyz says whether new clients are welcome.
func (d *daemon) readyz(w http.ResponseWriter, _ *http.Request) {
	if d.draining.Load() {
		http.Error(w, "draining", http.StatusServiceUnavailable)
		return
	}
	if !d.sig.Ready() {
		http.Error(w, "what is kept cannot be reached, is full, or has no owner yet", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

// adminHandler is what those who operate the daemon reach.
func (d *daemon) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", d.healthz)
	mux.HandleFunc("GET /readyz", d.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.registry(), promhttp.HandlerOpts{ErrorLog: promLog{d.log}}))

	token := d.settings.adminToken
	if token != "" {
		mux.Handle("/admin/", http.StripPrefix("/admin", d.sig.AdminHandler(token)))
	}
	profiles := http.NewServeMux()
	profiles.HandleFunc("/debug/pprof/", pprof.Index)
	profiles.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	profiles.HandleFunc("/debug/pprof/profile", pprof.Profile)
	profiles.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	profiles.HandleFunc("/debug/pprof/trace", pprof.Trace)
	switch {
	case token != "":
		mux.Handle("/debug/pprof/", guarded(token, profiles))
	case isLoopback(d.admin.Addr().String()):
		mux.Handle("/debug/pprof/", profiles)
	default: // what a heap holds is not for everybody
		d.log.Warn("no profiles: the admin address is not a loopback address and there is no admin token")
	}
	return mux
}

// guarded lets in who has the token.
func guarded(token string, h http.Handler) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) == 0 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the admin token is missing or wrong", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}
