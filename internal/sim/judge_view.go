package sim

import (
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// view is what one client has been told, and whether it may have been told so.
type view struct {
	*client
	state    engine.State // as Status said
	owed     struct{ logins, logouts int }
	sessions int               // that it has had
	asked    map[uint64]*asked // what has no outcome yet
	tag      uint64
	lost     bool // has lost a connection once
	over     bool // destroyed or crashed
	room     roomView
	messages heardMessages
}

// asked is something that a client asked for.
type asked struct {
	op       engine.Op
	method   string
	at       time.Time
	sessions int      // that the client had had by then
	message  *message // of a message
	call     *call    // of an invite
	side     *side    // of an accept and a refuse
}

func newView(c *client) *view {
	return &view{client: c, asked: make(map[uint64]*asked), messages: heardMessages{last: make(map[[2]string]int), seen: make(map[*message]bool)}}
}

func (v *view) login()  { v.owed.logins++ }
func (v *view) logout() { v.owed.logouts++ }

// ask notes a request and gives it its tag.
func (v *view) ask(r *engine.Request) *asked {
	v.tag++
	r.Tag = v.tag
	a := &asked{op: r.Op, method: r.Method, at: v.now, sessions: v.sessions}
	v.asked[v.tag] = a
	v.count("asked: " + r.Method)
	return a
}

// status is told of each change of the login state.
func (v *view) status(s engine.State) {
	from := v.state
	v.state = s
	allowed := map[engine.State][]engine.State{
		engine.NotLogin:     {engine.Logining},
		engine.Logining:     {engine.Logined, engine.NotLogin},
		engine.Logined:      {engine.Reconnecting, engine.NotLogin},
		engine.Reconnecting: {engine.Logined, engine.NotLogin},
	}
	for _, to := range allowed[from] {
		if to == s {
			return
		}
	}
	v.fail("%s: the status goes from %d to %d", v.client, from, s)
}

// hear is told of every event, in the moment when the engine emits it.
func (v *view) hear(ev *engine.Event) {
	if v.over && !ev.Kind.Owed() {
		v.fail("%s hears %s after its end", v.client, tell(ev))
	}
	if v.engine.State() != v.state {
		v.fail("%s: status %d was told, it is %d", v.client, v.state, v.engine.State())
	}
	v.count("heard: " + names[ev.Kind])
	v.hearLogin(ev)
	v.hearOutcome(ev)
	v.hearRoom(ev)
	switch ev.Kind {
	case engine.InstantMessage:
		v.judge.messages.heard(v, ev)
	default:
		v.judge.calls.heard(v, ev)
	}
}

// hearLogin follows logins and logouts: each that was asked for has one outcome, and the status is what it says.
func (v *view) hearLogin(ev *engine.Event) {
	expect := func(owed *int, state engine.State) {
		if *owed--; *owed < 0 {
			v.fail("%s hears %s once too often", v.client, tell(ev))
		}
		if v.state != state {
			v.fail("%s hears %s while its status is %d", v.client, tell(ev), v.state)
		}
	}
	switch ev.Kind {
	case engine.LoginSuccess:
		expect(&v.owed.logins, engine.Logined)
		v.sessions++
	case engine.LoginFailed:
		expect(&v.owed.logins, engine.NotLogin)
	case engine.Failure:
		if ev.Name == "login" {
			expect(&v.owed.logins, v.state)
		}
	case engine.Logout:
		if ev.Code == wire.LogoutEUser || ev.Code == wire.LogoutEAlreadyLogout {
			expect(&v.owed.logouts, engine.NotLogin)
		} else if v.state != engine.NotLogin {
			v.fail("%s hears %s while its status is %d", v.client, tell(ev), v.state)
		}
		if v.room.name != "" {
			v.fail("%s hears %s and not that it is out of %s", v.client, tell(ev), v.room.name)
		}
	case engine.Reconnected:
		if v.state != engine.Logined {
			v.fail("%s hears %s while its status is %d", v.client, tell(ev), v.state)
		}
		if !v.answer.resumed {
			v.sessions++
			v.room.renewed = v.room.name != ""
		}
	case engine.ReconnectTry:
		v.lost = true
		if v.state != engine.Reconnecting {
			v.fail("%s hears %s while its status is %d", v.client, tell(ev), v.state)
		}
	}
}

// hearOutcome ends what was asked for, once and in time.
func (v *view) hearOutcome(ev *engine.Event) {
	if ev.Request == 0 {
		return
	}
	a := v.asked[ev.Request]
	if a == nil {
		v.fail("%s hears %s, the second outcome of request %d", v.client, tell(ev), ev.Request)
		return
	}
	delete(v.asked, ev.Request)
	if late := v.now.Sub(a.at) - v.profile.patience; late > 0 && !v.woke.After(a.at) {
		v.fail("%s hears %s %v after its time was up", v.client, tell(ev), late)
	}
	if a.message != nil {
		switch ev.Kind {
		case engine.SendSuccess:
			a.message.state = accepted
		case engine.SendError:
			a.message.state = refused
		default:
			v.fail("%s hears %s as the outcome of a message", v.client, tell(ev))
		}
	}
	if a.call != nil && ev.Kind != engine.Done {
		v.judge.calls.refusedInvite(a.call, ev)
	}
	if a.side != nil && a.op == engine.OpRefuse && ev.Kind != engine.Done {
		a.side.refuses-- // it failed
	}
}

// moving says whether a join or a leave has no outcome yet.
func (v *view) moving() bool {
	for _, a := range v.asked {
		if a.op == engine.OpJoin || a.op == engine.OpLeave {
			return true
		}
	}
	return false
}

// destroy is told before Destroy.
func (v *view) destroy() { v.over = true }

// crash is told of an end that tells nobody anything.
func (v *view) crash() {
	v.over = true
	v.asked = make(map[uint64]*asked)
	v.owed.logins, v.owed.logouts = 0, 0
	v.judge.calls.sessionOver(v)
}

// calm says that a client that has had time is logged in, and that nothing is owed to it.
func (v *view) calm() {
	if v.state != engine.Logined {
		v.fail("%s has status %d when all is well", v.client, v.state)
	}
	v.settled()
	if n := v.engine.Waiting(); n > 1 { // it may just ask for messages
		v.fail("%s: %d requests wait when all is well", v.client, n)
	}
}

// settled says that nothing is owed.
func (v *view) settled() {
	if v.owed.logins != 0 || v.owed.logouts != 0 {
		v.fail("%s: %d logins and %d logouts have had no outcome", v.client, v.owed.logins, v.owed.logouts)
	}
	for tag := uint64(1); tag <= v.tag; tag++ {
		a := v.asked[tag]
		if a == nil {
			continue
		}
		v.fail("%s: request %d, %s of %v, has had no outcome", v.client, tag, a.method, a.at.Sub(start))
	}
}
