package link

import (
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
)

// kind says what an input is, each with the fields that it has.
type kind int

const (
	inNone    kind = iota
	inLogin        // login
	inLogout       //
	inDo           // req
	inDestroy      //
	inUp           // conn
	inFrame        // conn, data
	inDown         // conn, err
)

// An input is one step of the Engine.
type input struct {
	kind  kind
	login *engine.LoginParams
	req   *engine.Request
	conn  *conn
	data  []byte
	err   error
	taken chan struct{} // if not nil, closed when the step has been taken
}

// take takes one step.
func (l *Link) take(now time.Time, in input) {
	e := l.loop.engine
	switch in.kind {
	case inLogin:
		l.login(now, *in.login)
	case inLogout:
		e.Logout(now)
	case inDo:
		e.Do(now, in.req)
	case inDestroy:
		e.Destroy(now)
	case inUp, inFrame, inDown:
		if l.loop.conns[in.conn.id] == in.conn { // not hung up meanwhile
			l.takeNews(now, in)
		}
	}
	if in.taken != nil {
		close(in.taken)
	}
}

// takeNews takes a step that a connection has brought.
func (l *Link) takeNews(now time.Time, in input) {
	e, c := l.loop.engine, in.conn
	switch in.kind {
	case inUp:
		e.Up(now, c.id)
	case inFrame:
		e.Frame(now, c.id, in.data)
	case inDown:
		delete(l.loop.conns, c.id)
		c.hangup()
		e.Down(now, c.id, in.err)
	}
}

func (l *Link) login(now time.Time, p engine.LoginParams) {
	if l.loop.engine.State() == engine.NotLogin { // else this login is none
		l.loop.appID = p.AppID
	}
	if l.dialer.invalid != nil {
		p.RetryCount = 1 // nothing will change by itself
	}
	l.loop.engine.Login(now, p)
}
