package engine

import (
	"errors"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// LoginParams is what a login needs.
type LoginParams struct {
	Method     string // "login" or "login2", for the Failure event
	AppID      string
	Account    string
	Token      string
	RetryTime  time.Duration // all tries together; at most 0 means 30 s
	RetryCount int           // tries, the first included; at most 0 means 15

	AskToken     bool          // each login, though no resume, has a token of its own: see LoggingIn and Token
	ReconnectFor time.Duration // how long a lost connection is tried to be had back; 0: as long as the session may live; below 0: for ever
}

const (
	defaultRetryTime  = 30 * time.Second
	defaultRetryCount = 15
)

// loginTry is the way to a login, or back to one.
type loginTry struct {
	params   LoginParams
	seq      int64     // of login frames, rising as long as the Engine lives
	tries    int       // so far
	retryAt  time.Time // when the next try begins
	tryUntil time.Time // when the one under way has failed
	giveUpAt time.Time
	resuming bool // what was sent last is a line_login
	short    int  // connections in a row that did not live long
}

// Login begins to log in. It ends in LoginSuccess or LoginFailed, or at once in a Failure when the
// Engine is not logged out.
func (e *Engine) Login(now time.Time, p LoginParams) {
	e.now = now
	if e.closed {
		return
	}
	e.left() // a logout under way is over for the application before a new login begins
	if e.state != NotLogin {
		e.host.Emit(Event{Kind: Failure, Name: p.Method, Code: wire.LoginEAlreadyLogin, Text: "already logged in, or logging in"})
		return
	}
	if p.RetryTime <= 0 {
		p.RetryTime = defaultRetryTime
	}
	if p.RetryCount <= 0 {
		p.RetryCount = defaultRetryCount
	}
	e.login = loginTry{params: p, seq: e.login.seq, giveUpAt: now.Add(p.RetryTime)}
	e.setState(Logining)
	switch {
	case wire.CheckAccount("account", p.Account) != nil:
		e.loginFailed(wire.LoginEInvalidUser)
	case wire.CheckName("appID", p.AppID) != nil:
		e.loginFailed(wire.LoginEFailed)
	case e.tokenTooLong():
		e.loginFailed(wire.LoginETokenWrong)
	default:
		e.info("logging in", "account", p.Account, "app", p.AppID)
		e.startTry()
	}
}

// delays are the pauses before the first tries; later ones wait as long as the last.
var delays = [...]time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// backoff returns the pause before the try that follows n failed ones, give or take a fifth.
func (e *Engine) backoff(n int) time.Duration {
	d := delays[min(n, len(delays)-1)]
	return time.Duration(float64(d) * (0.8 + 0.4*e.cfg.Random()))
}

func (e *Engine) startTry() {
	e.login.retryAt = time.Time{}
	if e.paused { // nothing could be read; Pause(false) comes back here
		e.phase = phaseWaiting
		return
	}
	e.login.tries++
	if e.state == Reconnecting {
		e.host.Emit(Event{Kind: ReconnectTry, Num: e.login.tries})
	}
	e.conn++
	e.phase = phaseDialing
	e.login.tryUntil = e.now.Add(dialTimeout)
	e.host.Dial(e.conn)
}

// LoggingIn reports whether a connection that is dialed now is to log in, and not to resume a session, with a token that is
// still to be asked for.
func (e *Engine) LoggingIn() bool { return e.login.params.AskToken && !e.resumable() }

func (e *Engine) resumable() bool { return e.state == Reconnecting && e.session.line != "" }

// Token says which token the connection logs in with that comes up next.
func (e *Engine) Token(token string) { e.login.params.Token = token }

func (e *Engine) tokenTooLong() bool { return len(e.loginFrame()) > wire.MaxFrame }

// Up says that connection conn is open.
func (e *Engine) Up(now time.Time, conn int) {
	e.now = now
	if conn != e.conn || e.phase != phaseDialing {
		e.host.Hangup(conn)
		return
	}
	e.phase = phaseAuth
	switch {
	case e.resumable():
		e.sendLineLogin()
	case e.tokenTooLong():
		e.unauthorized("the token does not fit a frame of 64 KiB")
	default:
		e.sendLogin()
	}
}

func (e *Engine) loginFrame() []byte {
	p := &e.login.params
	l := wire.Login{
		AppID: p.AppID, Account: p.Account, Token: p.Token, Device: wire.DeviceGo,
		Instance: e.cfg.Instance, Seq: e.login.seq,
	}
	return l.Append(nil)
}

func (e *Engine) sendLogin() {
	e.login.seq++
	e.login.resuming = false
	e.login.tryUntil = e.now.Add(authTimeout)
	e.host.Send(e.conn, e.loginFrame())
}

func (e *Engine) sendLineLogin() {
	e.login.resuming = true
	e.login.tryUntil = e.now.Add(authTimeout)
	l := wire.LineLogin{
		Line: e.session.line, Resume: true, VerClear: e.handledVersion(),
		Channel: e.channel.name, MsgID: e.channel.msgID,
	}
	if e.channel.rejoining {
		l.Channel, l.MsgID = "", 0
	}
	e.personal.confirmed = l.VerClear
	e.host.Send(e.conn, l.Append(nil))
}

// Down says that connection conn is gone, or did not come up.
func (e *Engine) Down(now time.Time, conn int, err error) {
	e.now = now
	why := "closed"
	if err != nil {
		why = err.Error()
	}
	switch {
	case conn == e.leaving.conn:
		e.leaving.conn = 0
		e.left()
	case conn != e.conn:
	case e.phase == phaseOnline:
		e.phase = phaseNone // it is gone: nothing to hang up
		e.lost(why)
	case e.phase == phaseDialing || e.phase == phaseAuth:
		e.phase = phaseNone
		if errors.Is(err, ErrUnauthorized) {
			e.unauthorized(why)
			return
		}
		e.tryFailed(why)
	}
}

// unauthorized ends a login, or the way back to one, for want of a token.
func (e *Engine) unauthorized(why string) {
	e.fail("no token to log in with", "reason", why)
	e.tryFailure(why)
	if e.state == Reconnecting {
		e.signedOff(gone, wire.LeaveChannelEDisconn, wire.LogoutETokenWrong)
		return
	}
	e.loginFailed(wire.LoginETokenWrong)
}

func (e *Engine) tryFailure(why string) {
	if e.cfg.Detailed {
		e.host.Emit(Event{Kind: TryFailed, Num: e.login.tries, Text: why})
	}
}

// tryFailed ends a try that came to nothing: another one follows, unless the limits are reached.
func (e *Engine) tryFailed(why string) {
	e.hangup()
	e.tryFailure(why)
	if e.state == Logining && e.login.tries >= e.login.params.RetryCount {
		e.fail("login failed", "tries", e.login.tries, "reason", why)
		e.loginFailed(wire.LoginENet)
		return
	}
	delay := e.backoff(e.login.tries)
	e.phase = phaseWaiting
	e.login.retryAt = e.now.Add(delay)
	e.info("no connection", "try", e.login.tries, "reason", why, "again in", delay.Round(time.Millisecond).String())
}

// hangup gives up the connection in use, whatever its phase.
func (e *Engine) hangup() {
	if e.phase == phaseDialing || e.phase == phaseAuth || e.phase == phaseOnline {
		e.host.Hangup(e.conn)
	}
	e.phase = phaseNone // what that connection still says is stale
	e.login.tryUntil, e.login.retryAt = time.Time{}, time.Time{}
	e.beat = heartbeat{}
	e.personal.disconnect()
}

// giveUp ends a login, or the way back to one, that took too long.
func (e *Engine) giveUp() {
	if e.state == Reconnecting {
		e.fail("connection lost for good")
		e.signedOff(gone, wire.LeaveChannelEDisconn, wire.LogoutENet)
		return
	}
	e.fail("login failed", "tries", e.login.tries, "reason", "out of time")
	e.loginFailed(wire.LoginENet)
}

// loginFailed ends a login without success. The state comes first: the handler may log in again.
func (e *Engine) loginFailed(code int) {
	e.hangup()
	e.login.giveUpAt = time.Time{}
	e.setState(NotLogin)
	e.host.Emit(Event{Kind: LoginFailed, Code: code})
}

// loginAnswer handles login_ret.
func (e *Engine) loginAnswer(f *wire.RawFrame) {
	if e.phase != phaseAuth {
		return
	}
	if f.OK() {
		e.online(f.Ret)
		return
	}
	reason := string(f.Err)
	if reason == "" {
		reason = f.Ret.Get("reason").Text()
	}
	ecode, _ := f.Ret.Get("ecode").Int()
	switch {
	case e.login.resuming && reason == wire.ReasonKick:
		e.kicked()
	case e.login.resuming && reason == wire.CloseRemoved:
		e.removed()
	case e.login.resuming && e.login.params.AskToken: // the session is over; another one has another token
		e.session.line = ""
		e.hangup()
		e.startTry()
	case e.login.resuming: // the session is over; the token may still be good
		e.sendLogin()
	case e.state == Reconnecting:
		e.fail("login refused", "reason", reason)
		e.tryFailure("login refused: " + reason)
		e.signedOff(gone, wire.LeaveChannelEDisconn, lostLoginCode(reason))
	default:
		e.fail("login refused", "reason", reason)
		e.tryFailure("login refused: " + reason)
		e.loginFailed(refusedCode(reason, int(ecode)))
	}
}

// refusedCode returns the code for a login that the server refused.
func refusedCode(reason string, ecode int) int {
	switch {
	case reason == wire.ReasonKick:
		return wire.LoginETokenKicked
	case reason == wire.ReasonTokenExpired:
		return wire.LoginETokenExpired
	case strings.HasPrefix(reason, wire.ReasonTokenPrefix):
		return wire.LoginETokenWrong
	case reason == wire.ReasonInvalidUser:
		return wire.LoginEInvalidUser
	case ecode != 0:
		return ecode
	}
	return wire.LoginEFailed
}

// lostLoginCode returns the code of the logout when the server refuses the login after a lost session.
func lostLoginCode(reason string) int {
	switch {
	case reason == wire.ReasonTokenExpired:
		return wire.LogoutETokenExpired
	case strings.HasPrefix(reason, wire.ReasonTokenPrefix):
		return wire.LogoutETokenWrong
	}
	return wire.LogoutEOther
}
