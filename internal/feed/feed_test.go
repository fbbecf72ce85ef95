package feed_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/feed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func all(int) bool { return true }

// read takes what a reader has now, up to n.
func read(t *testing.T, r *feed.Reader[int], n int) (got []int) {
	t.Helper()
	for range n {
		e, err := r.Next(t.Context())
		require.NoError(t, err)
		got = append(got, e)
	}
	return got
}

// Each reader gets everything from its beginning on, and the first of a topic what nobody has had.
func TestReadersHavePlacesOfTheirOwn(t *testing.T) {
	t.Parallel()
	f, topic := feed.New(feed.Config[int]{}), new(feed.Topic[int])
	f.Publish(topic, 1, 0, true)
	f.Publish(topic, 2, 0, false)
	a := f.Read(topic, all, []int{-1}, topic)
	f.Publish(topic, 3, 0, true)
	b := f.Read(topic, all, nil, topic)
	f.Publish(topic, 4, 0, false)
	f.Publish(nil, 5, 0, false)
	even := f.Read(nil, func(e int) bool { return e%2 == 0 }, nil, topic)
	f.Publish(nil, 7, 0, false)
	f.Publish(nil, 8, 0, false)
	assert.Equal(t, []int{-1, 1, 3, 4}, read(t, a, 4))
	assert.Equal(t, []int{4}, read(t, b, 1))
	assert.Equal(t, []int{8}, read(t, even, 1))
	a.Stop()
	b.Stop()
	even.Stop()
}

// What a reader leaves unread the next one gets, though nothing that was for those alone who read at the time.
func TestStopLeavesWhatIsKept(t *testing.T) {
	t.Parallel()
	f, topic, other := feed.New(feed.Config[int]{}), new(feed.Topic[int]), new(feed.Topic[int])
	r := f.Read(nil, all, []int{-1, -2}, topic, other)
	f.Publish(nil, 1, 0, false)
	f.Publish(topic, 2, 0, true)
	f.Publish(other, 3, 0, true)
	f.Publish(topic, 4, 0, false)
	f.Publish(topic, 5, 0, true)
	assert.Equal(t, []int{-1}, read(t, r, 1))
	r.Stop()
	r = f.Read(topic, all, nil, topic)
	assert.Equal(t, []int{2}, read(t, r, 1))
	r.Stop()
	r = f.Read(nil, all, nil, topic, other)
	assert.Equal(t, []int{3, 5}, read(t, r, 2))
	r.Stop()
}

// A mark counts once nobody has anything left of it or before it.
func TestHandledRunsBehind(t *testing.T) {
	t.Parallel()
	f, topic := feed.New(feed.Config[int]{}), new(feed.Topic[int])
	a, b := f.Read(topic, all, nil, topic), f.Read(topic, all, nil, topic)
	for n := range 3 {
		f.Publish(topic, n+1, uint64(n+1), true)
	}
	f.Pass(4)
	assert.Equal(t, []int{1, 2, 3}, read(t, a, 3))
	assert.Zero(t, f.Handled(), "b has them all")
	assert.Equal(t, []int{1, 2}, read(t, b, 2))
	assert.Equal(t, uint64(1), f.Handled(), "b is at 2")
	b.Stop()
	assert.Equal(t, uint64(2), f.Handled(), "a is at 3")
	a.Stop()
	assert.Equal(t, uint64(4), f.Handled())
	f.End(nil)
	f.Pass(5)
	f.Publish(topic, 6, 6, true)
	assert.Equal(t, uint64(4), f.Handled(), "nothing counts after the end")
}

