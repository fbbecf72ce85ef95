package dispatch

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// report is one call of Panicked.
type report struct {
	event string
	value any
	stack string
}

// record runs events through a Queue whose handler is handle, whose Panicked
// answers with onPanic, and returns what was handled and reported.
func record(t *testing.T, handle func(string), onPanic func(e string) (string, bool), events ...string) (handled []string, reports []report) {
	t.Helper()
	q := New(Config[string]{
		Handle: func(e string) {
			handled = append(handled, e)
			handle(e)
		},
		Panicked: func(e string, v any, stack []byte) (string, bool) {
			reports = append(reports, report{e, v, string(stack)})
			return onPanic(e)
		},
	})
	q.Push(events...)
	finish(q)
	assertEmpty(t, q)
	return handled, reports
}

func thatBreaks(value any) { panic(value) }

func TestPanicIsReportedAndHandledNext(t *testing.T) {
	for _, value := range []any{"boom", errors.New("boom"), 7, struct{ a, b int }{1, 2}} {
		handled, reports := record(t,
			func(e string) {
				if e == "bad" {
					thatBreaks(value)
				}
			},
			func(e string) (string, bool) { return "panic in " + e, true },
			"good", "bad", "good too")
		assert.Equal(t, []string{"good", "bad", "panic in bad", "good too"}, handled)
		require.Len(t, reports, 1)
		assert.Equal(t, "bad", reports[0].event)
		assert.Equal(t, value, reports[0].value)
		assert.Contains(t, reports[0].stack, "dispatch.thatBreaks", "the stack shows the culprit")
	}
}

func TestPanicNil(t *testing.T) {
	for _, setting := range []string{"panicnil=0", "panicnil=1"} {
		t.Run(setting, func(t *testing.T) {
			t.Setenv("GODEBUG", setting)
			handled, reports := record(t,
				func(e string) {
					if e == "bad" {
						thatBreaks(nil)
					}
				},
				func(string) (string, bool) { return "", false },
				"bad", "good")
			assert.Equal(t, []string{"bad", "good"}, handled)
			require.Len(t, reports, 1)
			assert.IsType(t, new(runtime.PanicNilError), reports[0].value)
			assert.Contains(t, reports[0].stack, "dispatch.thatBreaks")
		})
	}
}

// Panicked decides how often a report may fail; the order of the others holds.
func TestPanicWhileThePanicIsReported(t *testing.T) {
	handled, reports := record(t,
		func(e string) {
			if e != "good" {
				panic(e)
			}
		},
		func(e string) (string, bool) { return e + "!", e != "bad!!" },
		"bad", "good")
	assert.Equal(t, []string{"bad", "bad!", "bad!!", "good"}, handled)
	require.Len(t, reports, 3)
	for i, e := range []string{"bad", "bad!", "bad!!"} {
		assert.Equal(t, e, reports[i].event)
		assert.Equal(t, e, reports[i].value)
	}
}

func TestGoexit(t *testing.T) {
	handled, reports := record(t,
		func(e string) {
			if e != "good" {
				runtime.Goexit()
			}
		},
		func(e string) (string, bool) { return "exit in " + e, e == "bad" },
		"good", "bad", "good", "bad") // the last one ends the Queue's last goroutine
	assert.Equal(t, []string{"good", "bad", "exit in bad", "good", "bad", "exit in bad"}, handled)
	require.Len(t, reports, 4)
	for _, r := range reports {
		assert.Equal(t, ErrGoexit, r.value)
		assert.Contains(t, r.stack, "runtime.Goexit")
	}
	assert.EqualError(t, ErrGoexit, "handler called runtime.Goexit")
}

// A deferred function that recovers, or panics on the way out, changes nothing.
func TestGoexitThroughDeferred(t *testing.T) {
	handled, reports := record(t,
		func(e string) {
			switch e {
			case "recovers":
				defer func() { _ = recover() }()
			case "panics":
				defer thatBreaks("on the way out")
			case "good":
				return
			}
			runtime.Goexit()
		},
		func(string) (string, bool) { return "", false },
		"recovers", "good", "panics", "good")
	assert.Equal(t, []string{"recovers", "good", "panics", "good"}, handled)
	require.Len(t, reports, 2)
	assert.Equal(t, ErrGoexit, reports[0].value)
	assert.Equal(t, "on the way out", reports[1].value, "says more than ErrGoexit")
}

// One goroutine serves until a Goexit, and only one at a time.
func TestGoexitStartsOneGoroutine(t *testing.T) {
	var running atomic.Int32
	q := New(Config[int]{Handle: func(e int) {
		assert.Equal(t, int32(1), running.Add(1))
		defer running.Add(-1)
		assert.True(t, OnDispatcher())
		if e%2 == 0 {
			runtime.Goexit()
		}
	}})
	q.Push(upTo(100)...)
	finish(q)
	assert.Zero(t, running.Load())
}

// Panicked belongs to the owner, but require in a logger of a test is no reason
// to hang.
func TestGoexitInPanicked(t *testing.T) {
	var handled []string
	q := New(Config[string]{
		Handle:   func(e string) { handled = append(handled, e); panic(e) },
		Panicked: func(string, any, []byte) (string, bool) { runtime.Goexit(); return "never", true },
	})
	q.Push("a", "b")
	finish(q)
	assert.Equal(t, []string{"a", "b"}, handled)
}

func TestPanicWithoutPanicked(t *testing.T) {
	var handled []int
	q := New(Config[int]{Handle: func(e int) { handled = append(handled, e); panic(e) }})
	q.Push(upTo(3)...)
	finish(q)
	assert.Equal(t, upTo(3), handled)
}

// Panicked may call the Queue; what it answers is owed even after Close, unless
// Drain refuses it.
func TestPanickedClosesAndDrains(t *testing.T) {
	for _, drain := range []bool{false, true} {
		var handled []string
		var q *Queue[string]
		ready := make(chan struct{})
		q = New(Config[string]{
			Handle: func(e string) {
				<-ready
				handled = append(handled, e)
				if e == "bad" {
					panic(e)
				}
			},
			Panicked: func(string, any, []byte) (string, bool) {
				assert.True(t, OnDispatcher())
				assert.Equal(t, 2, q.Len())
				if drain {
					q.Drain(func(e string) bool { return e == "owed" })
				}
				q.Close()
				return "report", true
			},
		})
		q.Push("bad", "news", "owed")
		close(ready)
		<-q.Done()
		if drain {
			assert.Equal(t, []string{"bad", "owed"}, handled)
		} else {
			assert.Equal(t, []string{"bad", "report", "news", "owed"}, handled)
		}
	}
}
