package workload

import (
	"context"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// crowd is users who log in, some at one time, and stay. Before those that count come some that do not.
type crowd struct {
	*stage
	before, users int
}

func (c *crowd) Setup(ctx context.Context) error { return c.come(ctx, 1, c.before) }

func (c *crowd) Run(ctx context.Context) (Result, error) {
	start := time.Now()
	err := c.come(ctx, c.before+1, c.before+c.users)
	return Result{Units: c.users, PerSecond: float64(c.users) / time.Since(start).Seconds()}, err
}

func (c *crowd) come(ctx context.Context, first, last int) error {
	ctx, cancel := c.within(ctx, 0)
	defer cancel()
	return c.each(ctx, first, last, c.params.ConnectsAtOnce, func(ctx context.Context, user int) error {
		_, err := c.dial(ctx, user, peer.Deaf(func(err error) { c.fail(err) }))
		return err
	})
}