// Who never reads a topic keeps the newest of it, and learns how many those before were, even at the second go.
func TestGapStandsForWhatWasDropped(t *testing.T) {
	t.Parallel()
	f := feed.New(feed.Config[int]{Gap: func(_ *feed.Topic[int], n int) int { return -n }})
	topic := new(feed.Topic[int])
	for n := range feed.Kept + 3 {
		f.Publish(topic, n, uint64(n+1), true)
	}
	f.Read(topic, all, nil, topic).Stop() // and does not look
	f.Read(topic, func(e int) bool { return e > 0 }, nil, topic).Stop()
	r := f.Read(topic, all, nil, topic)
	assert.Equal(t, []int{-3, 3, 4}, read(t, r, 3))
	r.Stop()
	for n := range feed.Kept { // nothing that somebody was promised is dropped from now on
		f.Publish(topic, n, uint64(2*feed.Kept+n), true)
	}
	r = f.Read(topic, all, nil, topic)
	assert.Equal(t, []int{5, 6}, read(t, r, 2))
	read(t, r, 2*feed.Kept-4)
	r.Stop()
	assert.Equal(t, uint64(3*feed.Kept-1), f.Handled())
}

// The bounds count all queues, and Room tells of the edge.
func TestFullAndRoom(t *testing.T) {
	t.Parallel()
	rooms := 0
	f := feed.New(feed.Config[int]{Events: 4, Bytes: 100, Size: func(e int) int { return e }, Room: func() { rooms++ }})
	a, b := f.Read(nil, all, nil), f.Read(nil, all, nil)
	f.Publish(nil, 1, 0, false)
	assert.False(t, f.Full())
	f.Publish(nil, 1, 0, false)
	assert.True(t, f.Full(), "four events")
	read(t, a, 2)
	assert.True(t, f.Full())
	assert.Zero(t, rooms)
	read(t, b, 1)
	assert.False(t, f.Full())
	assert.Equal(t, 1, rooms)
	f.Publish(nil, 60, 0, false)
	assert.True(t, f.Full(), "121 bytes")
	a.Stop()
	assert.True(t, f.Full())
	b.Stop()
	assert.False(t, f.Full())
	assert.Equal(t, 2, rooms)
	events, bytes := f.Waiting()
	assert.Zero(t, events)
	assert.Zero(t, bytes)
}

// The end comes behind what there is, with its reason; a topic's for its own readers alone.
func TestEnds(t *testing.T) {
	t.Parallel()
	why := errors.New("why")
	f, topic := feed.New(feed.Config[int]{}), new(feed.Topic[int])
	one, whole := f.Read(topic, all, nil), f.Read(nil, all, nil)
	f.Publish(topic, 1, 0, true)
	f.EndTopic(topic, why)
	f.EndTopic(topic, nil)
	f.Publish(topic, 2, 0, true)
	assert.Equal(t, []int{1, 2}, read(t, one, 2))
	_, err := one.Next(t.Context())
	assert.ErrorIs(t, err, why)
	one.Stop()
	f.End(nil)
	f.End(why)
	assert.Equal(t, []int{1, 2}, read(t, whole, 2))
	_, err = whole.Next(t.Context())
	assert.ErrorIs(t, err, feed.ErrEnd)
	left := f.Left()
	select {
	case <-left:
		t.Error("want a reader to count until it stops")
	default:
	}
	whole.Stop()
	<-left
	<-f.Left()
}

// Forget takes away what nobody is to get any more.
func TestForget(t *testing.T) {
	t.Parallel()
	f, topic := feed.New(feed.Config[int]{}), new(feed.Topic[int])
	for n := range 4 {
		f.Publish(topic, n, uint64(n+1), true)
	}
	f.Forget(topic, func(e int) bool { return e != 2 })
	assert.Equal(t, uint64(2), f.Handled())
	r := f.Read(topic, all, nil, topic)
	assert.Equal(t, []int{2}, read(t, r, 1))
	r.Stop()
}

// A context ends a wait, and what comes then is for the next one.
func TestNextHeedsItsContext(t *testing.T) {
	t.Parallel()
	f, topic := feed.New(feed.Config[int]{}), new(feed.Topic[int])
	r := f.Read(topic, all, nil, topic)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := r.Next(ctx)
		result <- err
	}()
	cancel()
	assert.ErrorIs(t, <-result, context.Canceled)
	f.Publish(topic, 1, 0, true)
	_, err := r.Next(ctx)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []int{1}, read(t, r, 1))
	r.Stop()
}

