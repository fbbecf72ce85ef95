// Package recorder is an ICallBack that writes down everything it hears, for tests.
//
// A test calls the API and then reads what came, in order, with [Recorder.Expect] (the very next callback),
// or [Recorder.Await] (the next one like this, whatever comes before). OnLog is counted but not kept.
package recorder

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for a callback that is due.
const Patience = 10 * time.Second

// Any stands for an argument that does not matter.
var Any = struct{ any string }{"any"}

// A Call is one callback: its name, its arguments, and when it came.
type Call struct {
	Name string
	Args []any
	At   time.Time
}

func (c Call) String() string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = fmt.Sprintf("%#v", a)
	}
	return c.Name + "(" + strings.Join(args, ", ") + ")"
}

// Is reports whether the call has that name and begins with those arguments.
func (c Call) Is(name string, args ...any) bool {
	if c.Name != name || len(args) > len(c.Args) {
		return false
	}
	for i, want := range args {
		if want != any(Any) && !reflect.DeepEqual(c.Args[i], want) {
			return false
		}
	}
	return true
}

// Recorder implements signal.ICallBack.
type Recorder struct {
	mu sync.Mutex
	// +checklocks:mu
	calls []Call
	// +checklocks:mu
	next int // of calls, what the test has not read yet
	// +checklocks:mu
	fired map[string]int
	// +checklocks:mu
	hook func(Call)
	// +checklocks:mu
	changed chan struct{}
}

// New returns a Recorder that has heard nothing.
func New() *Recorder {
	return &Recorder{fired: make(map[string]int), changed: make(chan struct{})}
}

// Hook has f called inside every handler, after the callback was written down. nil takes it away.
func (r *Recorder) Hook(f func(Call)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hook = f
}

func (r *Recorder) record(name string, args ...any) {
	c := Call{name, args, time.Now()}
	r.mu.Lock()
	r.fired[name]++
	if name != "OnLog" {
		r.calls = append(r.calls, c)
	}
	close(r.changed)
	r.changed = make(chan struct{})
	hook := r.hook
	r.mu.Unlock()
	if hook != nil {
		hook(c)
	}
}

// Fired returns how often each callback came, OnLog included.
func (r *Recorder) Fired() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	fired := make(map[string]int, len(r.fired))
	for name, n := range r.fired {
		fired[name] = n
	}
	return fired
}

// All returns everything that came, read or not.
func (r *Recorder) All() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Call(nil), r.calls...)
}

// Count returns how many calls so far have that name and begin with those arguments.
func (r *Recorder) Count(name string, args ...any) int {
	n := 0
	for _, c := range r.All() {
		if c.Is(name, args...) {
			n++
		}
	}
	return n
}

// Next returns the next callback that the test has not read.
func (r *Recorder) Next(tb testing.TB) Call {
	tb.Helper()
	return r.NextWithin(tb, Patience)
}

// NextWithin is Next with a patience of its own, for what takes long.
func (r *Recorder) NextWithin(tb testing.TB, patience time.Duration) Call {
	tb.Helper()
	c, ok := r.read(patience, func(Call) bool { return true })
	if !ok {
		tb.Fatalf("want another callback, none came; all so far:\n%s", r.story())
	}
	return c
}

// Expect reads the next callback, which must have that name and begin with those arguments.
func (r *Recorder) Expect(tb testing.TB, name string, args ...any) Call {
	tb.Helper()
	want := Call{Name: name, Args: args}
	c, ok := r.read(Patience, func(Call) bool { return true })
	if !ok || !c.Is(name, args...) {
		tb.Fatalf("want %v next, got %v (came: %v); all so far:\n%s", want, c, ok, r.story())
	}
	return c
}

// Await reads on until a callback has that name and begins with those arguments.
func (r *Recorder) Await(tb testing.TB, name string, args ...any) Call {
	tb.Helper()
	return r.AwaitWithin(tb, Patience, name, args...)
}

// AwaitWithin is Await with a patience of its own, for what takes long in virtual time.
func (r *Recorder) AwaitWithin(tb testing.TB, patience time.Duration, name string, args ...any) Call {
	tb.Helper()
	c, ok := r.read(patience, func(c Call) bool { return c.Is(name, args...) })
	if !ok {
		tb.Fatalf("want %v, it did not come; all so far:\n%s", Call{Name: name, Args: args}, r.story())
	}
	return c
}

// Quiet fails when something came that the test has not read.
func (r *Recorder) Quiet(tb testing.TB) {
	tb.Helper()
	r.mu.Lock()
	rest := r.calls[r.next:]
	r.mu.Unlock()
	if len(rest) > 0 {
		tb.Fatalf("want no further callback, got %v", rest)
	}
}

// read returns the next call that matches and moves behind it.
func (r *Recorder) read(patience time.Duration, match func(Call) bool) (Call, bool) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		r.mu.Lock()
		for r.next < len(r.calls) {
			c := r.calls[r.next]
			r.next++
			if match(c) {
				r.mu.Unlock()
				return c, true
			}
		}
		changed := r.changed
		r.mu.Unlock()
		select {
		case <-changed:
		case <-timeout.C:
			return Call{}, false
		}
	}
}

func (r *Recorder) story() string {
	var b strings.Builder
	for _, c := range r.All() {
		fmt.Fprintf(&b, "  %v\n", c)
	}
	return b.String()
}
