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

	Attrs     int // attributes of a user or of a channel; default 1,000
	AttrBytes int // bytes of them, names included, as they stand in a frame; default 1 MiB

	ReplayEvents int // newest events that a channel keeps for members that resume; default 1,000
	ReplayBytes  int // bytes of them, as they stand in a frame; default 1 MiB

	Keys        int // idempotency keys that an account or a channel remembers; default 20,000
	Waiting     int // calls of one session that wait for another Core; default 1,000
	KickedLines int // lines of a server that are remembered as kicked; default 100,000

	MemberlessChannels int   // channels of a server that live on without members; default 10,000
	Sessions           int   // sessions of a server; default 1,000,000
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
	l.Attrs = bound(l.Attrs, 1_000, math.MaxInt32, 1)
	l.AttrBytes = bound(l.AttrBytes, 1<<20, math.MaxInt32, 1)
	l.ReplayEvents = bound(l.ReplayEvents, 1_000, math.MaxInt32, 1)
	l.ReplayBytes = bound(l.ReplayBytes, 1<<20, math.MaxInt32, 1)
	l.Keys = bound(l.Keys, 20_000, math.MaxInt32, 1)
	l.Waiting = bound(l.Waiting, 1_000, math.MaxInt32, 1)
	l.KickedLines = bound(l.KickedLines, 100_000, math.MaxInt32, n)
	l.MemberlessChannels = bound(l.MemberlessChannels, 10_000, math.MaxInt32, n)
	l.Sessions = bound(l.Sessions, 1_000_000, math.MaxInt32, n)
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

// charge says whether a session may make this call now. It is the one place where calls are counted.
func (c *Core) charge(s *session, q ask) bool {
	if q.fn == wire.FnGetMsg || q.fn == wire.FnLogout { // web clients do not get over a poll that failed
		return true
	}
	return len(s.pending)+len(s.deferred) < c.limits.Waiting
}

// overLimit is what a call answers that was refused by charge. A message has a code of its own.
func overLimit(fn string) []byte {
	if fn == wire.FnSendMsg || fn == wire.FnChannelSend {
		return wire.Failure(wire.ReasonRateLimited, wire.SendMessageEOther)
	}
	return wire.Failure(wire.ReasonRateLimited, wire.GeneralEFailed)
}
