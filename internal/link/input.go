package link

import "github.com/agora-signal-go/signal/internal/engine"

// kind says what an input is, each with the fields that it has.
type kind int

const (
	inNone    kind = iota
	inLogin        // login
	inLogout       //
	inDo           // req
	inDestroy      //
	inUp           // conn, which knows its token
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
}

// take takes one step. The caller is inside.
func (l *Link) take(in input) {
	e, now := l.inside.engine, l.inside.now
	switch in.kind {
	case inLogin:
		l.login(*in.login)
	case inLogout:
		e.Logout(now)
	case inDo:
		e.Do(now, in.req)
	case inDestroy:
		e.Destroy(now)
	case inUp, inFrame, inDown:
		if l.conn(in.conn.id) == in.conn { // not hung up meanwhile
			l.takeNews(in)
		}
	}
}

// takeNews takes a step that a connection has brought.
func (l *Link) takeNews(in input) {
	e, now, c := l.inside.engine, l.inside.now, in.conn
	switch in.kind {
	case inUp:
		if c.asks {
			e.Token(c.token)
		}
		e.Up(now, c.id)
	case inFrame:
		e.Frame(now, c.id, in.data)
	case inDown:
		l.forget(c)
		c.hangup()
		e.Down(now, c.id, in.err)
	}
}

func (l *Link) login(p engine.LoginParams) {
	i := &l.inside
	if i.engine.State() == engine.NotLogin { // else this login is none
		i.appID = p.AppID
	}
	if l.dialer.invalid != nil {
		p.RetryCount = 1 // nothing will change by itself
	}
	i.engine.Login(i.now, p)
}
