package engine

import (
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// leaving is a logout whose answer is still awaited. For the server the user is going,
// for the application GetStatus says so already.
type leaving struct {
	conn   int // 0: none
	callID int64
	until  time.Time
	quiet  bool // Destroy: the logout is not reported
}

// Logout logs out. It ends in Logout: at once, or when the server has answered, but within 2 s.
func (e *Engine) Logout(now time.Time) {
	e.now = now
	if e.closed {
		return
	}
	e.left()
	switch e.state {
	case NotLogin:
		e.host.Emit(Event{Kind: Logout, Code: wire.LogoutEAlreadyLogout})
	case Logining:
		e.loginFailed(wire.LoginECancel)
		e.host.Emit(Event{Kind: Logout, Code: wire.LogoutEUser})
	case Reconnecting:
		e.signedOff(ended, wire.LeaveChannelELogout, wire.LogoutEUser)
	case Logined:
		e.info("logging out")
		e.leave(logoutTimeout, false)
	}
}

// Destroy ends everything: what is pending ends now, a login is given back to the server as well as
// 200 ms allow. Afterwards every method is a no-op, and Done turns true.
func (e *Engine) Destroy(now time.Time) {
	e.now = now
	if e.closed {
		return
	}
	e.left()
	e.closed = true
	switch e.state {
	case Logining:
		e.loginFailed(wire.LoginECancel)
	case Reconnecting:
		e.endCalls(ended)
		e.hangup()
		e.login.giveUpAt = time.Time{}
		e.forgetSession()
		e.setState(NotLogin)
	case Logined:
		e.leave(destroyTimeout, true)
		e.endCalls(ended)
	}
}

// leave says goodbye on the connection in use, which then has no other purpose.
func (e *Engine) leave(wait time.Duration, quiet bool) {
	e.acknowledgeNow()
	e.dropWaiting(ended)
	e.calls.lastID++
	e.leaving = leaving{conn: e.conn, callID: e.calls.lastID, until: e.now.Add(wait), quiet: quiet}
	e.sendCall(&call{id: e.leaving.callID, fn: wire.FnLogout, args: []byte("{}")})
	e.phase = phaseNone // not hung up: leaving owns the connection now
	e.beat = heartbeat{}
	e.personal.disconnect()
	e.setState(NotLogin)
}

// left ends a logout under way: its answer came, or nobody waits for it any longer.
func (e *Engine) left() {
	l := e.leaving
	if l.until.IsZero() {
		return
	}
	e.leaving = leaving{}
	if l.conn != 0 {
		e.host.Hangup(l.conn)
	}
	e.endCalls(ended)
	channel := e.channel.name
	e.forgetSession()
	if l.quiet {
		return
	}
	if channel != "" {
		e.host.Emit(Event{Kind: ChannelLeaved, Channel: channel, Code: wire.LeaveChannelELogout})
	}
	e.host.Emit(Event{Kind: Logout, Code: wire.LogoutEUser})
}

// leavingFrame handles a frame on a connection that is logging out. Answers to what was asked before
// still count; nothing else does: a kick by one's own next login is no news.
func (e *Engine) leavingFrame(f *wire.RawFrame) {
	if f.Event != wire.EventCallRet {
		return
	}
	if f.N == e.leaving.callID {
		e.left()
		return
	}
	e.answer(f)
}

// signedOff ends a login that is over on both ends: pending requests, channel, calls, then the logout.
func (e *Engine) signedOff(c cause, channelCode, logoutCode int) {
	e.hangup()
	e.login.giveUpAt = time.Time{}
	e.setState(NotLogin)
	e.endCalls(c)
	channel := e.channel.name
	if channel != "" {
		e.host.Emit(Event{Kind: ChannelLeaved, Channel: channel, Code: channelCode})
	}
	if logoutCode != wire.LogoutEUser { // one's own logout reports no call to oneself
		e.endInvites(c)
	}
	e.forgetSession()
	e.host.Emit(Event{Kind: Logout, Code: logoutCode})
}

func (e *Engine) kicked() {
	e.info("kicked: the account logged in elsewhere")
	e.signedOff(ended, wire.LeaveChannelEKicked, wire.LogoutEKicked)
}

// forgetSession drops what belongs to a session. The place in the personal list stays: the same account
// may log in again and shall get nothing twice.
func (e *Engine) forgetSession() {
	e.session = session{}
	e.channel, e.at = channel{}, ""
	e.invites = invites{}
	e.pace = pace{}
}
