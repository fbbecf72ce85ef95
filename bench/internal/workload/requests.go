package workload

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// stored is how many payloads the server keeps for each lane's requests, which ask for them in turn.
const stored = 8

// requests is one client that asks, by so many lanes. With a single one it measures how long each request takes until
// the handler has its answer.
type requests struct {
	*flows
	client  peer.Client
	buffers buffers

	started atomic.Int64 // when the only request was made, in nanoseconds
	took    []time.Duration
	begun   time.Time

	next order // per lane; one lane's is touched by one goroutine
}

func newRequests(s *stage, inFlight int) *requests {
	r := &requests{flows: newFlows(s, inFlight, 1, false), begun: time.Now()}
	r.buffers, r.next = make(buffers, len(r.lanes)), make(order, len(r.lanes))
	return r
}

func (r *requests) Setup(ctx context.Context) error {
	setup, cancel := r.within(ctx, 0)
	defer cancel()
	var err error
	if r.client, err = r.dial(setup, 0, (*asker)(r)); err != nil {
		return err
	}
	payloads := make([][]byte, stored*len(r.lanes))
	for i := range payloads {
		payloads[i] = make([]byte, peer.Size)
		peer.Fill(payloads[i], i/stored, i%stored)
	}
	if err := r.client.Store(setup, payloads); err != nil {
		return err
	}
	_, _, err = r.run(ctx, r.params.Warm, r.ask)
	return err
}

func (r *requests) Run(ctx context.Context) (Result, error) {
	r.took = r.took[:0]
	perSecond, n, err := r.run(ctx, r.params.For, r.ask)
	p50, p99 := percentiles(r.took)
	return Result{Units: n, PerSecond: perSecond, P50: p50, P99: p99}, err
}

func (r *requests) ask(lane, seq int) {
	p := r.buffers.payload(lane, seq)
	r.started.Store(int64(time.Since(r.begun)))
	r.client.Ask(lane, lane*stored+seq%stored, p)
}

// single reports whether requests are made one at a time.
func (r *requests) single() bool { return len(r.lanes) == 1 }

// asker hears the answers.
type asker requests

func (a *asker) Answer(lane int, p []byte) {
	if (*requests)(a).single() {
		a.took = append(a.took, time.Since(a.begun)-time.Duration(a.started.Load()))
	}
	if lane < 0 || lane >= len(a.next) {
		a.fail(fmt.Errorf("want an answer for one of %d lanes, got one for lane %d", len(a.next), lane))
		return
	}
	seq := a.next[lane]
	a.next[lane]++
	if !a.contender.Echo {
		seq %= stored
	}
	if err := peer.Check(p, lane, seq); err != nil {
		a.fail(err)
		return
	}
	a.delivered.Add(1)
	(*requests)(a).happened(lane)
}

func (*asker) Acked(int)             {}
func (*asker) Message([]byte)        {}
func (*asker) ChannelMessage([]byte) {}
func (a *asker) Failed(err error)    { a.fail(err) }
