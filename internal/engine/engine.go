// Package engine is the client as a state machine: login, reconnect and resume, calls that end exactly once,
// personal messages in order, one channel, invites. It has no socket, no goroutine and no clock of its own.
//
// In go requests of the application ([Engine.Login], [Engine.Logout], [Engine.Do], [Engine.Destroy]), what happens
// to connections ([Engine.Up], [Engine.Down], [Engine.Frame]) and the time ([Engine.Tick]). Out come, through
// [Host], frames to send, connections to open and close, and events for handlers; [Engine.Next] says when
// the engine wants to be woken. Only one goroutine may be inside an Engine at a time.
//
// Both faces of the SDK, and the simulation, drive this one machine.
package engine

import (
	"errors"
	"log/slog"
	"time"
)

// ErrUnauthorized in the error of a connection that went down says that there is no token to log in with: the login is
// over.
var ErrUnauthorized = errors.New("signal: unauthorized")

// Host is the world of an Engine. Its methods are called from inside the Engine's own, return at once,
// and never call back into it.
type Host interface {
	// Dial opens connection number conn. Up or Down follows, Down also when an open connection ends.
	Dial(conn int)
	// Send queues a frame on a connection that is up. The frame is the Engine's: it is copied.
	Send(conn int, frame []byte)
	// Hangup sends what is queued on a connection and closes it, or stops dialing it.
	Hangup(conn int)
	// Status tells a change of the login state.
	Status(State)
	// Emit hands over an event for the application.
	Emit(Event)
	// Handled returns the Mark of the newest event that the application is done with.
	Handled() uint64
	// Log writes a log record.
	Log(level slog.Level, msg string, args ...any)
}

// Config is what an Engine needs to know once.
type Config struct {
	Instance    string        // names this client to the server among others of its account, and no other one ever
	CallTimeout time.Duration // how long a request may take; 0 means 10 s
	NewID       func() string // unique names for calls
	// AppendID appends a name like NewID's for a message, cheap and not secret. nil means NewID.
	AppendID func(dst []byte) []byte
	Random   func() float64 // in [0,1), for jitter
	Detailed bool           // ConnectionLost and TryFailed are told too
}

// State is the login state as GetStatus tells it.
type State int

// The login states.
const (
	NotLogin State = iota
	Logining
	Logined
	Reconnecting
)

// phase says how far the connection in use has come.
type phase int8

const (
	phaseNone    phase = iota // none is wanted
	phaseWaiting              // the next try comes at retryAt
	phaseDialing              // Up or Down will follow
	phaseAuth                 // up; a login or line_login is unanswered
	phaseOnline               // logged in
)

// Limits of the engine itself.
const (
	defaultCallTimeout = 10 * time.Second
	dialTimeout        = 20 * time.Second // of discovery and dialing together, should the Host not give up by itself
	authTimeout        = 10 * time.Second
	silence            = 25 * time.Second // nothing came for so long: the connection is lost
	wakeSilence        = 3 * time.Second  // the same after a jump of the clock
	logoutTimeout      = 2 * time.Second
	destroyTimeout     = 200 * time.Millisecond
	resumeGrace        = 10 * time.Second // on top of the session's own life at the server
	maxWaiting         = 1000             // requests that wait while reconnecting
	maxQueued          = 16 << 10         // requests that wait while online
	maxQueuedBytes     = 16 << 20
)

// Engine is one client.
type Engine struct {
	host   Host
	cfg    Config
	now    time.Time
	state  State
	paused bool // the application's queue is full: nothing is read, so silence means nothing
	closed bool // Destroy was called
	phase  phase

	login   loginTry
	conn    int // the number of the connection in use; frames of others are stale
	fd      int // connections that came up so far
	session session
	beat    heartbeat
	leaving leaving

	calls    calls
	pace     pace
	sender   string // of the message that came last: the next one is often of the same
	personal personal
	channel  channel
	at       string // the channel in which the server has the user, as far as it has told; differs while that is being settled
	invites  invites
}

// New returns an Engine that is not logged in.
func New(cfg Config, host Host) *Engine {
	if cfg.CallTimeout <= 0 {
		cfg.CallTimeout = defaultCallTimeout
	}
	if cfg.AppendID == nil {
		cfg.AppendID = func(dst []byte) []byte { return append(dst, cfg.NewID()...) }
	}
	return &Engine{host: host, cfg: cfg}
}

// State returns the login state.
func (e *Engine) State() State { return e.state }

// Waiting returns how many requests, the application's and the Engine's own, wait to be sent or to be answered.
func (e *Engine) Waiting() int { return len(e.calls.queue) + len(e.calls.open) }

// Done reports whether a destroyed Engine has nothing left to do.
func (e *Engine) Done() bool { return e.closed && e.leaving.conn == 0 }

func (e *Engine) setState(s State) {
	if e.state != s {
		e.state = s
		e.host.Status(s)
	}
}

// Open returns how many requests were sent and are not answered.
func (e *Engine) Open() int { return len(e.calls.open) }

// Next returns when Tick should be called, the zero time for never.
func (e *Engine) Next() time.Time {
	next := e.leaving.until
	for _, t := range [...]time.Time{
		e.login.retryAt, e.login.tryUntil, e.login.giveUpAt,
		e.beat.pingAt, e.silentAt(), e.personal.pollAt, e.personal.ackAt,
		e.calls.deadline(), e.calls.laterAt, e.pace.next,
	} {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next
}

// Tick does what is due at the time now.
func (e *Engine) Tick(now time.Time) {
	e.now = now
	e.expireCalls()
	if e.due(e.leaving.until) {
		e.left()
	}
	switch {
	case e.due(e.login.giveUpAt):
		e.giveUp()
	case e.due(e.login.tryUntil):
		e.tryFailed("no answer in time")
	case e.due(e.login.retryAt):
		e.startTry()
	}
	if e.due(e.silentAt()) {
		e.lost("nothing came from the server")
	}
	if e.due(e.beat.pingAt) {
		e.ping()
	}
	if e.due(e.personal.pollAt) {
		e.personal.pollAt = now.Add(pollEvery)
		e.poll()
	}
	if e.due(e.personal.ackAt) {
		e.acknowledge()
	}
	if e.due(e.calls.laterAt) {
		e.askAgain()
	}
	if e.due(e.pace.next) {
		e.flush()
	}
}

func (e *Engine) due(t time.Time) bool { return !t.IsZero() && !t.After(e.now) }

func (e *Engine) info(msg string, args ...any) { e.host.Log(slog.LevelInfo, msg, args...) }
func (e *Engine) warn(msg string, args ...any) { e.host.Log(slog.LevelWarn, msg, args...) }
func (e *Engine) fail(msg string, args ...any) { e.host.Log(slog.LevelError, msg, args...) }
