package main

import (
	"context"
	"os"
	ossignal "os/signal"
	"syscall"
)

// An interruption is the cause of a context's end: Ctrl-C, or a signal that asks the process to end.
type interruption struct{ signal syscall.Signal }

func (i interruption) Error() string { return i.signal.String() }

// code is how the process ends by it.
func (i interruption) code() int { return exitSignal + int(i.signal) }

// interruptible returns a context that ends with the first Ctrl-C or SIGTERM. The second ends the process at once, after
// restore. Stop gives signals their usual meaning again.
func interruptible(parent context.Context, restore func()) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	ossignal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for range 2 {
			select {
			case s := <-signals:
				why := interruption{signal: syscall.SIGINT}
				if s == syscall.SIGTERM {
					why.signal = syscall.SIGTERM
				}
				if ctx.Err() != nil {
					restore()
					os.Exit(why.code())
				}
				cancel(why)
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		ossignal.Stop(signals)
		close(done)
		<-ended
		cancel(nil)
	}
}
