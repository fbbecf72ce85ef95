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
}

// margin keeps a little below the server's limits: what travels may bunch up.
const margin = 0.9

// wait charges a call that is about to be sent and returns 0, or returns how long it must wait.
func (p *pace) wait(now time.Time, message bool) time.Duration {
	wait := p.calls.wait(now, wire.CallsPerSecond)
	if message {
		wait = max(wait, p.messages.wait(now, wire.MessagesPerSecond))
	}
	if p.on && wait > 0 {
		return wait
	}
	p.calls.level++
	if message {
		p.messages.level++
	}
	return 0
}

// bucket leaks at a rate per second and holds what one second takes.
type bucket struct {
	level float64
	at    time.Time
}

func (b *bucket) wait(now time.Time, rate float64) time.Duration {
	rate *= margin
	if !b.at.IsZero() {
		b.level = max(0, b.level-rate*now.Sub(b.at).Seconds())
	}
	b.at = now
	b.level = min(b.level, rate) // what was sent faster, by a server's leave, is no debt
	if over := b.level + 1 - rate; over > 0 {
		return time.Duration(over/rate*float64(time.Second)) + 1
	}
	return 0
}