// However a loop is left, its reader stops, and InLoop knows where it is.
func TestLoop(t *testing.T) {
	t.Parallel()
	why := errors.New("why")
	f, topic := feed.New(feed.Config[int]{}), new(feed.Topic[int])
	seq := func(yield func(int, error) bool) { feed.Loop(t.Context(), f.Read(topic, all, nil, topic), yield) }
	for n := range 5 {
		f.Publish(topic, n, uint64(n+1), true)
	}
	assert.False(t, feed.InLoop())
	for e := range seq {
		assert.Zero(t, e)
		assert.True(t, feed.InLoop())
		deep(100, func() { assert.True(t, feed.InLoop()) })
		var other sync.WaitGroup
		other.Go(func() { assert.False(t, feed.InLoop()) })
		other.Wait()
		break
	}
	assert.Panics(t, func() {
		for e := range seq {
			panic(fmt.Sprint(e))
		}
	})
	next, stop := iter.Pull2(seq)
	e, err, ok := next()
	assert.Equal(t, []any{2, nil, true}, []any{e, err, ok})
	stop()
	<-f.Left()
	assert.Equal(t, uint64(3), f.Handled())
	f.End(why)
	var got []any
	for e, err := range seq {
		got = append(got, e, err)
	}
	assert.Equal(t, []any{3, nil, 4, nil, 0, why}, got)
	<-f.Left()
}

func deep(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	deep(n-1, f)
}

// Publishers and readers that come and go at once lose nothing, and each event is somebody's once.
func TestConcurrently(t *testing.T) {
	t.Parallel()
	const publishers, each, readers = 4, 1000, 4
	f, topic := feed.New(feed.Config[int]{Events: 100}), new(feed.Topic[int])
	f.Read(topic, all, nil, topic).Stop() // it is one that is read
	var mu sync.Mutex
	var marks uint64
	seen := make(map[int]int)
	var publishing, reading sync.WaitGroup
	for p := range publishers {
		publishing.Go(func() {
			for n := range each {
				mu.Lock() // marks rise
				marks++
				f.Publish(topic, p*each+n, marks, true)
				mu.Unlock()
			}
		})
	}
	turn := make(chan struct{}, 1) // one reads at a time, so that nobody gets what another one has
	for r := range readers {
		reading.Go(func() {
			for over := false; !over; {
				turn <- struct{}{}
				left, last := r+1, make(map[int]int)
				over = true
				feed.Loop(t.Context(), f.Read(topic, all, nil, topic), func(e int, err error) bool {
					assert.NoError(t, err)
					seen[e]++
					if before, ok := last[e/each]; ok {
						assert.Greater(t, e, before)
					}
					last[e/each] = e
					left--
					over = left > 0
					return left > 0
				})
				<-turn
			}
		})
	}
	publishing.Wait()
	f.End(nil)
	reading.Wait()
	assert.Len(t, seen, publishers*each)
	for e, n := range seen {
		assert.Equal(t, 1, n, e)
	}
	assert.Equal(t, marks, f.Handled())
	assert.False(t, f.Full())
}

// What nobody has ever read stays where it came from, until too much waits behind it.
func TestUnreadGivesWay(t *testing.T) {
	t.Parallel()
	const most = 500
	f, topic := feed.New(feed.Config[int]{}), new(feed.Topic[int])
	f.Publish(topic, 1, 1, true)
	for n := range uint64(most - 1) {
		f.Pass(n + 2)
	}
	assert.Zero(t, f.Handled())
	f.Publish(topic, 2, most+1, true)
	assert.Equal(t, uint64(most), f.Handled())
	r := f.Read(topic, all, nil, topic)
	assert.Equal(t, []int{1, 2}, read(t, r, 2), "it is kept all the same")
	for n := range uint64(2 * most) {
		f.Pass(most + n + 2)
	}
	assert.Equal(t, uint64(most), f.Handled(), "somebody reads it now")
	r.Stop()
	assert.Equal(t, uint64(3*most+1), f.Handled())
}
