package core

import (
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// An Event is something that happened, for those who count. It never has the content of a message.
type Event struct {
	Kind         EventKind
	At           time.Time
	App, Account string // who did it; of a message that the server itself sent, ""
	Device       string // of EventLogin and EventLogout
	End          End    // of EventLogout
	Channel      string // of EventJoin, EventLeave, and EventMessage to a channel
	Peer         string // of EventMessage to an account
	Bytes        int    // of EventMessage: the length of the text
}

// EventKind says what happened.
type EventKind uint8

// The kinds of Event.
const (
	EventLogin  EventKind = iota + 1
	EventLogout           // a session ended, for whatever reason
	EventJoin
	EventLeave
	EventMessage // was taken; not of one that was sent again
)

// End says why a session ended. Where its client has to be told, this is the reason in the frame.
type End string

// The ends of sessions.
const (
	EndLogout  End = "logout"
	EndKick    End = wire.CloseKick    // the account logged in elsewhere
	EndExpired End = wire.CloseExpired // its socket stayed away for too long
	EndRemoved End = wire.CloseRemoved // by the server's owner
)

func (c *Core) observe(e Event) {
	if c.cfg.Observe != nil {
		e.At = c.now
		c.cfg.Observe(e)
	}
}
