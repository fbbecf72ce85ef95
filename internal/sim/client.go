package sim

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A client is one user's program: an engine, its host, and the queue of events that handlers work off one by one, as
// internal/link, internal/dispatch and package signal have it.
type client struct {
	*world
	account string
	number  int
	engine  *engine.Engine
	conns   map[int]*conn // that are up and not hung up
	dialing int           // the number of the connection that is to come up
	asking  bool          // for the token that it is to log in with
	ticks   alarm

	queue   []engine.Event // wait for their handlers
	handled uint64         // the Mark of the newest that the application is done with
	busy    bool           // a handler runs
	paused  bool           // as the engine knows it

	asleepTill time.Time // nothing of the program runs
	woke       time.Time // when it ran again after that
	jumped     bool      // and then it finds that the clock has jumped
	slowTill   time.Time // handlers take long
	tunnelTill time.Time // no connection comes up
	gone       bool      // destroyed or crashed

	answer answer // the frame that is being handled, if it is one
	view   *view
}

func (w *world) newClient(account string) *client {
	c := &client{world: w, account: account, number: w.judge.clients, conns: make(map[int]*conn)}
	w.judge.clients++
	c.engine = engine.New(engine.Config{
		Instance: fmt.Sprint("instance", c.number), CallTimeout: w.profile.patience,
		NewID: w.newID, Random: w.rnd.Float64, Detailed: c.faced(),
	}, c)
	c.view = newView(c)
	w.clients = append(w.clients, c)
	w.note("%s begins", c)
	if w.calm {
		c.login()
	}
	return c
}

// faced says that the client is one of the second face: it is told in detail, never gives up, asks for the token of each
// login, and names its calls.
func (c *client) faced() bool { return c.number%2 == 1 }

func (c *client) String() string { return fmt.Sprintf("%s#%d", c.account, c.number) }

// What the engine asks for. It is called from inside the engine.

// Dial opens a connection.
func (c *client) Dial(id int) {
	c.dialing, c.asking = id, c.engine.LoggingIn()
	if c.now.Before(c.tunnelTill) {
		c.count(faultPrefix + "no signal in the tunnel")
		c.after(time.Second, func() { c.down(id, errRefused) })
		return
	}
	c.network.dial(c, id)
}

// Send sends a frame.
func (c *client) Send(id int, frame []byte) {
	cn := c.conns[id]
	if cn == nil {
		return
	}
	if len(frame) > wire.MaxFrame {
		c.fail("%s sends a frame of %d bytes", c, len(frame))
	}
	if c.tracing() {
		c.note("%s → %s", c, clip(frame))
	}
	cn.up.send(bytes.Clone(frame))
}

// Hangup closes a connection, or stops dialing.
func (c *client) Hangup(id int) {
	if c.dialing == id {
		c.dialing = 0
	}
	if cn := c.conns[id]; cn != nil {
		delete(c.conns, id)
		cn.hangup()
	}
}

// Status tells of a change of the login state.
func (c *client) Status(s engine.State) { c.view.status(s) }

// Emit hands over an event.
func (c *client) Emit(ev engine.Event) {
	if c.tracing() {
		c.note("%s hears %s", c, tell(&ev))
	}
	c.view.hear(&ev)
	c.queue = append(c.queue, ev)
	c.dispatch()
}

// Handled says how far the application is done.
func (c *client) Handled() uint64 { return c.handled }

// Log writes a log record.
func (c *client) Log(_ slog.Level, msg string, args ...any) {
	if c.tracing() {
		c.note("%s: %s %v", c, msg, args)
	}
}

// step lets something happen to the engine, unless the program is asleep or gone.
func (c *client) step(do func(now time.Time)) {
	if c.gone && c.engine.Done() {
		return
	}
	do(c.now)
	c.look()
	c.wind()
}

