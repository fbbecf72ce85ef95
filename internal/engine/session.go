package engine

import (
	"strconv"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// session is what the server calls one login, over as many connections as it takes.
type session struct {
	line        string // its secret name
	connTimeout time.Duration
	since       time.Time // when the connection in use came up
}

// heartbeat watches over a connection that is up.
type heartbeat struct {
	n        int64
	pingAt   time.Time
	heard    time.Time // when something came last
	answerBy time.Time // set after a jump of the clock: something must come by then
}

// shortLife is how long a connection must have lived so that the next one is tried at once.
const shortLife = 5 * time.Second

// restartSpread is the time over which clients come back to a server that said it restarts. When it says so again and again,
// as the nodes of a cluster do that are restarted one after the other, they wait for longer, but not for much.
const (
	restartSpread = time.Second
	restartMost   = 2 * time.Second
)

// online handles the good answer to a login or line_login.
func (e *Engine) online(ret wire.Value) {
	resumed, _ := ret.Get("resumed").Bool()
	again := e.state == Reconnecting
	e.phase = phaseOnline
	e.login.tryUntil, e.login.giveUpAt = time.Time{}, time.Time{}
	e.login.tries = 0
	e.fd++
	e.session.line = ret.Get("line").Text()
	e.session.since = e.now
	e.session.connTimeout = connTimeout(ret.Get("conn_timeout"))
	e.pace.learn(ret)
	e.beat = heartbeat{heard: e.now, pingAt: e.now.Add(wire.PingEvery)}
	e.personal.life(e.login.params.AppID, e.login.params.Account, ret.Get("epoch"))
	e.setState(Logined)
	switch {
	case !again:
		e.info("logged in", "account", e.login.params.Account, "connection", e.fd)
		e.host.Emit(Event{Kind: LoginSuccess, Num: e.fd})
		e.fetch(ret)
		return
	case resumed:
		e.info("connection resumed", "connection", e.fd)
		e.host.Emit(Event{Kind: Reconnected, Num: e.fd})
		e.resend(true)
		e.resumeChannel(ret)
		e.personal.resume(e.now)
	default:
		e.info("logged in again, with a new session", "connection", e.fd)
		e.host.Emit(Event{Kind: Reconnected, Num: e.fd})
		e.endInvites(gone)
		e.channel.rejoining, e.at = e.channel.name != "", ""
		e.resend(false)
		e.fetch(ret)
	}
}

// connTimeout reads how long the server keeps a session without a socket.
func connTimeout(v wire.Value) time.Duration {
	n, ok := v.Int()
	if !ok {
		n = wire.MaxConnTimeout
	}
	return time.Duration(min(max(n, wire.MinConnTimeout), wire.MaxConnTimeout)) * time.Second
}

// setConnTimeout follows a change of the user's own attribute, which the server clamps.
func (e *Engine) setConnTimeout(value string) {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		e.session.connTimeout = time.Duration(min(max(n, wire.MinConnTimeout), wire.MaxConnTimeout)) * time.Second
	}
}

// lost begins the way back after the connection broke.
func (e *Engine) lost(why string) { e.comeBack(why, e.calm()) }

// calm returns the pause after a connection that is over: a server that lets in and throws out shall not be stormed.
func (e *Engine) calm() time.Duration {
	if e.now.Sub(e.session.since) >= shortLife {
		e.login.short = 0
		return 0
	}
	if e.login.short++; e.login.short == 1 {
		return 0
	}
	return e.backoff(e.login.short - 1)
}

// comeBack begins the way back: at once, or after a pause.
func (e *Engine) comeBack(why string, pause time.Duration) {
	e.hangup()
	e.warn("connection lost", "reason", why)
	e.setState(Reconnecting)
	if e.cfg.Detailed {
		e.host.Emit(Event{Kind: ConnectionLost, Text: why})
	}
	e.login.tries = 0
	switch patience := e.login.params.ReconnectFor; {
	case patience == 0:
		e.login.giveUpAt = e.now.Add(e.session.connTimeout + resumeGrace)
	case patience > 0:
		e.login.giveUpAt = e.now.Add(patience)
	}
	e.suspendCalls()
	if pause > 0 {
		e.phase = phaseWaiting
		e.login.retryAt = e.now.Add(pause)
		return
	}
	e.startTry()
}

