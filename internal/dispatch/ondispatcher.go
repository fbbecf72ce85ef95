package dispatch

import (
	"reflect"
	"runtime"
)

// OnDispatcher reports whether the calling goroutine is the dispatcher of any
// Queue: whether a handler is somewhere below it on the stack. Whoever would
// wait for a handler to return asks it first. A goroutine that a handler
// started is not the dispatcher, nor is the body of an iter.Pull in a handler.
//
// It walks the whole stack, so it is no call for a hot path.
func OnDispatcher() bool {
	var few [64]uintptr
	stack := few[:]
	n := runtime.Callers(1, stack)
	for n == len(stack) {
		stack = make([]uintptr, 4*n)
		n = runtime.Callers(1, stack)
	}
	// dispatcher is what the goroutine was started with: only the runtime's
	// own frames, and that of Queue.entry, can be below it.
	entry := reflect.ValueOf(dispatcher).Pointer()
	frames := runtime.CallersFrames(stack[max(0, n-4):n])
	for {
		frame, more := frames.Next()
		if frame.Entry == entry {
			return true
		}
		if !more {
			return false
		}
	}
}

// dispatcher is the function that every dispatcher goroutine starts with, the
// mark by which OnDispatcher knows one. It is generic over nothing and never
// inlined, so that there is one of it, with a frame of its own.
//
//go:noinline
func dispatcher(run func()) { run() }
