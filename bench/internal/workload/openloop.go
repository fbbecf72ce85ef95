package workload

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// openLoop is one user who sends to another at a fixed rate, come what may. A message's time runs from the moment when
// it should have been sent.
type openLoop struct {
	*stage
	client  peer.Client
	lanes   int
	buffers buffers
	every   time.Duration

	start    time.Time
	sent     int
	received atomic.Int64
	all      chan struct{} // told about each message once all may have come
	took     []time.Duration
}

func newOpenLoop(s *stage) *openLoop {
	o := &openLoop{stage: s, lanes: 1, every: time.Second / time.Duration(s.params.PerSecond), all: make(chan struct{}, 1)}
	if s.contender.Sync {
		o.lanes = s.params.InFlight
	}
	o.buffers = make(buffers, o.lanes)
	return o
}

func (o *openLoop) Setup(ctx context.Context) error {
	setup, cancel := o.within(ctx, 0)
	defer cancel()
	_, err := o.dial(setup, receiver, &clocked{openLoop: o, next: make(order, o.lanes)})
	if err != nil {
		return err
	}
	if o.client, err = o.dial(setup, sender, peer.Deaf(func(err error) { o.fail(err) })); err != nil {
		return err
	}
	_, err = o.run(ctx, o.params.Warm)
	return err
}

func (o *openLoop) Run(ctx context.Context) (Result, error) {
	o.took = o.took[:0]
	n, err := o.run(ctx, o.params.For)
	p50, p99 := percentiles(o.took)
	return Result{Units: n, PerSecond: float64(o.params.PerSecond), P50: p50, P99: p99}, err
}

// run sends for d and waits until all has come.
func (o *openLoop) run(ctx context.Context, d time.Duration) (n int, err error) {
	ctx, cancel := o.within(ctx, d)
	defer cancel()
	n = int(d / o.every)
	// Message number seq is due every*seq after start: those that were sent before are in the past.
	o.start = time.Now().Add(-time.Duration(o.sent) * o.every)
	o.sendAll(ctx, o.sent, o.sent+n)
	o.sent += n
	for int(o.received.Load()) < o.sent && ctx.Err() == nil {
		select {
		case <-o.all:
		case <-ctx.Done():
		}
	}
	if err := o.failure(); err != nil {
		return 0, err
	}
	if ctx.Err() != nil {
		return 0, fmt.Errorf("%s: %d of %d messages came: %w", o.contender.Name, o.received.Load(), o.sent, context.Cause(ctx))
	}
	return n, nil
}

// sendAll sends each message when it is due. It has a thread of its own, whose sleep the system ends on time. Where
// sending waits for the answer, the lanes take turns.
func (o *openLoop) sendAll(ctx context.Context, from, to int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	send := o.send
	if o.lanes > 1 {
		turns := make([]chan int, o.lanes)
		var wg sync.WaitGroup
		for lane := range turns {
			turns[lane] = make(chan int, to-from)
			wg.Go(func() {
				for seq := range turns[lane] {
					o.send(seq)
				}
			})
		}
		send = func(seq int) { turns[seq%o.lanes] <- seq }
		defer func() {
			for _, t := range turns {
				close(t)
			}
			wg.Wait()
		}()
	}
	for seq := from; seq < to && ctx.Err() == nil; seq++ {
		for wait := time.Until(o.due(seq)); wait > 0; wait = time.Until(o.due(seq)) {
			sleep(wait)
		}
		send(seq)
	}
}

func (o *openLoop) due(seq int) time.Time { return o.start.Add(time.Duration(seq) * o.every) }

// send sends message number seq, which is number seq/lanes of its lane.
func (o *openLoop) send(seq int) {
	lane := seq % o.lanes
	o.client.Send(lane, receiver, o.buffers.payload(lane, seq/o.lanes))
}

// clocked hears messages and looks at the clock.
type clocked struct {
	*openLoop
	next order
}

func (c *clocked) Message(p []byte) {
	now := time.Now()
	lane, err := c.next.check(p)
	if err != nil {
		c.fail(err)
		return
	}
	seq := (c.next[lane]-1)*c.lanes + lane
	c.took = append(c.took, now.Sub(c.due(seq)))
	c.received.Add(1)
	select {
	case c.all <- struct{}{}:
	default:
	}
}

func (*clocked) Answer(int, []byte)    {}
func (*clocked) Acked(int)             {}
func (*clocked) ChannelMessage([]byte) {}
func (c *clocked) Failed(err error)    { c.fail(err) }

// percentiles returns the median and the 99th percentile in microseconds, which are 0 when there is nothing.
func percentiles(took []time.Duration) (p50, p99 float64) {
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	at := func(p int) float64 { return float64(took[(len(took)-1)*p/100]) / float64(time.Microsecond) }
	return at(50), at(99)
}
