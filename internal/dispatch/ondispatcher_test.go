package dispatch

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// inHandler returns what probe says inside a handler of a Queue of E.
func inHandler[E any](probe func() bool) (on bool) {
	q := New(Config[E]{Handle: func(E) { on = probe() }})
	var e E
	q.Push(e)
	finish(q)
	return on
}

func TestOnDispatcher(t *testing.T) {
	type event struct{ _, _, _ string }
	assert.False(t, OnDispatcher(), "in a test")
	assert.True(t, inHandler[int](OnDispatcher))
	assert.True(t, inHandler[string](OnDispatcher))
	assert.True(t, inHandler[*event](OnDispatcher))
	assert.True(t, inHandler[event](OnDispatcher))
	assert.True(t, inHandler[any](OnDispatcher))
	assert.True(t, inHandler[func()](OnDispatcher))
	assert.False(t, OnDispatcher(), "afterwards")
}

func TestOnDispatcherInDeepRecursion(t *testing.T) {
	for _, depth := range []int{0, 1, 50, 55, 60, 61, 62, 63, 64, 65, 250, 256, 10000} {
		probe := func() bool { return recursive(depth) }
		assert.True(t, inHandler[int](probe), "%d frames up", depth)
		assert.False(t, probe(), "%d frames up, in a test", depth)
	}
}

func recursive(depth int) bool {
	if depth == 0 {
		return OnDispatcher()
	}
	return recursive(depth - 1)
}

func TestOnDispatcherInGoroutineOfHandler(t *testing.T) {
	assert.False(t, inHandler[int](func() bool {
		on := make(chan bool)
		go func() { on <- OnDispatcher() }()
		return <-on
	}))
	assert.False(t, inHandler[int](func() bool {
		on := make(chan bool)
		go send(on)
		return <-on
	}))
}

func send(on chan<- bool) { on <- OnDispatcher() }

// A handler of one Queue that feeds another and waits.
func TestOnDispatcherOfAnother(t *testing.T) {
	assert.True(t, inHandler[int](func() bool { return inHandler[string](OnDispatcher) && OnDispatcher() }))
}

// On the way out of a handler its deferred functions still run on it.
func TestOnDispatcherInDeferred(t *testing.T) {
	for _, leave := range []func(){func() {}, func() { panic("leave") }, runtime.Goexit} {
		assert.True(t, inHandlerDeferred(leave))
	}
}

func inHandlerDeferred(leave func()) (on bool) {
	q := New(Config[int]{Handle: func(int) {
		defer func() { on = OnDispatcher() }()
		leave()
	}})
	q.Push(0)
	finish(q)
	return on
}

// strings.Map calls back from another package, through a closure.
func TestOnDispatcherThroughOtherPackages(t *testing.T) {
	assert.True(t, inHandler[int](func() (on bool) {
		_ = strings.Map(func(r rune) rune { on = OnDispatcher(); return r }, "x")
		return on
	}))
}
