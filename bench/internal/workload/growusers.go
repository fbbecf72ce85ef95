package workload

import (
	"context"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// growUsers is idle users, and two pairs of whom one sends to the other. Its parts: the users come; the pairs come and
// warm up; nothing happens; one pair's messages at a fixed rate; the other pair's, with many under way.
type growUsers struct {
	*stage
	steady *openLoop
	fast   *messages
	part   int
}

// pairs is how many users the pairs are, from 0 on.
const pairs = 4

func newGrowUsers(s *stage) *growUsers {
	return &growUsers{stage: s, steady: newOpenLoop(s), fast: newMessages(s, sender+2, receiver+2)}
}

// Setup lets some users come that do not count.
func (g *growUsers) Setup(ctx context.Context) error {
	_, err := g.come(ctx, pairs, g.params.Base)
	return err
}

func (g *growUsers) Run(ctx context.Context) (Result, error) {
	g.part++
	switch g.part {
	case 1:
		return g.come(ctx, pairs+g.params.Base, g.params.Grow)
	case 2:
		if err := g.steady.Setup(ctx); err != nil {
			return Result{}, err
		}
		return Result{}, g.fast.Setup(ctx)
	case 3:
		select {
		case <-time.After(g.params.Quiet):
		case <-ctx.Done():
		}
		return Result{Units: 1}, g.failure()
	case 4:
		return g.steady.Run(ctx)
	default:
		return g.fast.Run(ctx)
	}
}

func (g *growUsers) come(ctx context.Context, first, users int) (Result, error) {
	ctx, cancel := g.within(ctx, 0)
	defer cancel()
	err := g.each(ctx, first, first+users-1, g.params.ConnectsAtOnce, func(ctx context.Context, user int) error {
		_, err := g.dial(ctx, user, peer.Deaf(func(err error) { g.fail(err) }))
		return err
	})
	return Result{Units: users}, err
}
