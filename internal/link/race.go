package link

import (
	"context"
	"errors"
	"strings"
	"sync"
)

// race tries all candidates at once. The first that succeeds wins; the others are cancelled, and what one
// of them still comes up with is dropped. Their goroutines are counted in running.
func race[C, R any](
	ctx context.Context, running *sync.WaitGroup, candidates []C,
	try func(context.Context, C) (R, error), drop func(R),
) (winner R, err error) {
	if len(candidates) == 1 {
		return try(ctx, candidates[0])
	}
	type result struct {
		value R
		err   error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan result)
	for _, c := range candidates {
		running.Go(func() {
			value, err := try(ctx, c)
			select {
			case results <- result{value, err}:
			case <-ctx.Done():
				if err == nil {
					drop(value)
				}
			}
		})
	}
	var failures []string
	for range candidates {
		select {
		case r := <-results:
			if r.err == nil {
				return r.value, nil
			}
			failures = append(failures, r.err.Error())
		case <-ctx.Done():
			return winner, ctx.Err()
		}
	}
	return winner, errors.New(strings.Join(failures, "; "))
}
