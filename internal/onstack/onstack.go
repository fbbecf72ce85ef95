// Package onstack tells who called whom.
package onstack

import (
	"reflect"
	"runtime"
)

// Has reports whether a function is on the stack of the calling goroutine, however far below the caller. fn has to be a
// function that is generic over nothing and never inlined, so that there is one of it, with a frame of its own.
//
// What a goroutine has that started this one does not count, nor what is outside the body of an iter.Pull. It walks the
// whole stack: no call for a hot path.
func Has(fn any) bool {
	var few [64]uintptr
	stack := few[:]
	n := runtime.Callers(1, stack)
	for n == len(stack) {
		stack = make([]uintptr, 4*n)
		n = runtime.Callers(1, stack)
	}
	entry := reflect.ValueOf(fn).Pointer()
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
