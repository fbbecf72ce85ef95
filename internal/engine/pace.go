package engine

import (
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// pace counts what was sent as the server's rate limits do. While it is on, after a reconnect, what has
// waited goes out no faster than that, so that only the application's own rate can be refused.
type pace struct {
	on       bool
	next     time.Time // when the next waiting call may go out
	calls    bucket
	messages bucket

	callRate, messageRate float64 // a second, as the server has it
}

// learn takes over the rates that the server tells at a login; one that tells none has those of the original.
func (p *pace) learn(ret wire.Value) {
	p.callRate = rate(ret.Get("calls_per_second"), wire.CallsPerSecond)
	p.messageRate = rate(ret.Get("messages_per_second"), wire.MessagesPerSecond)
}

func rate(v wire.Value, byDefault float64) float64 {
	if n, ok := v.Int(); ok && n > 0 {
		return float64(n)
	}
	return byDefault
}

// margin keeps a little below the server's limits: what travels may bunch up.
const margin = 0.9

// wait charges a call that is about to be sent and returns 0, or returns how long it must wait. rash says that the server
// may refuse it, for the application sends faster than it takes.
func (p *pace) wait(now time.Time, message bool) (wait time.Duration, rash bool) {
	wait = p.calls.wait(now, p.callRate)
	if message {
		wait = max(wait, p.messages.wait(now, p.messageRate))
	}
	if p.on && wait > 0 {
		return wait, false
	}
	p.calls.level++
	if message {
		p.messages.level++
	}
	return 0, wait > 0
}

// bucket leaks at a rate per second and holds what one second takes, at least one.
type bucket struct {
	level float64
	at    time.Time
}

func (b *bucket) wait(now time.Time, rate float64) time.Duration {
	rate *= margin
	room := max(1, rate)
	if !b.at.IsZero() {
		b.level = max(0, b.level-rate*now.Sub(b.at).Seconds())
	}
	b.at = now
	b.level = min(b.level, room) // what was sent faster, by a server's leave, is no debt
	if over := b.level + 1 - room; over > 0 {
		return time.Duration(over/rate*float64(time.Second)) + 1
	}
	return 0
}
