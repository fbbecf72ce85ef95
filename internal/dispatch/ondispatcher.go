package dispatch

import "github.com/agora-signal-go/signal/internal/onstack"

// OnDispatcher reports whether the calling goroutine is the dispatcher of any
// Queue: whether a handler is somewhere below it on the stack. Whoever would
// wait for a handler to return asks it first. A goroutine that a handler
// started is not the dispatcher, nor is the body of an iter.Pull in a handler.
//
// It walks the whole stack, so it is no call for a hot path.
func OnDispatcher() bool { return onstack.Has(dispatcher) }

// dispatcher is the function that every dispatcher goroutine starts with, the
// mark by which OnDispatcher knows one: see onstack.Has.
//
//go:noinline
func dispatcher(run func()) { run() }