// silentAt returns when the connection counts as lost if nothing comes.
func (e *Engine) silentAt() time.Time {
	if e.phase != phaseOnline || e.paused {
		return time.Time{}
	}
	if at := e.beat.answerBy; !at.IsZero() {
		return at
	}
	return e.beat.heard.Add(silence)
}

func (e *Engine) ping() {
	e.beat.n++
	e.beat.pingAt = e.now.Add(wire.PingEvery)
	e.host.Send(e.conn, wire.AppendPing(nil, e.beat.n))
	e.acknowledgeAnswers()
}

// Woke says that the wall clock jumped, as after a sleep: the connection must show that it lives.
func (e *Engine) Woke(now time.Time) {
	e.now = now
	if e.phase == phaseOnline {
		e.beat.answerBy = now.Add(wakeSilence)
		e.ping()
	}
}

// Pause says that nothing is read (true), or again (false), because the application is behind.
func (e *Engine) Pause(now time.Time, paused bool) {
	e.now = now
	if e.paused == paused {
		return
	}
	e.paused = paused
	if paused {
		return
	}
	e.beat.heard = now
	if !e.beat.answerBy.IsZero() {
		e.beat.answerBy = now.Add(wakeSilence)
	}
	if e.phase == phaseWaiting && e.login.retryAt.IsZero() {
		e.startTry()
	}
	if e.personal.again && !e.personal.polling {
		e.poll()
	}
}

// Frame handles a frame that came on connection conn. It overwrites data, and keeps nothing of it.
func (e *Engine) Frame(now time.Time, conn int, data []byte) {
	e.now = now
	leaving := conn == e.leaving.conn && conn != 0
	if !leaving && (conn != e.conn || e.phase < phaseAuth) {
		return
	}
	f, err := wire.ReadServerFrame(data)
	if err != nil {
		e.warn("frame not understood", "bytes", len(data), "error", err)
		return
	}
	if leaving {
		e.leavingFrame(&f)
		return
	}
	e.beat.heard, e.beat.answerBy = now, time.Time{}
	switch f.Event {
	case wire.EventLoginRet:
		e.loginAnswer(&f)
	case wire.EventClose:
		e.closedByServer(string(f.Reason))
	case wire.EventCallRet:
		e.answer(&f)
	case wire.EventNotify:
		e.notified(&f)
	}
}

// closedByServer handles the server's word that the session, or only this connection, is over.
func (e *Engine) closedByServer(reason string) {
	if e.phase != phaseOnline {
		return // the socket closes, and the try has failed
	}
	switch reason {
	case wire.CloseKick:
		e.kicked()
	case wire.CloseExpired:
		e.warn("the session has expired")
		if e.login.params.ReconnectFor != 0 {
			e.session.line = ""
			e.lost("the session has expired")
			return
		}
		e.signedOff(gone, wire.LeaveChannelEDisconn, wire.LogoutENet)
	case wire.CloseRemoved:
		e.removed()
	case wire.CloseRestart: // all its clients come at the same time
		spread := time.Duration(e.cfg.Random() * float64(restartSpread))
		e.comeBack("the server restarts", max(spread, min(e.calm(), restartMost)))
	default:
		e.lost("closed by the server: " + reason)
	}
}

func (e *Engine) removed() {
	e.info("removed by the server")
	e.signedOff(gone, wire.LeaveChannelEDisconn, wire.LogoutEOther)
}

func (e *Engine) notified(f *wire.RawFrame) {
	if e.phase != phaseOnline {
		return
	}
	switch f.Kind {
	case wire.NotifyRecvMsg:
		e.pushed(f.Ver, f.Line, f.Trace)
	case wire.NotifyMsg:
		if f.Ver > e.personal.ver {
			e.poll()
		}
	case wire.NotifyChannel:
		e.channelEvent(f.Name, f.Ver, f.Line)
	case wire.NotifyKicked:
		e.outOf(string(f.Name))
		if string(f.Name) == e.channel.name {
			e.dropChannel(wire.LeaveChannelEKicked)
		}
	}
}
