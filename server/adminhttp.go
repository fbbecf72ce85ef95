package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/agora-signal-go/signal/internal/wire"
)

// AdminHandler returns what an administrator can do, by HTTP and JSON, for those who send "Authorization: Bearer
// TOKEN". Mount it where the public does not come, with [http.StripPrefix]; all that guards it is the token. With
// the token "" it answers nobody.
//
//	GET  /stats                                             the fields of Stats
//	GET  /sessions?app=APP&limit=N                          {"sessions":[{"account","device","channel","connected"}, …]}
//	GET  /channels?app=APP&limit=N                          {"channels":[{"name","members","attrs"}, …]}
//	POST /kick     {"app","account"}                        Server.Kick
//	POST /remove   {"app","channel","account"}              Server.RemoveFromChannel
//	POST /send     {"app","to","text"}                      Server.SendSystem
//	POST /send     {"app","channel","text"}                 Server.SendSystemChannel
//	POST /close    {"app"}                                  Server.CloseApp, {"sessions":N}
//	POST /open     {"app"}                                  Server.OpenApp
//
// Those that are answered with nothing are answered with {}. What fails is answered with {"error":TEXT} and 400 for
// what cannot be understood, 401 without the token, 404 where nobody is by that name, 507 where there is no
// room, 503 after Shutdown and while a backend keeps nothing. limit is at most 100,000.
func (s *Server) AdminHandler(token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, s.Stats()) })
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, r *http.Request) {
		adminList(w, r, "sessions", s.Sessions)
	})
	mux.HandleFunc("GET /channels", func(w http.ResponseWriter, r *http.Request) {
		adminList(w, r, "channels", s.Channels)
	})
	mux.HandleFunc("POST /kick", adminDo(func(ctx context.Context, o order) (any, error) {
		return nil, s.Kick(ctx, o.App, o.Account)
	}))
	mux.HandleFunc("POST /remove", adminDo(func(ctx context.Context, o order) (any, error) {
		return nil, s.RemoveFromChannel(ctx, o.App, o.Channel, o.Account)
	}))
	mux.HandleFunc("POST /send", adminDo(func(ctx context.Context, o order) (any, error) {
		switch {
		case o.To != "" && o.Channel != "":
			return nil, errBothReceivers
		case o.Channel != "":
			return nil, s.SendSystemChannel(ctx, o.App, o.Channel, o.Text)
		}
		return nil, s.SendSystem(ctx, o.App, o.To, o.Text)
	}))
	mux.HandleFunc("POST /close", adminDo(func(ctx context.Context, o order) (any, error) {
		n, err := s.CloseApp(ctx, o.App)
		return map[string]int{"sessions": n}, err
	}))
	mux.HandleFunc("POST /open", adminDo(func(_ context.Context, o order) (any, error) {
		s.OpenApp(o.App)
		return nil, nil
	}))
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || token == "" {
			s.log.Warn("admin: refused", "remote", r.RemoteAddr, "path", clip(r.URL.Path))
			w.Header().Set("WWW-Authenticate", "Bearer")
			answerJSON(w, http.StatusUnauthorized, map[string]string{"error": "a bearer token is needed"})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// An order is the body of a POST.
type order struct {
	App     string `json:"app"`
	Account string `json:"account"`
	Channel string `json:"channel"`
	To      string `json:"to"`
	Text    string `json:"text"`
}

var (
	errBothReceivers = errors.New("want to or channel, not both")
	errNoApp         = errors.New("app is missing")
	errLimit         = errors.New("limit is no number from 0 to 100000")
)

// adminDo returns a handler that reads an order and carries it out.
func adminDo(do func(context.Context, order) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var o order
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, wire.MaxFrame))
		d.DisallowUnknownFields()
		err := d.Decode(&o)
		if err == nil && o.App == "" {
			err = errNoApp
		}
		if err != nil {
			adminError(w, http.StatusBadRequest, err)
			return
		}
		ret, err := do(r.Context(), o)
		if err != nil {
			adminError(w, adminStatus(err), err)
			return
		}
		if ret == nil {
			ret = struct{}{}
		}
		answerJSON(w, http.StatusOK, ret)
	}
}

// adminList answers with a list.
func adminList[E any](
	w http.ResponseWriter, r *http.Request, name string, list func(ctx context.Context, app string, limit int) ([]E, error),
) {
	const most = 100_000
	app, limit := r.FormValue("app"), 0
	var err error
	if text := r.FormValue("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 0 || limit > most {
			adminError(w, http.StatusBadRequest, errLimit)
			return
		}
	}
	if app == "" {
		adminError(w, http.StatusBadRequest, errNoApp)
		return
	}
	found, err := list(r.Context(), app, limit)
	if err != nil {
		adminError(w, adminStatus(err), err)
		return
	}
	answerJSON(w, http.StatusOK, map[string][]E{name: found})
}

func adminStatus(err error) int {
	switch {
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, ErrFull):
		return http.StatusInsufficientStorage
	case errors.Is(err, http.ErrServerClosed), errors.Is(err, ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest // a parameter that is not valid
}

func adminError(w http.ResponseWriter, status int, err error) {
	answerJSON(w, status, map[string]string{"error": err.Error()})
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the asker has gone if it fails
}
