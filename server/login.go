package server

import (
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// handleLogin handles a frame of a peer that is not logged in.
func (k *socket) handleLogin(f wire.ClientFrame) {
	switch {
	case f.Event == wire.EventLogin:
		l, err := wire.ParseLogin(f.Args)
		if err != nil {
			k.bad(websocket.CloseProtocolError)
			return
		}
		k.login(l)
	case f.Event == wire.EventLineLogin && !k.triedLine:
		l, err := wire.ParseLineLogin(f.Args)
		if err != nil {
			k.bad(websocket.CloseProtocolError)
			return
		}
		k.lineLogin(l)
	default:
		k.bad(websocket.ClosePolicyViolation)
	}
}

func (k *socket) login(l wire.Login) {
	if reason, ecode := k.srv.admit(&l, time.Now()); reason != "" {
		k.srv.log.Info("login refused", "account", clip(l.Account), "app", clip(l.AppID), "reason", reason)
		k.Send(loginFailure(reason, ecode))
		k.Close(websocket.CloseNormalClosure)
		return
	}
	k.owned(l.Account)
	to := k.srv.shards[core.Owner(l.AppID, l.Account, len(k.srv.shards))]
	ok := k.decide(to, func(done func(bool)) core.Input {
		return core.Login{Peer: k.peer, Login: l, Done: done}
	})
	if !ok {
		k.Close(websocket.CloseNormalClosure)
		return
	}
	k.srv.log.Info("login", "account", l.Account, "app", l.AppID, "device", clip(l.Device))
}

// lineLogin resumes a session. After a failure the peer may log in instead.
func (k *socket) lineLogin(l wire.LineLogin) {
	owner, ok := core.LineOwner(l.Line, len(k.srv.shards))
	if ok {
		ok = k.decide(k.srv.shards[owner], func(done func(bool)) core.Input {
			return core.LineLogin{Peer: k.peer, Line: l, Done: done}
		})
	} else {
		k.Send(loginFailure(wire.ReasonLineInvalid, wire.GeneralENotLogin))
	}
	k.triedLine = !ok
}

// decide hands a login to a core and waits for the outcome. Nothing goes out meanwhile.
func (k *socket) decide(to *shard, login func(done func(ok bool)) core.Input) bool {
	k.hold()
	decided := make(chan bool, 1)
	to.post(login(func(ok bool) { decided <- ok }))
	ok := <-decided
	if ok {
		k.shard = to
		k.alive()
	}
	k.release()
	return ok
}

// admit says why a login is refused that no core needs to see, "" if it is not.
func (s *Server) admit(l *wire.Login, now time.Time) (reason string, ecode int) {
	certificate, known := s.apps[l.AppID]
	if wire.CheckName("vid", l.AppID) != nil || (s.apps != nil && !known) {
		return wire.ReasonInvalidApp, wire.LoginEFailed
	}
	if wire.CheckAccount("account", l.Account) != nil {
		return wire.ReasonInvalidUser, wire.LoginEInvalidUser
	}
	switch reason = wire.CheckToken(l.Token, l.AppID, certificate, l.Account, now); reason {
	case "":
		return "", wire.Success
	case wire.ReasonTokenExpired:
		return reason, wire.LoginETokenExpired
	default:
		return reason, wire.LoginETokenWrong
	}
}

func loginFailure(reason string, ecode int) []byte {
	var o wire.Object
	o.Str("result", "failed").Str("reason", reason).Int("ecode", int64(ecode))
	return wire.AppendLoginRet(nil, reason, o.Bytes())
}

// clip keeps what strangers send from filling the log.
func clip(s string) string { return s[:min(len(s), wire.MaxName)] }
