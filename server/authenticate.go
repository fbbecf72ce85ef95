package server

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/agora-signal-go/signal/internal/wire"
)

// What the function of [WithAuthenticator] returns to say why it refuses a login; wrapped is fine.
var (
	// ErrTokenExpired: the token was good once. The client is told TokenErrorExpired, LOGIN_E_TOKENEXPIRED 204.
	ErrTokenExpired = errors.New("server: token expired")
	// ErrRefused: the user may not log in, whatever the token. The client is told Refused, LOGIN_E_FAILED 202.
	ErrRefused = errors.New("server: login refused")
	// ErrUnavailable: nobody can say now. The socket is closed ("restart", code 1013), and clients try again.
	// An authenticator that runs out of time or panics counts as this. It is also what an administrator's wish fails
	// with while a backend keeps nothing ([WithBackend]).
	ErrUnavailable = errors.New("server: unavailable")
)

// WithAuthenticator makes the server ask f whether a user may log in, instead of checking the token itself; the
// certificates of [WithApp] mean nothing then. App ids and accounts have been checked. nil lets the user in,
// [ErrTokenExpired], [ErrRefused] and [ErrUnavailable] say why not, and any other error is a wrong token
// (TokenErrorWrong, LOGIN_E_TOKENWRONG 206). Sessions that resume are not asked about.
//
// f runs on the goroutine of the socket that logs in: for many at once, so it may take its time, but no longer
// than ctx, which ends after [Limits].AuthenticateWithin and at [Server.Shutdown]; Shutdown waits for it.
func WithAuthenticator(f func(ctx context.Context, appID, account, token string) error) Option {
	return func(c *config) { c.authenticate = f }
}

const reasonTokenWrong = wire.ReasonTokenPrefix + "Wrong"

// ask asks the authenticator. A reason "" comes with whether the user may log in; if not, nobody can say.
func (s *Server) ask(l *wire.Login) (reason string, ok bool) {
	switch err := s.callAuthenticator(l); {
	case err == nil:
		return "", true
	case errors.Is(err, ErrTokenExpired):
		return wire.ReasonTokenExpired, false
	case errors.Is(err, ErrRefused):
		return wire.ReasonRefused, false
	case errors.Is(err, ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		s.log.Error("authenticator unavailable", "account", l.Account, "app", l.AppID, "err", without(l.Token, err.Error()))
		return "", false
	default:
		s.log.Debug("authenticator refused", "account", l.Account, "app", l.AppID, "err", without(l.Token, err.Error()))
		return reasonTokenWrong, false
	}
}

// without returns a text without a token in it, as errors of HTTP clients have when it is in an URL.
func without(token, text string) string {
	if token == "" {
		return text
	}
	const hidden = "(token)"
	return strings.NewReplacer(token, hidden, url.QueryEscape(token), hidden, url.PathEscape(token), hidden).Replace(text)
}

func (s *Server) callAuthenticator(l *wire.Login) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("authenticator panicked", "panic", without(l.Token, fmt.Sprint(p)), "stack", string(debug.Stack()))
			err = ErrUnavailable
		}
	}()
	ctx, cancel := context.WithTimeout(s.ctx, s.bounds.authenticateWithin)
	defer cancel()
	return s.authenticate(ctx, l.AppID, l.Account, l.Token)
}
