package workload

import (
	"context"
	"fmt"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

const (
	absent    = 200 // users who are away
	extraEach = 100 // messages to each of half of them, once so many wait for all
)

// growInbox is users who are away while messages wait for them. Its parts: the messages are sent; some more are sent to
// half of the users; the other half come, one after the other, and get what waited for them.
type growInbox struct {
	*flows
	client peer.Client
	part   int
}

func newGrowInbox(s *stage) *growInbox {
	return &growInbox{flows: newFlows(s, s.params.InFlight, 0, true)}
}

func (g *growInbox) Setup(ctx context.Context) error {
	setup, cancel := g.within(ctx, 0)
	defer cancel()
	var err error
	g.client, err = g.dial(setup, 0, (*filler)(g))
	if err != nil {
		return err
	}
	return g.send(ctx, absent+1, 1, 1000) // to one who is not looked at: warms up
}

func (g *growInbox) Run(ctx context.Context) (Result, error) {
	g.part++
	waiting := g.params.Grow
	switch g.part {
	case 1:
		return Result{Units: absent * waiting}, g.send(ctx, 1, absent, waiting)
	case 2:
		return Result{Units: absent / 2 * extraEach}, g.send(ctx, 1, absent/2, extraEach)
	}
	var took []time.Duration
	for user := absent/2 + 1; user <= absent; user++ {
		d, err := g.come(ctx, user, waiting)
		if err != nil {
			return Result{}, err
		}
		took = append(took, d)
	}
	p50, p99 := percentiles(took)
	return Result{Units: absent / 2, P50: p50, P99: p99}, nil
}

// send sends so many messages to each of so many users, and returns when the server has them. Each lane goes round users
// of its own.
func (g *growInbox) send(ctx context.Context, first, users, each int) error {
	ctx, cancel := g.within(ctx, 0)
	defer cancel()
	return g.rounds(ctx, func(ctx context.Context, lane int) {
		var p [peer.Size]byte
		for n := range each {
			peer.Fill(p[:], 0, n)
			for user := first + lane; user < first+users; user += len(g.lanes) {
				if !g.one(ctx, lane, func(lane, _ int) { g.client.Send(lane, user, p[:]) }) {
					return
				}
			}
		}
	})
}

// come lets a user come and returns how long it takes until all messages are there.
func (g *growInbox) come(ctx context.Context, user, waiting int) (time.Duration, error) {
	ctx, cancel := g.within(ctx, 0)
	defer cancel()
	late := &latecomer{growInbox: g, left: waiting, all: make(chan struct{})}
	start := time.Now()
	c, err := g.contender.Dial(ctx, g.addr, user, late)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if waiting > 0 {
		select {
		case <-late.all:
		case <-ctx.Done():
			if err := g.failure(); err != nil {
				return 0, err
			}
			return 0, fmt.Errorf("user %d: messages that waited: %w", user, context.Cause(ctx))
		}
	}
	return time.Since(start), nil
}

// filler sends.
type filler growInbox

func (f *filler) Acked(lane int) { f.happened(lane) }

func (*filler) Answer(int, []byte)    {}
func (*filler) Message([]byte)        {}
func (*filler) ChannelMessage([]byte) {}
func (f *filler) Failed(err error)    { f.fail(err) }

// latecomer gets what waited.
type latecomer struct {
	*growInbox
	next order
	left int
	all  chan struct{}
}

func (l *latecomer) Message(p []byte) {
	if l.next == nil {
		l.next = make(order, 1)
	}
	if _, err := l.next.check(p); err != nil {
		l.fail(err)
		return
	}
	if l.left--; l.left == 0 {
		close(l.all)
	}
}

func (*latecomer) Answer(int, []byte)    {}
func (*latecomer) Acked(int)             {}
func (*latecomer) ChannelMessage([]byte) {}
func (l *latecomer) Failed(err error)    { l.fail(err) }
