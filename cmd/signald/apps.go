package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
)

// apps are the apps that are served, with their certificates. They can be replaced at any time; sessions that
// are up stay.
type apps struct {
	certificates atomic.Pointer[map[string]string]
}

func (a *apps) serve(certificates map[string]string) { a.certificates.Store(&certificates) }

// authenticate says why a user may not log in, as server.WithAuthenticator wants it.
func (a *apps) authenticate(_ context.Context, appID, account, token string) error {
	certificates := *a.certificates.Load()
	certificate, known := certificates[appID]
	if certificates != nil && !known {
		return server.ErrRefused
	}
	switch reason := wire.CheckToken(token, appID, certificate, account, time.Now()); reason {
	case "":
		return nil
	case wire.ReasonTokenExpired:
		return server.ErrTokenExpired
	default:
		return errors.New(reason)
	}
}
