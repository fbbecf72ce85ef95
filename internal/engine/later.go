package engine

import (
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// This file is what the engine asks for by itself and the server cannot do at present: it is asked for again, for nobody else
// would. What a user asks for has its outcome instead.

// askLater is when it is asked for again.
const askLater = time.Second

// later puts off a call of the engine's that was refused, and reports whether it may succeed another time.
func (e *Engine) later(r *Request, reason string) bool {
	if reason != wire.ReasonUnavailable && reason != wire.ReasonRateLimited {
		return false
	}
	q := &e.calls
	q.later = append(q.later, r)
	if q.laterAt.IsZero() {
		q.laterAt = e.now.Add(askLater)
	}
	return true
}

// askAgain makes the calls that were put off, those that are still wanted.
func (e *Engine) askAgain() {
	q := &e.calls
	all := q.later
	q.later, q.laterAt = nil, time.Time{}
	for _, r := range all {
		switch {
		case r.Op == opQuietLeave && (e.channel.name == r.Channel || q.joining(r.Channel)):
			continue
		case r.Op == opInviteAck && e.invites.open[callName(r.ID, r.Channel, r.Account, false)] == nil:
			continue
		}
		fn, args := e.encode(r)
		e.own(r, fn, args)
	}
}
