package workload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A lane is a goroutine that sends one message, waits until that is over, and only then sends the next. A message is
// over when all that has to happen to it has: received by all whom it is for and, if there are acknowledgements,
// acknowledged.
type lane struct {
	sent    int          // by the lane's goroutine, or by nobody
	missing atomic.Int64 // of what has to happen
	over    chan struct{}
}

// flows are lanes that run at one time.
type flows struct {
	*stage
	lanes     []*lane
	parts     int64 // what has to happen to each message
	delivered atomic.Int64
	stopped   atomic.Bool // nothing more is sent
}

// newFlows returns so many lanes, whose messages are received by so many.
func newFlows(s *stage, inFlight, receivers int, acks bool) *flows {
	fs := &flows{stage: s, parts: int64(receivers)}
	if acks {
		fs.parts++
	}
	for range inFlight {
		fs.lanes = append(fs.lanes, &lane{over: make(chan struct{}, 1)})
	}
	return fs
}

// happened says that the lane's message was received by one of those whom it is for, or acknowledged.
func (fs *flows) happened(n int) {
	if n < 0 || n >= len(fs.lanes) {
		fs.fail(fmt.Errorf("want one of %d lanes, got lane %d", len(fs.lanes), n))
		return
	}
	switch left := fs.lanes[n].missing.Add(-1); {
	case left == 0:
		fs.lanes[n].wake()
	case left < 0:
		fs.fail(errors.New("more received or acknowledged than sent"))
	}
}

func (l *lane) wake() {
	select {
	case l.over <- struct{}{}:
	default: // woken already
	}
}

// one sends a message and waits until it is over. It reports false when that will not be.
func (fs *flows) one(ctx context.Context, n int, send func(lane, seq int)) bool {
	l := fs.lanes[n]
	l.missing.Store(fs.parts)
	l.sent++
	send(n, l.sent-1)
	<-l.over
	return ctx.Err() == nil
}

// rounds lets every lane do its work at one time, in which it may send with one, and returns when all have.
func (fs *flows) rounds(ctx context.Context, work func(ctx context.Context, lane int)) error {
	stop := context.AfterFunc(ctx, func() {
		for _, l := range fs.lanes {
			l.wake()
		}
	})
	defer stop()
	var wg sync.WaitGroup
	for n := range fs.lanes {
		wg.Go(func() { work(ctx, n) })
	}
	wg.Wait()
	if err := fs.failure(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: messages under way: %w", fs.contender.Name, context.Cause(ctx))
	}
	return nil
}

// run sends for d and then waits for what is under way. It returns how many a second were delivered in d, and how many
// messages were sent in all.
func (fs *flows) run(ctx context.Context, d time.Duration, send func(lane, seq int)) (float64, int, error) {
	ctx, cancel := fs.within(ctx, d)
	defer cancel()
	before := fs.sent()
	fs.stopped.Store(false)
	var perSecond float64 // the timer's until all lanes have stopped, which they do after it or with an error
	start, first := time.Now(), fs.delivered.Load()
	end := time.AfterFunc(d, func() {
		perSecond = float64(fs.delivered.Load()-first) / time.Since(start).Seconds()
		fs.stopped.Store(true)
	})
	defer end.Stop()
	err := fs.rounds(ctx, func(ctx context.Context, lane int) {
		for !fs.stopped.Load() && fs.one(ctx, lane, send) {
		}
	})
	if err != nil {
		return 0, 0, err
	}
	return perSecond, fs.sent() - before, nil
}

// sent is how many messages there were so far. Nobody sends meanwhile.
func (fs *flows) sent() int {
	n := 0
	for _, l := range fs.lanes {
		n += l.sent
	}
	return n
}
