// Package core is the signaling server as a state machine: accounts, sessions, personal lists, channels and
// calls, without a socket, a goroutine or a clock of its own.
//
// A server runs one or more Cores. An account and a channel each belong to exactly one of them (see [Owner]),
// and nobody else touches their state. In go inputs and the time; out come frames for sockets ([Conn]),
// messages for other Cores ([Config].Post) and the next deadline ([Core.Next]). Whoever drives a Core sees to it
// that only one goroutine is inside it at a time and that what one Core posts to another arrives in order.
//
// A Core is deterministic: whoever hands it the same inputs at the same times, and the same ids, gets the same state and the
// same words in the same order. An input can be written down ([Entry]), and so can all that a Core is ([Core.Freeze], [Thaw]).
package core

import (
	"log/slog"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// Conn is a socket as a Core sees it. Both methods return at once.
type Conn interface {
	// Send queues a frame. The bytes may be shared with other sockets and are never changed.
	Send(frame []byte)
	// Close sends what is queued and then closes the socket with a websocket close code.
	Close(code int)
}

// Config is what all Cores of a server share.
type Config struct {
	Cores  int                      // how many there are
	Limits Limits                   // zero fields mean the defaults
	NewID  func() string            // an unguessable name, at least 128 random bits, of A-Z a-z 0-9 - _
	Post   func(to int, m *Message) // hands a message to another Core, whose it is then; never blocks; keeps the order per pair of Cores
	Log    *slog.Logger             // never gets a token, a certificate or a line; nil: slog.Default()

	// ExtCall hands out a user_ext_call, which an [ExtReturn] answers later. Never blocks. nil: there are no such functions.
	ExtCall func(ExtCall)

	// MayWatch says at a login whether the account may join the special channels of its app. nil: nobody may but by Login.MayWatch.
	MayWatch func(app, account string) bool
	// Observe is told what happens, by each Core on its own. Never blocks. nil: nobody is told.
	Observe func(Event)
	// DialectByID makes web clients know personal messages by id instead of by version. See byid.go.
	DialectByID bool
}

// Core is one part of the server's state. Nothing that it calls (Conn, Config's functions, Done) may call it back.
type Core struct {
	cfg    Config
	index  int
	limits Limits
	now    time.Time // of day
	start  time.Time // what instants are counted from
	at     instant

	accounts   map[entity]*account
	nobody     *account // stands for those that are not known
	channels   map[entity]*channel
	memberless int                 // channels that nobody is in
	stored     int64               // bytes in personal lists
	sessions   map[uint64]*session // by number
	lines      map[string]*session
	apps       map[string]int      // apps that have sessions: how many
	joins      map[uint64]*session // by the number of the join that the session is in a channel with
	watched    map[entity]struct{} // special channels that somebody is in, wherever they are
	kicked     recent[End]         // lines of sessions that were ended against their will, and why

	lastSession, lastJoin uint64

	timers   timerHeap
	timerSeq uint64
	local    []*Message // to itself, handled before Step returns

	// Memory that is used again. See spare.go.
	messages  pool[Message]
	calls     pool[pending]
	entries   pool[entry]
	waiting   spare[*pending]
	lists     spare[*entry]
	answers   spare[keptAnswer]
	names     names
	args      wire.Args // of the call that is carried out
	buf       scratch   // a frame, a line or a name
	body, obj scratch   // a text; an object that answers
}

// New returns the Core of that index.
func New(cfg Config, index int) *Core {
	cfg.Cores = max(cfg.Cores, 1)
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	c := &Core{
		cfg: cfg, index: index, limits: cfg.Limits.withDefaults(cfg.Cores),
		accounts: make(map[entity]*account), nobody: new(account), channels: make(map[entity]*channel),
		sessions: make(map[uint64]*session), lines: make(map[string]*session), apps: make(map[string]int), joins: make(map[uint64]*session),
		watched: make(map[entity]struct{}),
	}
	c.kicked.ttl = wire.KickedRemember
	return c
}

// Sessions returns how many sessions there are, also those whose socket is down.
func (c *Core) Sessions() int { return len(c.sessions) }

// Channels returns how many channels there are, also those without members.
func (c *Core) Channels() int { return len(c.channels) }

// Accounts returns how many accounts are remembered, online or not.
func (c *Core) Accounts() int { return len(c.accounts) }

// Stored returns how many bytes wait in personal lists.
func (c *Core) Stored() int64 { return c.stored }

// An Input is one thing that happens to a Core: Login, LineLogin, Call, Ack, Down, ExtReturn, a Message, or one of those
// in admin.go and list.go by which the server's owner rules. A pointer to one will do as well, and be used by nobody when
// Step returns; a Message is always one, and is the Core's from then on.
type Input interface{ apply(c *Core) }

// Login is a login frame whose token has been found good. Done is called, once, when it is decided:
// until then the driver hands in nothing else of this Peer.
type Login struct {
	Peer  *Peer
	Login wire.Login
	Done  func(ok bool)

	MayWatch bool // as well as if Config.MayWatch said so
	ByID     bool // as well as if Config.DialectByID said so
}

// LineLogin is a line_login frame, for the Core that [LineOwner] names. Done is called as that of Login is, with the
// account whose session goes on, "" when none does.
type LineLogin struct {
	Peer *Peer
	Line wire.LineLogin
	Done func(account string)
}

// Call is a call2 frame of a Peer that is logged in. Nothing of the frame is held on to when Step returns.
type Call struct {
	Peer  *Peer
	Frame wire.ClientFrame
}

// Ack is an ack frame of a Peer that is logged in.
type Ack struct {
	Peer *Peer
	ID   int64
}

// Down says that a Peer's socket is gone. It is the last thing that happens to a Peer.
type Down struct{ Peer *Peer }

var _ = []Input{Login{}, LineLogin{}, Call{}, Ack{}, Down{}, ExtReturn{}, new(Message),
	KickUser{}, KickFromChannel{}, CloseApp{}, SendSystem{}, SendSystemChannel{}, ListSessions{}, ListChannels{}}

// Step lets one input happen at the time now, and before it what is due by then.
func (c *Core) Step(now time.Time, in Input) {
	c.Tick(now)
	in.apply(c)
	c.settle()
}

// Tick lets happen what is due by now. A time before one that was handed in earlier counts as that.
func (c *Core) Tick(now time.Time) {
	if c.start.IsZero() {
		c.start = now
	}
	if now.After(c.now) {
		c.now, c.at = now, instant(now.Sub(c.start))
	}
	for len(c.timers) > 0 && c.timers[0].at <= c.at {
		t := c.timers[0]
		c.stop(t)
		t.owner.fire(c)
		c.settle()
	}
}

// Next returns when Tick is due next. It is not ok when nothing is.
func (c *Core) Next() (at time.Time, ok bool) {
	if len(c.timers) == 0 {
		return time.Time{}, false
	}
	return c.start.Add(time.Duration(c.timers[0].at)), true
}

// settle handles the messages to itself, and those that they bring about, in order.
func (c *Core) settle() {
	for i := 0; i < len(c.local); i++ {
		m := c.local[i]
		c.local[i] = nil
		c.receive(m)
		c.recycle(m)
	}
	const keep = 64 // a storm once must not hold its memory for good
	if cap(c.local) > keep {
		c.local = nil
	}
	c.local = c.local[:0]
}
