// Package observe is what a client tells of itself to those who measure and trace: see signal.WithMetrics and
// signal.WithTracing. It depends on nothing; the modules observe/signalprom and observe/signalotel bring what it tells to
// Prometheus and OpenTelemetry.
//
// Each function here is optional: what is nil is not measured and costs nothing. All of them are called by whoever drives
// the client just then, several at a time, which may be a goroutine that calls a method of the client, and the client
// waits for them. So they must be quick, must not call the client that calls them, and must not want a lock that is held
// around such a call. Times are those of the client's own clock.
package observe

import "time"

// Metrics is what can be counted and measured of a client.
type Metrics struct {
	// Begin is called when a client is made. now tells how it is, at any time and from any goroutine; end, which may be nil, is
	// called when it is at its end.
	Begin func(now func() Gauges) (end func())

	// Dial is called when a connection has come up or has not: discovery, the race between addresses, TLS and the handshake.
	Dial func(Dial)
	// Login is called with the outcome of a login that the application asked for.
	Login func(Login)
	// State is called when the state of the login has changed.
	State func(from, to State)
	// Lost is called when a connection that was logged in is lost.
	Lost func(Lost)
	// Reconnect is called when it is back.
	Reconnect func(Reconnect)

	// Request is called with the outcome of each request.
	Request func(Request)
	// Received is called for what has come from others, before it waits for who reads it.
	Received func(Received)
	// Handled is called when a handler has returned, or the body of a loop is done with what it got.
	Handled func(Handled)
	// Gap is called when something of a channel was missed for good, or was not kept because nobody read it.
	Gap func(Gap)
	// Paused is called when so much waits for handlers or loops that the client stops reading from its connection, and when it
	// reads again.
	Paused func(paused bool)

	// FrameIn and FrameOut are called for each frame, with the bytes that it has without the websocket's own.
	FrameIn, FrameOut func(bytes int)
}

// Gauges is how a client is at one moment.
type Gauges struct {
	State    State
	Requests int   // without an outcome
	Events   int   // that wait for handlers or loops
	Bytes    int64 // of these
	Paused   bool  // so much waits that nothing is read from the connection
}

// A State says how far a login is.
type State int

// The states of a login.
const (
	LoggedOut State = iota
	LoggingIn
	LoggedIn
	Reconnecting
)

// States are all there are.
func States() []State { return []State{LoggedOut, LoggingIn, LoggedIn, Reconnecting} }

// String returns "logged_out", "logging_in", "logged_in" or "reconnecting".
func (s State) String() string {
	switch s {
	case LoggedOut:
		return "logged_out"
	case LoggingIn:
		return "logging_in"
	case LoggedIn:
		return "logged_in"
	case Reconnecting:
		return "reconnecting"
	}
	return "unknown"
}

// Dial is a connection that has come up, or has not.
type Dial struct {
	Took time.Duration
	Err  error // nil: it is up
}

// Login is the outcome of a login.
type Login struct {
	Code int // 0: logged in; else one of signal.LoginE…
	Took time.Duration
}

// Lost is a connection that was lost.
type Lost struct {
	Reason string // for people: it may name addresses
}

// Reconnect is a connection that is back.
type Reconnect struct {
	Tries int           // it took so many
	Away  time.Duration // since it was lost
}

// Request is the outcome of a request.
type Request struct {
	Op   string // "send", "send_channel", "join", "invite", "invoke", …: one of some twenty, the same for both faces
	Code int    // 0: success; else a signal.Code, of an invoke also what the server's owner has made up
	Took time.Duration
}

// Kind says what an event is about.
type Kind string

// The kinds of events. The first five come from others.
const (
	Message        Kind = "message"         // to the account
	ChannelMessage Kind = "channel_message" // in the channel, one's own included
	Call           Kind = "call"            // that comes in
	CallEvent      Kind = "call_event"      // of a call that is open
	ChannelEvent   Kind = "channel_event"   // members and attributes
	Outcome        Kind = "outcome"         // of a request
	Connection     Kind = "connection"      // logins, losses
	Log            Kind = "log"             // a line for OnLog
)

// Received is something that came.
type Received struct {
	Kind  Kind
	Bytes int // of the text
}

// Handled is something that a handler or the body of a loop is done with.
type Handled struct {
	Kind   Kind
	Waited time.Duration // for it, behind others
	Took   time.Duration
}

// Gap is something that was missed.
type Gap struct {
	Dropped int // so many events were not kept for a loop; 0: unknown, they were missed while the connection was away
}
