package server

import (
	"math"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// Limits bounds what clients can make a server do and keep. In every field 0 means the default and a
// negative number means no limit. What is counted "of the server" is spread evenly over its shards, as
// accounts and channels are.
type Limits struct {
	// Rates; a burst of one second's worth passes. Over one RateLimited: 400 for messages, else 1001, and nothing
	// happens. Channels may have rates of their own, by their attributes _sendmsg_limit and _setattr_limit.

	UserMessagesPerSecond    int // messages of one user, instant and to channels together; default 60
	ChannelMessagesPerSecond int // messages to one channel; default 200
	AttrChangesPerSecond     int // changes of one attribute of a channel; default 10
	AttrEventsPerSecond      int // changes of all attributes of one channel; default 1,000
	CallsPerSecond           int // calls of one session, of whatever function; default 200

	// Personal lists: messages that wait for an account.

	Messages   int           // messages in one list; default 1,000. A sender who finds it full is refused
	ListBytes  int           // bytes of the messages in one list; default 4 MiB
	Invites    int           // undelivered invites in one list; default 100
	CallEvents int           // other events of calls in one list; default 1,000
	MessageTTL time.Duration // longest stay of a message, whatever its flag asks for; default 30 days
	OpenCalls  int           // open calls of one account as caller, and as many as callee; default 100

	// Attributes.

	Attrs     int // attributes of one user or one channel; default 1,000
	AttrBytes int // bytes of these, names included; default 1 MiB

	// What makes up for lost connections and repeated calls.

	ReplayEvents int // newest events kept per channel for members that resume; default 1,000
	ReplayBytes  int // bytes of these; default 1 MiB
	Keys         int // message ids remembered per account and per channel, against doubles; default 20,000
	WaitingCalls int // calls of one session that are under way at one time; default 1,000
	KickedLines  int // kicked sessions of the server remembered for 130 s, so that they stay kicked; default 100,000

	// The server as a whole.

	Sessions           int   // sessions of the server; default 1,000,000
	UnnamedApps        int   // app IDs with sessions on one shard, where no app is named by WithApp; default 1,000
	Accounts           int   // accounts remembered, online or not; default 1,000,000
	MemberlessChannels int   // channels that live on without members; default 10,000
	StoredBytes        int64 // bytes in all personal lists together; default 1 GiB

	// Sockets.

	OutboundFrames int           // frames that wait to be sent on one socket; default 1,000. Over it the socket is closed as slow
	OutboundBytes  int           // bytes of these; default 1 MiB. One larger frame passes when nothing waits
	LoginWithin    time.Duration // a socket that has not logged in by then is closed; default 10 s
	Silence        time.Duration // a socket that said nothing for so long is dropped, its session stays; default 30 s

	Sockets            int           // sockets of the server; default 250,000. Over it 503
	PendingSockets     int           // sockets that have not logged in; default 10,000. Over it the oldest goes if it is a second old, else 503
	AuthenticateWithin time.Duration // what an authenticator may take for a login; default 5 s

	// Addresses. One is an IPv4 address or the /64 of an IPv6 one, see also WithTrustedProxies. The defaults do not
	// bind 127.0.0.0/8 and ::1, where proxies and tests are; a number that is set does.

	SocketsPerIP         int // sockets from one address; default 5,000. Over it 429
	LoginsPerIPPerSecond int // logins from one address, good or bad; default 200. Over it 429 before the socket is one, Refused 202 after
	FailedTokensPerIP    int // wrong tokens from one address that have no consequence; default 20. Each further one bars it for 1, 2, 4 … 300 s, until none came for 10 minutes
	Addresses            int // addresses without sockets that are remembered; default 100,000

	// Handlers of WithInvokeHandler.

	InvokeWithin       time.Duration // what a handler may take; default 10 s. Over it Timeout 1001
	InvocationsPerUser int           // handlers that run at once for one user; default 8. Over it RateLimited 1001
	Invocations        int           // the same for all users; default 10,000

	Events int // events that wait for the function of WithObserver; default 65,536. Over it they are dropped
}

// core returns the part of the limits that the cores enforce.
func (l *Limits) core() core.Limits {
	return core.Limits{
		UserMessagesPerSecond:    l.UserMessagesPerSecond,
		ChannelMessagesPerSecond: l.ChannelMessagesPerSecond,
		AttrChangesPerSecond:     l.AttrChangesPerSecond,
		AttrEventsPerSecond:      l.AttrEventsPerSecond,
		CallsPerSecond:           l.CallsPerSecond,

		Messages:           l.Messages,
		ListBytes:          l.ListBytes,
		Invites:            l.Invites,
		CallEvents:         l.CallEvents,
		OpenCalls:          l.OpenCalls,
		MessageTTL:         l.MessageTTL,
		Attrs:              l.Attrs,
		AttrBytes:          l.AttrBytes,
		ReplayEvents:       l.ReplayEvents,
		ReplayBytes:        l.ReplayBytes,
		Keys:               l.Keys,
		Waiting:            l.WaitingCalls,
		KickedLines:        l.KickedLines,
		MemberlessChannels: l.MemberlessChannels,
		Sessions:           l.Sessions,
		Apps:               l.UnnamedApps,
		Accounts:           l.Accounts,
		StoredBytes:        l.StoredBytes,
	}
}

// socketLimits are those that the sockets enforce, without zeros and negative numbers.
type socketLimits struct {
	frames, bytes        int
	loginWithin, silence time.Duration
	authenticateWithin   time.Duration
	sockets, pending     int
	events               int
}

func (l *Limits) socket() socketLimits {
	return socketLimits{
		frames:             bound(l.OutboundFrames, 1_000, math.MaxInt),
		bytes:              bound(l.OutboundBytes, 1<<20, math.MaxInt),
		loginWithin:        bound(l.LoginWithin, wire.LoginWithin, years),
		silence:            bound(l.Silence, wire.SocketSilence, years),
		authenticateWithin: bound(l.AuthenticateWithin, 5*time.Second, years),
		sockets:            bound(l.Sockets, 250_000, math.MaxInt),
		pending:            bound(l.PendingSockets, 10_000, math.MaxInt),
		events:             bound(l.Events, 1<<16, math.MaxInt),
	}
}

// years is no limit of time.
const years = 100 * 365 * 24 * time.Hour

func (l *Limits) invoke() invokeLimits {
	return invokeLimits{
		within: bound(l.InvokeWithin, 10*time.Second, years),
		per:    bound(l.InvocationsPerUser, 8, math.MaxInt),
		total:  bound(l.Invocations, 10_000, math.MaxInt),
	}
}

// addresses returns what remembers where sockets come from. The loopback interface has no limits by default.
func (l *Limits) addresses() *addresses {
	perIP := func(sockets, logins, failures int) addressLimits {
		return addressLimits{
			sockets:  bound(l.SocketsPerIP, sockets, math.MaxInt),
			logins:   bound(l.LoginsPerIPPerSecond, logins, math.MaxInt),
			failures: bound(l.FailedTokensPerIP, failures, math.MaxInt),
		}
	}
	return newAddresses(bound(l.Addresses, 100_000, math.MaxInt),
		perIP(5_000, 200, 20), perIP(math.MaxInt, math.MaxInt, math.MaxInt))
}

func bound[T ~int | ~int64](v, byDefault, none T) T {
	switch {
	case v == 0:
		return byDefault
	case v < 0:
		return none
	}
	return v
}
