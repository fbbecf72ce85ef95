package main

import (
	"context"
	"errors"
	"sync"

	signal "github.com/agora-signal-go/signal"
)

// answerCalls accepts or refuses the calls that come in, and shows what becomes of them.
func (p *program) answerCalls(ctx context.Context, c *signal.Client, s settings, f callFlags) error {
	p.out.notef("%s waits for calls.", clean(c.Account()))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var open sync.WaitGroup
	failed := make(chan error, 1) // the first failure
	n := 0
	var err error
	for call, ended := range c.Calls(ctx) {
		if err = ended; err != nil {
			break
		}
		open.Go(func() {
			if err := p.answer(ctx, s, call, f); err != nil {
				select {
				case failed <- err:
					cancel(err)
				default:
				}
			}
		})
		if n++; n == f.count {
			break
		}
	}
	open.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	if err == nil && n != f.count {
		err = c.Err()
	}
	return err
}

// answer accepts or refuses a call, and shows it until it is over. What was over before is no failure.
func (p *program) answer(ctx context.Context, s settings, call *signal.Call, f callFlags) error {
	if err := p.showCall(call, signal.CallRinging, call.Extra()); err != nil {
		return err
	}
	err := s.within(ctx, func(ctx context.Context) error {
		if f.answer == answerRefuse {
			return call.Refuse(ctx, f.extra)
		}
		return call.Accept(ctx, f.extra)
	})
	switch {
	case errors.Is(err, signal.ErrCallEnded):
		return p.showCall(call, signal.CallEnded, "")
	case err != nil:
		return err
	case f.answer == answerRefuse:
		<-call.Done() // it is
		return p.showCall(call, signal.CallEnded, f.extra)
	}
	err = p.talk(ctx, s, call, "", f)
	if e := hangUp(ctx, call); err == nil {
		err = e
	}
	return err
}
