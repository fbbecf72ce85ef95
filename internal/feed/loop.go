package feed

import (
	"context"
	"errors"
	"reflect"
	"runtime"
)

// Loop reads until yield returns false, or to the end, and stops the reader then. yield gets the reason as the last thing,
// unless that is ErrEnd.
func Loop[E any](ctx context.Context, r *Reader[E], yield func(E, error) bool) {
	loop(func() {
		defer r.Stop()
		for {
			e, err := r.Next(ctx)
			if err != nil {
				if !errors.Is(err, ErrEnd) {
					yield(e, err)
				}
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	})
}

// InLoop reports whether the body of a Loop, of whichever reader, is below the caller on its stack: whoever would wait for
// the end of such a loop asks it first. The body of an iter.Pull is not found. It walks the stack: no call for a hot path.
func InLoop() bool {
	var few [64]uintptr
	stack := few[:]
	n := runtime.Callers(1, stack)
	for n == len(stack) {
		stack = make([]uintptr, 4*n)
		n = runtime.Callers(1, stack)
	}
	entry := reflect.ValueOf(loop).Pointer()
	frames := runtime.CallersFrames(stack[:n])
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

// loop is the mark by which InLoop knows one: generic over nothing and never inlined, so that there is one of it.
//
//go:noinline
func loop(run func()) { run() }
