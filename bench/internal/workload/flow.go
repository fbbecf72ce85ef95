package workload

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A flow is a sequence of messages of which so many are under way at one time. A message is under way until it has been
// received and, if there are acknowledgements, acknowledged.
type flow struct {
	window int
	acks   bool

	mu      sync.Mutex
	moved   sync.Cond
	sent    int
	acked   int
	got     int
	stopped bool // nothing more is sent
	broken  bool // nothing more will come
}

func newFlow(window int, acks bool) *flow {
	f := &flow{window: window, acks: acks}
	f.moved.L = &f.mu
	return f
}

// over is how many messages are not under way any more. Called with f.mu held.
func (f *flow) over() int {
	if f.acks {
		return min(f.acked, f.got)
	}
	return f.got
}

// next waits until a message may be sent and returns its number.
func (f *flow) next() (seq int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.sent-f.over() >= f.window && !f.stopped && !f.broken {
		f.moved.Wait()
	}
	if f.stopped || f.broken {
		return 0, false
	}
	f.sent++
	return f.sent - 1, true
}

func (f *flow) ack() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acked++
	f.moved.Signal()
}

func (f *flow) receive() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got++
	f.moved.Signal()
}

func (f *flow) set(flag *bool, value bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*flag = value
	f.moved.Broadcast()
}

// drain waits until nothing is under way, and returns how many messages there were so far.
func (f *flow) drain() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.over() < f.sent && !f.broken {
		f.moved.Wait()
	}
	return f.sent
}

// flows are lanes that run at one time.
type flows struct {
	*stage
	lanes     []*flow
	delivered atomic.Int64
}

func newFlows(s *stage, inFlight int, acks bool) *flows {
	n, window := s.lanes(inFlight)
	fs := &flows{stage: s}
	for range n {
		fs.lanes = append(fs.lanes, newFlow(window, acks))
	}
	return fs
}

// run sends for d and then waits for what is under way. It returns how many a second were delivered in d, and how many
// messages were sent.
func (fs *flows) run(ctx context.Context, d time.Duration, send func(lane, seq int)) (perSecond float64, sent int, err error) {
	ctx, cancel := fs.within(ctx, d)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { fs.setAll(func(f *flow) *bool { return &f.broken }, true) })
	defer stop()

	before := 0
	for _, f := range fs.lanes {
		before += f.sent // nobody else runs now
	}
	fs.setAll(func(f *flow) *bool { return &f.stopped }, false)
	var wg sync.WaitGroup
	start, first := time.Now(), fs.delivered.Load()
	for lane, f := range fs.lanes {
		wg.Go(func() {
			for {
				seq, ok := f.next()
				if !ok {
					return
				}
				send(lane, seq)
			}
		})
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	delivered, took := fs.delivered.Load()-first, time.Since(start)
	fs.setAll(func(f *flow) *bool { return &f.stopped }, true)
	wg.Wait()
	for _, f := range fs.lanes {
		sent += f.drain()
	}
	if err := fs.failure(); err != nil {
		return 0, 0, err
	}
	if ctx.Err() != nil {
		return 0, 0, fmt.Errorf("%s: messages under way: %w", fs.contender.Name, context.Cause(ctx))
	}
	return float64(delivered) / took.Seconds(), sent - before, nil
}

func (fs *flows) setAll(flag func(f *flow) *bool, value bool) {
	for _, f := range fs.lanes {
		f.set(flag(f), value)
	}
}
