package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/figures"
)

// Bounds of the work at one time, and of the pauses between looks at it.
const (
	dialsAtOnce  = 16
	lookEvery    = 20 * time.Millisecond
	closeTimeout = 5 * time.Second
)

// A run is a plan that is carried out.
type run struct {
	Plan
	clients  []*signal.Client
	channels []*signal.Channel // of Fanout
	began    time.Time
	sentAt   [][]atomic.Int64 // by sender and message, in nanoseconds since began

	taken     atomic.Int64
	limited   atomic.Int64
	failed    atomic.Int64
	delivered atomic.Int64
	doubled   atomic.Int64

	mu sync.Mutex
	// +checklocks:mu
	failure error
	// +checklocks:mu
	latencies *figures.Latencies
}

// Run carries out a plan. The error is of what kept it from being carried out; what went wrong with messages is in the
// report.
func Run(ctx context.Context, plan Plan) (Report, error) {
	if err := plan.Check(); err != nil {
		return Report{}, err
	}
	r := &run{Plan: plan, latencies: figures.New()}
	r.sentAt = make([][]atomic.Int64, plan.senders())
	for i := range r.sentAt {
		r.sentAt[i] = make([]atomic.Int64, plan.Count)
	}
	defer r.close()
	if err := r.dial(ctx); err != nil {
		return Report{}, err
	}
	if err := r.join(ctx); err != nil {
		return Report{}, err
	}
	took, err := r.measure(ctx)
	return r.report(took), err
}

// dial logs the clients in.
func (r *run) dial(ctx context.Context) error {
	r.clients = make([]*signal.Client, r.Clients)
	return r.each(ctx, dialsAtOnce, func(ctx context.Context, i int) (err error) {
		r.clients[i], err = r.Dial(ctx, fmt.Sprintf("bench-%s-%d", r.Run, i))
		return err
	})
}

// join lets the clients into the channel, where there is one.
func (r *run) join(ctx context.Context) error {
	if r.Mode != Fanout {
		return nil
	}
	r.channels = make([]*signal.Channel, r.Clients)
	return r.each(ctx, dialsAtOnce, func(ctx context.Context, i int) (err error) {
		ctx, cancel := context.WithTimeout(ctx, r.Timeout)
		defer cancel()
		r.channels[i], err = r.clients[i].Join(ctx, "bench-"+r.Run)
		return err
	})
}

// each does something for each client, for some at a time. The first failure ends it.
func (r *run) each(ctx context.Context, atOnce int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(atOnce, r.Clients) {
		workers.Go(func() {
			for {
				i := int(next.Add(1) - 1)
				if i >= r.Clients || ctx.Err() != nil {
					return
				}
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// close logs all out.
func (r *run) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = r.each(ctx, r.Clients, func(ctx context.Context, i int) error {
		if i < len(r.clients) && r.clients[i] != nil {
			_ = r.clients[i].Close(ctx) // sessions that are not ended here end by themselves
		}
		return nil
	})
}

// measure sends and receives, and says how long that took.
func (r *run) measure(ctx context.Context) (time.Duration, error) {
	receiving, stop := context.WithCancel(ctx)
	defer stop()
	var receivers, senders sync.WaitGroup
	r.began = time.Now()
	if r.Mode != Requests {
		for i := range r.clients {
			receivers.Go(func() { r.receive(receiving, i) })
		}
	}
	for i := range r.sentAt {
		senders.Go(func() { r.send(ctx, i) })
	}
	sent := make(chan struct{})
	go func() { defer close(sent); senders.Wait() }()
	r.await(ctx, sent)
	took := time.Since(r.began)
	stop()
	receivers.Wait()
	<-sent
	return took, context.Cause(ctx)
}

// await waits until all is sent and has come, or does not come any more.
func (r *run) await(ctx context.Context, sent <-chan struct{}) {
	all := int64(r.senders()) * int64(r.Count) * int64(r.copies())
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var last <-chan time.Time // when nothing is waited for any more
	for {
		select {
		case <-ctx.Done():
			return
		case <-sent:
			last = time.After(r.Timeout)
			sent = nil
		case <-last:
			return
		case <-look.C:
		}
		missed := (r.limited.Load() + r.failed.Load()) * int64(r.copies())
		delivered := r.delivered.Load()
		r.Progress(delivered+missed, all)
		if sent == nil && delivered >= r.taken.Load()*int64(r.copies()) {
			return
		}
	}
}

// failing counts what the server refused or did not answer.
func (r *run) failing(err error) {
	if errors.Is(err, signal.ErrRateLimited) {
		r.limited.Add(1)
		return
	}
	r.failed.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == nil {
		r.failure = err
	}
}

// report returns what came of it.
func (r *run) report(took time.Duration) Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	rep := Report{
		Senders: r.senders(), Sent: r.taken.Load(), Delivered: r.delivered.Load(), Duplicated: r.doubled.Load(),
		RateLimited: r.limited.Load(), Failed: r.failed.Load(), Failure: r.failure, Took: took, Latencies: r.latencies,
	}
	rep.Expected = rep.Sent * int64(r.copies())
	rep.Lost = max(rep.Expected-rep.Delivered, 0)
	return rep
}