// look tells the engine whether the application keeps up.
func (c *client) look() {
	full := len(c.queue) >= c.profile.queue || (c.paused && 2*len(c.queue) >= c.profile.queue)
	if full == c.paused {
		return
	}
	c.paused = full
	if full {
		c.count("stopped reading")
	}
	c.note("%s reads: %t", c, !full)
	c.engine.Pause(c.now, full)
	if !full {
		c.after(0, c.pump)
	}
}

// pump takes what has arrived meanwhile.
func (c *client) pump() {
	for _, cn := range slices.Clone(c.network.conns) {
		if cn.client == c {
			cn.down.pump()
		}
	}
}

// wind sets the clock to when the engine wants to be woken.
func (c *client) wind() {
	if c.engine.Done() {
		c.gone = true
		c.ticks.set(&c.schedule, time.Time{}, nil)
		return
	}
	at := c.engine.Next()
	if !at.IsZero() && at.Before(c.asleepTill) {
		at = c.asleepTill
	}
	c.ticks.set(&c.schedule, at, func() {
		if c.now.Before(c.asleepTill) {
			c.wind()
			return
		}
		c.step(c.engine.Tick)
		if next := c.engine.Next(); !next.IsZero() && !next.After(c.now) {
			c.fail("%s asks to be woken again for the same", c)
		}
	})
}

func (c *client) awake() bool { return !c.now.Before(c.asleepTill) }

func (c *client) reads() bool { return c.awake() && !c.paused }

// whenAwake does something now, or when the program runs again.
func (c *client) whenAwake(do func()) {
	if c.awake() {
		do()
		return
	}
	c.at(c.asleepTill, func() { c.whenAwake(do) })
}

// What happens to connections.

func (c *client) up(cn *conn) {
	if c.dialing != cn.id {
		cn.hangup()
		return
	}
	c.whenAwake(func() {
		if c.dialing != cn.id || cn.client == nil {
			cn.hangup()
			return
		}
		c.dialing = 0
		c.conns[cn.id] = cn
		c.step(func(now time.Time) {
			if c.asking {
				c.engine.Token(wire.NoToken)
			}
			c.engine.Up(now, cn.id)
		})
	})
}

func (c *client) down(id int, err error) {
	c.whenAwake(func() {
		if c.dialing != id && c.conns[id] == nil {
			return // hung up meanwhile
		}
		if c.dialing == id {
			c.dialing = 0
		}
		delete(c.conns, id)
		c.note("%s: connection %d is down: %v", c, id, err)
		c.step(func(now time.Time) { c.engine.Down(now, id, err) })
	})
}

func (c *client) frame(cn *conn, frame []byte) {
	if c.conns[cn.id] != cn {
		return
	}
	if c.tracing() {
		c.note("%s ← %s", c, clip(frame))
	}
	c.answer = readAnswer(frame)
	c.answer.life = cn.sock.home.age()
	c.step(func(now time.Time) { c.engine.Frame(now, cn.id, bytes.Clone(frame)) }) // which others may be getting, too
	c.answer = answer{}
}

// answer is what the judge wants to know of an answer that comes in.
type answer struct {
	login   bool // to a login or line_login
	resumed bool
	room    bool   // it has a channel's state,
	newest  uint64 // with this number
	life    int    // of the server that it is from, which may have forgotten everything since
}

func readAnswer(frame []byte) (a answer) {
	a.login = bytes.HasPrefix(frame, []byte(`["`+wire.EventLoginRet+`"`))
	a.room = bytes.Contains(frame, []byte(`\"msgid\":`))
	if !a.login && !a.room {
		return answer{}
	}
	f, err := wire.ParseServerFrame(frame)
	if err != nil || (f.Event != wire.EventLoginRet && f.Event != wire.EventCallRet) {
		return answer{}
	}
	a.resumed, _ = f.Ret.Get("resumed").Bool()
	a.newest, a.room = wire.Version(f.Ret.Get("msgid"))
	return a
}

// The application.

// dispatch begins the next handler.
func (c *client) dispatch() {
	if c.busy || len(c.queue) == 0 {
		return
	}
	c.busy = true
	var took time.Duration
	switch {
	case c.calm:
	case c.now.Before(c.slowTill):
		took = c.between(0, 3*time.Second)
	default:
		took = c.between(0, c.profile.handler)
	}
	c.after(took, func() { c.whenAwake(c.handle) })
}

