package dispatch

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"
)

// A dispatcher goroutine that outlives its test fails the run.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// finish closes q and waits until what it held is handled.
func finish[E any](q *Queue[E]) {
	q.Close()
	<-q.Done()
}

// gate is a handler's way to wait for its test: it enters, and stays until it
// is opened.
type gate struct{ entered, open chan struct{} }

func newGate() gate { return gate{make(chan struct{}), make(chan struct{})} }

func (g gate) pass() {
	g.entered <- struct{}{}
	<-g.open
}

// upTo returns 0 … n-1.
func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func isDone[E any](q *Queue[E]) bool {
	select {
	case <-q.Done():
		return true
	default:
		return false
	}
}

// assertEmpty checks that nothing is left, in a Queue that is Done.
func assertEmpty[E any](t *testing.T, q *Queue[E]) {
	t.Helper()
	assert.True(t, isDone(q))
	assert.Zero(t, q.Len())
	assert.False(t, q.Full())
	q.mu.Lock()
	defer q.mu.Unlock()
	assert.Zero(t, q.events.bytes)
	assert.Nil(t, q.failed)
}
