package load

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/cmd/signal/internal/figures"
)

// send sends what one sender has to send, each when its time has come. A message that is late because the one before was
// not taken yet counts from when it should have been sent: a server that stands still delays all that would have come.
func (r *run) send(ctx context.Context, sender int) {
	answered := figures.New()
	defer r.add(answered)
	interval := time.Duration(float64(time.Second) / r.Rate)
	due := time.Now().Add(rand.N(interval + 1)) // senders are not in step
	for n := range r.Count {
		began := due
		if wait := time.Until(due); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
			began = time.Now() // that a timer is late is no matter of the server's
		}
		due = due.Add(interval)
		if ctx.Err() != nil {
			return
		}
		r.sentAt[sender][n].Store(int64(began.Sub(r.began)))
		err := r.sendOne(ctx, sender, n)
		switch {
		case err != nil && ctx.Err() != nil:
			return
		case err != nil:
			r.failing(err)
			continue
		}
		r.taken.Add(1)
		if r.Mode == Requests {
			answered.Record(time.Since(began))
			r.delivered.Add(1)
		}
	}
}

func (r *run) sendOne(ctx context.Context, sender, n int) error {
	switch r.Mode {
	case Requests:
		_, err := r.clients[sender].Online(ctx, r.clients[sender].Account())
		return err
	case Messages:
		return r.clients[sender].Send(ctx, r.clients[(sender+1)%r.Clients].Account(), r.text(sender, n))
	default:
		return r.channels[sender].Send(ctx, r.text(sender, n))
	}
}

// text returns a message of the right size that says which it is.
func (r *run) text(sender, n int) string {
	head := label{r.Run, sender, n}.String()
	return head + strings.Repeat("x", max(r.Size-len(head), 0))
}

// add counts latencies of one goroutine with those of all.
func (r *run) add(l *figures.Latencies) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.latencies.Add(l)
}
