package core

import (
	"math"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// Limits bounds what a server keeps. Zero means the default, a negative number means none.
// Those "of a server" are spread evenly over its Cores.
type Limits struct {
	Messages   int           // messages that wait in one personal list; default 1,000
	ListBytes  int           // bytes of those messages; default 4 MiB
	Invites    int           // undelivered invites in one personal list; default 100
	CallEvents int           // other events of calls in one personal list, of at most a quarter of ListBytes; default 1,000
	OpenCalls  int           // calls of one account as caller, and as many as callee; default 100
	MessageTTL time.Duration // longest stay of a message in a list; default 30 days

	// A rate's bucket holds one second's worth. See charge and rates.
	UserMessagesPerSecond    int // messages of one user, instant and channel together; default 60
	ChannelMessagesPerSecond int // messages to one channel without a _sendmsg_limit; default 200
	AttrChangesPerSecond     int // changes of one attribute of a channel without a _setattr_limit; default 10
	AttrEventsPerSecond      int // changes of all attributes of one channel; default 1,000
	CallsPerSecond           int // calls of one session; default 200

	Attrs     int // attributes of a user or of a channel; default 1,000
	AttrBytes int // bytes of them, names included, as they stand in a frame; default 1 MiB

	ReplayEvents int // newest events that a channel keeps for members that resume; default 1,000
	ReplayBytes  int // bytes of them, as they stand in a frame; default 1 MiB

	Keys        int // idempotency keys that an account or a channel remembers; default 20,000
	Waiting     int // calls of one session that wait for another Core; default 1,000
	KickedLines int // lines of a server that are remembered as kicked; default 100,000

	MemberlessChannels int   // channels of a server that live on without members; default 10,000
	Sessions           int   // sessions of a server; default 1,000,000
	Apps               int   // apps that have sessions, in each Core; default 1,000
	Accounts           int   // accounts of a server that are remembered, online or not; default 1,000,000
	StoredBytes        int64 // bytes of all personal lists of a server; default 1 GiB
}

// withDefaults returns the bounds of one Core of n.
func (l Limits) withDefaults(n int) Limits {
	const day = 24 * time.Hour
	const forever = 100 * 365 * day
	l.Messages = bound(l.Messages, 1_000, math.MaxInt32, 1)
	l.ListBytes = bound(l.ListBytes, 4<<20, math.MaxInt32, 1)
	l.Invites = bound(l.Invites, 100, math.MaxInt32, 1)
	l.CallEvents = bound(l.CallEvents, 1_000, math.MaxInt32, 1)
	l.OpenCalls = bound(l.OpenCalls, 100, math.MaxInt32, 1)
	l.MessageTTL = bound(l.MessageTTL, 30*day, forever, 1)
	l.UserMessagesPerSecond = bound(l.UserMessagesPerSecond, wire.MessagesPerSecond, math.MaxInt32, 1)
	l.ChannelMessagesPerSecond = bound(l.ChannelMessagesPerSecond, wire.ChannelMessagesPerSecond, math.MaxInt32, 1)
	l.AttrChangesPerSecond = bound(l.AttrChangesPerSecond, wire.AttrChangesPerSecond, math.MaxInt32, 1)
	l.AttrEventsPerSecond = bound(l.AttrEventsPerSecond, wire.AttrEventsPerSecond, math.MaxInt32, 1)
	l.CallsPerSecond = bound(l.CallsPerSecond, wire.CallsPerSecond, math.MaxInt32, 1)
	l.Attrs = bound(l.Attrs, 1_000, math.MaxInt32, 1)
	l.AttrBytes = bound(l.AttrBytes, 1<<20, math.MaxInt32, 1)
	l.ReplayEvents = bound(l.ReplayEvents, 1_000, math.MaxInt32, 1)
	l.ReplayBytes = bound(l.ReplayBytes, 1<<20, math.MaxInt32, 1)
	l.Keys = bound(l.Keys, 20_000, math.MaxInt32, 1)
	l.Waiting = bound(l.Waiting, 1_000, math.MaxInt32, 1)
	l.KickedLines = bound(l.KickedLines, 100_000, math.MaxInt32, n)
	l.MemberlessChannels = bound(l.MemberlessChannels, 10_000, math.MaxInt32, n)
	l.Sessions = bound(l.Sessions, 1_000_000, math.MaxInt32, n)
	l.Apps = bound(l.Apps, 1_000, math.MaxInt32, 1)
	l.Accounts = bound(l.Accounts, 1_000_000, math.MaxInt32, n)
	l.StoredBytes = bound(l.StoredBytes, 1<<30, math.MaxInt64>>1, n)
	return l
}

func bound[T int | int64 | time.Duration](v, byDefault, none T, n int) T {
	switch {
	case v < 0:
		return none
	case v == 0:
		v = byDefault
	}
	return (v + T(n) - 1) / T(n)
}

// charge says whether a session may make this call now, and takes it off what the session and the user may do.
// It is the one place where calls are counted. A message that may be one sent again is let through as a probe when
// the user has sent his share: one that came before is answered as before, another is refused where it is known to be new.
func (c *Core) charge(s *session, q *ask) bool {
	switch q.fn {
	case wire.FnGetMsg, wire.FnGetMsg2, wire.FnLogout: // web clients do not get over a poll that failed
		return true
	}
	if len(s.pending)+len(s.deferred) >= c.limits.Waiting || !s.calls.has(c.at, c.limits.CallsPerSecond) {
		return false
	}
	if isMessage(q.fn) {
		if s.acc.sent.has(c.at, c.limits.UserMessagesPerSecond) {
			s.acc.sent.take(c.at, c.limits.UserMessagesPerSecond)
		} else if q.probe = c.isKeyed(s, *q); !q.probe {
			return false
		}
	}
	s.calls.take(c.at, c.limits.CallsPerSecond)
	return true
}

// refund takes back what charge took for a message that had been sent before.
func (c *Core) refund(s *session, q *ask) {
	s.calls.giveBack(c.limits.CallsPerSecond)
	if !q.probe {
		s.acc.sent.giveBack(c.limits.UserMessagesPerSecond)
	}
}

func isMessage(fn string) bool { return fn == wire.FnSendMsg || fn == wire.FnChannelSend }

// isKeyed says whether a message has an idempotency key.
func (c *Core) isKeyed(s *session, q ask) bool {
	name := "messageID"
	if q.fn == wire.FnChannelSend {
		name = "msgID"
	}
	d, _ := c.key(s, q, name)
	return d != digest{}
}

// Answers to what came too often. A message has a code of its own.
var (
	rateLimited        = wire.Failure(wire.ReasonRateLimited, wire.GeneralEFailed)
	messageRateLimited = wire.Failure(wire.ReasonRateLimited, wire.SendMessageEOther)
)

// overLimit is what a call answers that was refused by charge.
func overLimit(fn string) []byte {
	if isMessage(fn) {
		return messageRateLimited
	}
	return rateLimited
}

var (
	unavailable        = wire.Failure(wire.ReasonUnavailable, wire.GeneralEFailed)
	messageUnavailable = wire.Failure(wire.ReasonUnavailable, wire.SendMessageEOther)
)

// Unavailable is what a call of fn is answered that nobody can carry out at present. It has had no effect.
func Unavailable(fn string) []byte {
	if isMessage(fn) {
		return messageUnavailable
	}
	return unavailable
}
