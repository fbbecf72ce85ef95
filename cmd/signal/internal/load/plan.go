// Package load puts a signaling server under a load of a known rate, and measures what comes of it. Every message is
// accounted for: it is delivered once, or it is lost, doubled, refused or failed, and the report says so.
package load

import (
	"context"
	"fmt"
	"slices"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/figures"
)

// A Mode says what is measured.
type Mode string

// What can be measured.
const (
	Requests Mode = "requests" // each client asks the server, and waits for the answer
	Messages Mode = "messages" // each client sends to the next one: from before the call until the other has it
	Fanout   Mode = "fanout"   // one client sends to a channel that all are in: until each has it
)

// Modes are all of them.
func Modes() []Mode { return []Mode{Requests, Messages, Fanout} }

// Rate returns how many a second a client may send without being refused for it, somewhat below the server's limit.
func (m Mode) Rate() float64 {
	if m == Requests {
		return 150 // of 200
	}
	return 50 // of 60
}

// Bounds of a plan.
const (
	MaxClients = 10_000
	MaxCount   = 1_000_000
	MinSize    = 40
	MaxSize    = 8192
	MaxRate    = 1_000_000
)

// A Plan is one load.
type Plan struct {
	Mode    Mode
	Clients int
	Count   int     // of messages, or requests, of each sender
	Size    int     // bytes of a message
	Rate    float64 // of each sender, a second

	Run      string        // the name of this run, which is part of accounts and of the channel
	Timeout  time.Duration // of a join, and of the last message
	Dial     func(ctx context.Context, account string) (*signal.Client, error)
	Progress func(done, all int64) // called now and then by one goroutine
}

// Check says what is wrong with a plan.
func (p *Plan) Check() error {
	least := 1
	if p.Mode == Messages {
		least = 2
	}
	switch {
	case !slices.Contains(Modes(), p.Mode):
		return fmt.Errorf("want one of %v to be measured, got %q", Modes(), p.Mode)
	case p.Clients < least || p.Clients > MaxClients:
		return fmt.Errorf("want %d to %d clients for %s, got %d", least, MaxClients, p.Mode, p.Clients)
	case p.Count < 1 || p.Count > MaxCount:
		return fmt.Errorf("want 1 to %d messages, got %d", MaxCount, p.Count)
	case p.Size < MinSize || p.Size > MaxSize:
		return fmt.Errorf("want a size of %d to %d bytes, got %d", MinSize, MaxSize, p.Size)
	case !(p.Rate > 0) || p.Rate > MaxRate:
		return fmt.Errorf("want a rate above 0 and up to %d a second, got %v", MaxRate, p.Rate)
	}
	return nil
}

// Lasts returns how long the load takes when nothing falls behind.
func (p *Plan) Lasts() time.Duration {
	return time.Duration(float64(p.Count) / p.Rate * float64(time.Second))
}

// senders returns how many clients send.
func (p *Plan) senders() int {
	if p.Mode == Fanout {
		return 1
	}
	return p.Clients
}

// copies returns how often each message is to be delivered, or each request answered.
func (p *Plan) copies() int {
	if p.Mode == Fanout {
		return p.Clients
	}
	return 1
}

// A Report is what came of a load.
type Report struct {
	Senders     int
	Sent        int64 // that the server has taken, or answered
	Expected    int64 // deliveries of these
	Delivered   int64 // the first time
	Lost        int64 // of those expected
	Duplicated  int64
	RateLimited int64 // refused, for they came too fast
	Failed      int64 // refused or unanswered otherwise
	Failure     error // the first of these
	Took        time.Duration
	Latencies   *figures.Latencies
}

// PerSecond returns how many deliveries, or answers, there were a second.
func (r *Report) PerSecond() float64 {
	return float64(r.Delivered) / max(r.Took, time.Microsecond).Seconds()
}
