package workload

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// A stage has what all workloads need: the contender, its clients, and the first failure, which ends everything.
type stage struct {
	contender peer.Contender
	addr      string
	params    Params

	ctx  context.Context // ends with the first failure
	fail context.CancelCauseFunc

	mu      sync.Mutex
	clients []peer.Client
}

func newStage(c peer.Contender, addr string, p Params) *stage {
	s := &stage{contender: c, addr: addr, params: p}
	s.ctx, s.fail = context.WithCancelCause(context.Background())
	return s
}

func (s *stage) dial(ctx context.Context, user int, h peer.Handler) (peer.Client, error) {
	c, err := s.contender.Dial(ctx, s.addr, user, h)
	if err != nil {
		return nil, fmt.Errorf("%s: user %d: %w", s.contender.Name, user, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients = append(s.clients, c)
	return c, nil
}

// each calls do for the numbers from first to last, some at one time.
func (s *stage) each(ctx context.Context, first, last, atOnce int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for i := range numbers {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := first; i <= last && ctx.Err() == nil; i++ {
		select {
		case numbers <- i:
		case <-ctx.Done():
		}
	}
	close(numbers)
	wg.Wait()
	if err := s.failure(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// failure returns what went wrong, if anything did.
func (s *stage) failure() error {
	if s.ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", s.contender.Name, context.Cause(s.ctx))
}

// within returns a context that ends with ctx, with the stage, and when something that should take d has not ended
// for long.
func (s *stage) within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	d += s.params.Patience
	ctx, cancel := context.WithTimeoutCause(ctx, d, fmt.Errorf("not done within %v", d))
	stop := context.AfterFunc(s.ctx, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// Close ends all clients.
func (s *stage) Close() {
	s.fail(context.Canceled)
	s.mu.Lock()
	defer s.mu.Unlock()
	var wg sync.WaitGroup
	slots := make(chan struct{}, 64)
	for _, c := range s.clients {
		slots <- struct{}{}
		wg.Go(func() {
			c.Close()
			<-slots
		})
	}
	wg.Wait()
	s.clients = nil
}