// handle runs the handler of the oldest event to its end.
func (c *client) handle() {
	if c.gone && c.queue == nil {
		return
	}
	ev := c.queue[0]
	c.queue[0] = engine.Event{}
	c.queue = c.queue[1:]
	if !c.gone {
		c.react(&ev)
	}
	c.handled = max(c.handled, ev.Mark)
	c.busy = false
	c.look()
	c.wind()
	c.dispatch()
}

func (c *client) login() {
	if c.gone {
		return
	}
	c.view.login()
	c.note("%s calls login", c)
	c.step(func(now time.Time) {
		p := engine.LoginParams{Method: "login", AppID: app, Account: c.account, Token: wire.NoToken}
		if c.faced() {
			p.Token, p.AskToken, p.ReconnectFor = "", true, -1
		}
		c.engine.Login(now, p)
	})
}

func (c *client) logout() {
	c.view.logout()
	c.note("%s calls logout", c)
	c.step(c.engine.Logout)
}

// destroy ends the client as Destroy does.
func (c *client) destroy() {
	if c.gone {
		return
	}
	c.note("%s calls destroy", c)
	c.asleepTill = time.Time{}
	c.view.destroy()
	c.step(c.engine.Destroy)
	c.judge.calls.sessionOver(c.view)
	c.leaveWorld()
}

// crash ends the client's process. Its system may still close the connections, or the machine is gone, too.
func (c *client) crash(closes bool) {
	c.note("fault: crash of %s, its connections are closed: %t", c, closes)
	c.view.crash()
	for _, cn := range slices.Clone(c.network.conns) {
		if cn.client == c {
			cn.client = nil
			cn.cut(false, closes)
		}
	}
	c.queue, c.busy = nil, true
	c.dialing = 0
	clear(c.conns)
	c.ticks.set(&c.schedule, time.Time{}, nil)
	c.engine = engine.New(engine.Config{}, deadHost{}) // whoever still comes finds nobody
	c.engine.Destroy(c.now)
	c.leaveWorld()
}

func (c *client) leaveWorld() {
	c.gone = true
	c.clients = slices.DeleteFunc(c.clients, func(o *client) bool { return o == c })
	if !c.calm {
		c.after(c.between(0, 10*time.Second), func() {
			if !c.calm {
				c.newClient(c.account).live()
			}
		})
	}
}

// sleep stops the program for a while. A laptop that sleeps finds its clock jumped.
func (c *client) sleep(d time.Duration, jump bool) {
	c.note("fault: %s sleeps for %s, its clock jumps: %t", c, short(d), jump)
	c.asleepTill, c.jumped = c.now.Add(d), jump
	c.at(c.asleepTill, c.wake)
}

func (c *client) wake() {
	if c.gone || !c.awake() || c.asleepTill.IsZero() {
		return
	}
	c.asleepTill, c.woke = time.Time{}, c.now
	c.note("%s wakes", c)
	if c.jumped {
		c.step(c.engine.Woke)
	}
	if c.chance(2) { // the timer and the socket are both ready: any may be first
		c.step(c.engine.Tick)
	}
	c.pump()
	c.wind()
}

// mend ends what slows the client down.
func (c *client) mend() {
	c.slowTill, c.tunnelTill = time.Time{}, time.Time{}
	if !c.asleepTill.IsZero() {
		c.asleepTill = c.now
		c.wake()
	}
}

// deadHost is the world of an engine that nobody minds.
type deadHost struct{}

func (deadHost) Dial(int)                       {}
func (deadHost) Send(int, []byte)               {}
func (deadHost) Hangup(int)                     {}
func (deadHost) Status(engine.State)            {}
func (deadHost) Emit(engine.Event)              {}
func (deadHost) Handled() uint64                { return 0 }
func (deadHost) Log(slog.Level, string, ...any) {}
