package server

import (
	"sync/atomic"
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
	reason, ecode, sure := k.admit(&l)
	switch {
	case k.closing.Load(): // meanwhile
		return
	case !sure:
		k.sendAway()
		return
	case reason != "":
		k.srv.log.Info("login refused", "account", clip(l.Account), "app", clip(l.AppID), "remote", k.remote, "reason", reason)
		k.srv.stats.loginsFailed.add(reason)
		k.send(loginFailure(reason, ecode))
		k.closeWith(websocket.CloseNormalClosure)
		return
	}
	k.owned(l.Account)
	ok, sure := k.decideLogin(&l)
	switch {
	case !sure:
		k.sendAway()
		return
	case !ok:
		k.closeWith(websocket.CloseNormalClosure)
		return
	}
	if k.srv.isShut(l.AppID) { // meanwhile; CloseApp may have been there before
		k.srv.kickSoon(l.AppID, l.Account)
	}
	k.srv.log.Info("login", "account", l.Account, "app", l.AppID, "device", clip(l.Device))
}

// count counts a login. Who has the answer finds it counted.
func (k *socket) count(ok bool, good *atomic.Uint64, reason string) {
	if ok {
		good.Add(1)
	} else {
		k.srv.stats.loginsFailed.add(reason)
	}
}

// decideLogin has the account's core decide a login. It is not sure when nobody could.
func (k *socket) decideLogin(l *wire.Login) (ok, sure bool) {
	s := k.srv
	if s.cluster != nil {
		t := k.ticket()
		ok, sure = k.attend(t, s.cluster.Login(t, *l, s.mayWatch(l.AppID, l.Account), s.byID))
	} else {
		to := s.shards[core.Owner(l.AppID, l.Account, len(s.shards))]
		k.hold(to)
		ok, sure = k.decide(to, func(done func(bool)) core.Input {
			return core.Login{Peer: k.peer, Login: *l, Done: done}
		}), true
	}
	if sure {
		k.count(ok, &s.stats.logins, wire.ReasonRefused)
	}
	k.release()
	return ok, sure
}

// reasonUnavailable is how a login counts of which nobody could say whether it was good.
const reasonUnavailable = "Unavailable"

// sendAway has a peer try again later, of whose login nobody can say now whether it is good.
func (k *socket) sendAway() {
	k.srv.stats.loginsFailed.add(reasonUnavailable)
	k.leave(wire.CloseRestart, websocket.CloseTryAgainLater)
}

// lineLogin resumes a session. After a failure the peer may log in instead.
func (k *socket) lineLogin(l wire.LineLogin) {
	ok, sure := k.decideLine(&l)
	if k.triedLine = !ok; !sure {
		k.sendAway()
	}
}

// decideLine has the core that gave out a line decide whether its session goes on. It is not sure when nobody could.
func (k *socket) decideLine(l *wire.LineLogin) (ok, sure bool) {
	s := k.srv
	owner, known := core.LineOwner(l.Line, s.parts())
	if !known {
		k.count(false, nil, wire.ReasonLineInvalid)
		k.send(loginFailure(wire.ReasonLineInvalid, wire.GeneralENotLogin))
		return false, true
	}
	if s.cluster != nil {
		t := k.ticket()
		c, _ := s.cluster.LineLogin(t, *l) // which is one
		ok, sure = k.attend(t, c)
	} else {
		k.hold(s.shards[owner])
		ok, sure = k.decide(s.shards[owner], func(done func(bool)) core.Input {
			return core.LineLogin{Peer: k.peer, Line: *l, Done: func(account string) {
				if account != "" {
					k.owned(account)
				}
				done(account != "")
			}}
		}), true
	}
	if sure {
		k.count(ok, &s.stats.resumes, wire.ReasonLineInvalid)
	}
	k.release()
	return ok, sure
}

// decide hands a login to a core and waits for the outcome. The caller holds back what goes out meanwhile.
func (k *socket) decide(to *shard, login func(done func(ok bool)) core.Input) bool {
	decided := make(chan bool, 1)
	to.post(login(func(ok bool) { decided <- ok }))
	ok := <-decided
	if ok {
		k.shard = to
		k.loggedIn()
	}
	return ok
}

// loggedIn notes that the peer is a user.
func (k *socket) loggedIn() {
	k.in = true
	k.srv.vigil.watch(&k.outbox, time.Now(), k.srv.bounds.silence)
	k.srv.mu.Lock()
	k.srv.known(k)
	k.srv.mu.Unlock()
}

// admit says why a login is refused that no core needs to see, "" if it is not. It is not sure when nobody can
// say.
func (k *socket) admit(l *wire.Login) (reason string, ecode int, sure bool) {
	s := k.srv
	certificate, known := s.apps[l.AppID]
	switch {
	case wire.CheckName("vid", l.AppID) != nil || (s.apps != nil && !known) || s.isShut(l.AppID):
		return wire.ReasonInvalidApp, wire.LoginEFailed, true
	case wire.CheckAccount("account", l.Account) != nil:
		return wire.ReasonInvalidUser, wire.LoginEInvalidUser, true
	case !s.addresses.login(k.at, time.Now()):
		return wire.ReasonRefused, wire.LoginEFailed, true
	}
	if s.authenticate == nil {
		reason = wire.CheckToken(l.Token, l.AppID, certificate, l.Account, time.Now())
	} else if reason, sure = s.ask(l); reason == "" && !sure {
		return "", 0, false
	}
	switch reason {
	case "":
		return "", wire.Success, true
	case wire.ReasonTokenExpired: // was good once: nobody tries to guess one
		return reason, wire.LoginETokenExpired, true
	case wire.ReasonRefused:
		return reason, wire.LoginEFailed, true
	default:
		s.addresses.wrongToken(k.at, time.Now())
		return reason, wire.LoginETokenWrong, true
	}
}

func loginFailure(reason string, ecode int) []byte {
	var o wire.Object
	o.Str("result", "failed").Str("reason", reason).Int("ecode", int64(ecode))
	return wire.AppendLoginRet(nil, reason, o.Bytes())
}

// clip keeps what strangers send from filling the log.
func clip(s string) string { return s[:min(len(s), wire.MaxName)] }
