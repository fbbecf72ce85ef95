package dispatch

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOrderOfOneGoroutine(t *testing.T) {
	const n = 10*chunkLen + 1
	var got []int
	q := New(Config[int]{Handle: func(e int) { got = append(got, e) }})
	for i := range n {
		q.Push(i)
	}
	finish(q)
	assert.Equal(t, upTo(n), got)
	assertEmpty(t, q)
}

// Each pusher's events come in its order, and those of one Push side by side.
func TestOrderUnderConcurrency(t *testing.T) {
	const pushers, pushes = 8, 200
	type event struct{ pusher, seq int }
	var got []event
	var running atomic.Int32
	q := New(Config[event]{Handle: func(e event) {
		assert.Equal(t, int32(1), running.Add(1), "one handler at a time")
		got = append(got, e)
		running.Add(-1)
	}})
	var wg sync.WaitGroup
	for p := range pushers {
		wg.Go(func() {
			for s := 0; s < 2*pushes; s += 2 {
				q.Push(event{p, s}, event{p, s + 1})
			}
		})
	}
	wg.Wait()
	finish(q)

	require.Len(t, got, pushers*2*pushes)
	var seen [pushers]int
	for i, e := range got {
		require.Equal(t, seen[e.pusher], e.seq)
		seen[e.pusher]++
		if e.seq%2 == 1 {
			require.Equal(t, event{e.pusher, e.seq - 1}, got[i-1])
		}
	}
}

// What a handler pushes is handled, and after what was pushed before.
func TestPushFromHandler(t *testing.T) {
	var got []int
	var q *Queue[int]
	ready := make(chan struct{})
	q = New(Config[int]{Handle: func(e int) {
		<-ready
		got = append(got, e)
		if e < 100 {
			q.Push(e + 100)
		} else if e == 102 {
			q.Close()
		}
	}})
	close(ready)
	q.Push(0, 1, 2)
	<-q.Done()
	assert.Equal(t, []int{0, 1, 2, 100, 101, 102}, got)
}

func TestCloseHandlesWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []int
		open := make(chan struct{})
		q := New(Config[int]{Handle: func(e int) { <-open; got = append(got, e) }})
		q.Push(upTo(40)...)
		q.Close()
		q.Close()
		q.Push(40)
		synctest.Wait()
		assert.False(t, isDone(q), "Done before what was queued is handled")
		assert.Equal(t, 39, q.Len())

		close(open)
		<-q.Done()
		assert.Equal(t, upTo(40), got)
		q.Push(41)
		q.Close()
		q.Drain(func(int) bool { return true })
		assertEmpty(t, q)
	})
}

func TestCloseWhileIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Config[int]{Handle: func(int) { t.Error("handled what nobody pushed") }})
		synctest.Wait()
		assert.False(t, isDone(q))
		q.Push()
		synctest.Wait()
		assert.False(t, isDone(q))
		q.Close()
		synctest.Wait()
		assert.True(t, isDone(q))
	})
}

// A Queue without events has a goroutine and a buffer for a while, and gets others with the next one.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handled := 0
		q := New(Config[int]{Handle: func(int) { handled++ }})
		holds := func() bool {
			q.mu.Lock()
			defer q.mu.Unlock()
			assert.Equal(t, q.running, q.events.head != nil)
			assert.Equal(t, q.running, q.idle.timer != nil)
			return q.running
		}
		for round := range 3 {
			assert.False(t, holds())
			for range 5 {
				q.Push(0)
				time.Sleep(lingering * 3 / 4)
				assert.True(t, holds())
			}
			time.Sleep(2 * lingering)
			synctest.Wait()
			assert.Equal(t, 5*(round+1), handled)
		}
		assert.False(t, holds())
		q.Push(0)
		finish(q)
		assert.False(t, q.running)
		assert.Nil(t, q.idle.timer)
	})
}

// Every method may be called by the handler that the Queue is running.
func TestMethodsFromHandler(t *testing.T) {
	var got []int
	var q *Queue[int]
	ready := make(chan struct{})
	q = New(Config[int]{Events: 2, Handle: func(e int) {
		<-ready
		got = append(got, e)
		if e > 0 {
			return
		}
		assert.Equal(t, 3, q.Len())
		assert.True(t, q.Full())
		q.Drain(func(e int) bool { return e%2 == 1 })
		assert.Equal(t, 2, q.Len())
		q.Push(4, 5)
		assert.Equal(t, 3, q.Len())
		assert.True(t, OnDispatcher())
		q.Close()
		q.Push(7)
		assert.Equal(t, 3, q.Len())
	}})
	q.Push(0, 1, 2, 3)
	close(ready)
	<-q.Done()
	assert.Equal(t, []int{0, 1, 3, 5}, got)
}

// steps is a Queue whose handler takes one event per step, so that a test sees
// the state between two of them.
func steps(t *testing.T, cfg Config[int]) (q *Queue[int], step func()) {
	t.Helper()
	c := make(chan struct{})
	cfg.Handle = func(int) { <-c }
	q = New(cfg)
	return q, func() {
		t.Helper()
		synctest.Wait()
		c <- struct{}{}
		synctest.Wait()
	}
}

func TestBoundInEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := 0
		q, step := steps(t, Config[int]{Events: 4, Room: func() { rooms++ }})
		q.Push(0) // the handler has it: it does not count
		synctest.Wait()
		for range 2 { // full again means Room again
			before := rooms
			q.Push(1, 2, 3)
			assert.False(t, q.Full())
			q.Push(4)
			assert.True(t, q.Full())
			q.Push(5)
			assert.Equal(t, 5, q.Len(), "over the bound events are accepted")

			for left := 4; left >= 2; left-- {
				step()
				require.Equal(t, left, q.Len())
				assert.True(t, q.Full(), "full until below half, with %d left", left)
				assert.Equal(t, before, rooms)
			}
			step()
			assert.Equal(t, 1, q.Len())
			assert.False(t, q.Full())
			assert.Equal(t, before+1, rooms)
			step()
			assert.Equal(t, before+1, rooms, "Room once per edge")
		}
		q.Close()
		step()
	})
}

func TestBoundInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := 0
		q, step := steps(t, Config[int]{
			Bytes: 100,
			Size:  func(e int) int { return e },
			Room:  func() { rooms++ },
		})
		q.Push(0) // the handler has it
		synctest.Wait()
		q.Push(30, 30, 39)
		assert.False(t, q.Full())
		q.Push(1)
		assert.True(t, q.Full())
		step() // 70 left
		assert.True(t, q.Full())
		step() // 40 left
		assert.False(t, q.Full())
		assert.Equal(t, 1, rooms)

		q.Push(1000) // one that is larger than the bound
		assert.True(t, q.Full())
		step()
		step()
		assert.True(t, q.Full())
		step()
		assert.False(t, q.Full())
		assert.Equal(t, 2, rooms)
		q.Close()
		step()
	})
}

// Below half of one bound is not room as long as the other is above.
func TestRoomNeedsBothBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := 0
		q, step := steps(t, Config[int]{
			Events: 4, Bytes: 100,
			Size: func(e int) int { return e },
			Room: func() { rooms++ },
		})
		q.Push(0)
		synctest.Wait()
		q.Push(0, 0, 0, 60)
		for q.Len() > 1 {
			step()
			assert.True(t, q.Full())
		}
		step()
		assert.False(t, q.Full())
		assert.Equal(t, 1, rooms)
		q.Close()
		step()
	})
}

func TestSmallestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := 0
		q, step := steps(t, Config[int]{
			Events: 1, Bytes: 1,
			Size: func(int) int { return 1 },
			Room: func() { rooms++ },
		})
		q.Push(0)
		synctest.Wait()
		assert.False(t, q.Full())
		assert.Equal(t, 1, rooms)
		q.Push(1)
		assert.True(t, q.Full())
		step()
		assert.False(t, q.Full())
		assert.Equal(t, 2, rooms)
		q.Close()
		step()
	})
}

func TestDefaultBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := steps(t, Config[int]{})
		assert.Equal(t, 65536, q.cfg.Events)
		assert.Equal(t, int64(64<<20), q.cfg.Bytes)
		q.Close()
	})
}

// A reader that pauses while Full and goes on at Room meets both, and finishes.
func TestReaderThatRespectsTheBound(t *testing.T) {
	const n, bound = 5000, 8
	room := make(chan struct{}, 1)
	var got []int
	q := New(Config[int]{
		Events: bound,
		Handle: func(e int) { got = append(got, e) },
		Room: func() {
			select {
			case room <- struct{}{}:
			default:
			}
		},
	})
	for i := range n {
		for q.Full() {
			<-room
		}
		q.Push(i)
		require.LessOrEqual(t, q.Len(), bound)
	}
	finish(q)
	assert.Equal(t, upTo(n), got)
}

// Room is called once for each time that the Queue became Full, whoever races.
func TestRoomExactlyOnce(t *testing.T) {
	var rooms atomic.Int32
	q := New(Config[int]{Events: 1 << 14, Handle: func(int) {}, Room: func() { rooms.Add(1) }})
	q.Push(make([]int, 1<<14)...) // cannot be Full twice
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { q.Drain(func(int) bool { return false }) })
	}
	wg.Wait()
	finish(q)
	assert.Equal(t, int32(1), rooms.Load())
}

func TestDrainWhileHandlerRuns(t *testing.T) {
	outcome := func(e int) bool { return e >= 100 }
	g := newGate()
	var got []int
	rooms := make(chan int, 1)
	var q *Queue[int]
	q = New(Config[int]{
		Events: 50,
		Size:   func(int) int { return 3 },
		Handle: func(e int) {
			if e == 0 {
				g.pass()
			}
			got = append(got, e)
		},
		Room: func() { rooms <- q.Len() },
	})
	q.Push(0)
	<-g.entered
	q.Push(upTo(60)[1:]...)
	q.Push(100, 60, 101)
	require.True(t, q.Full())

	q.Drain(outcome)
	assert.Equal(t, 2, q.Len())
	q.mu.Lock()
	assert.Equal(t, int64(6), q.events.bytes)
	q.mu.Unlock()
	assert.False(t, q.Full())
	assert.Equal(t, 2, <-rooms, "Drain makes room")
	q.Push(61, 102, 62)
	assert.Equal(t, 3, q.Len())

	close(g.open)
	finish(q)
	assert.Equal(t, []int{0, 100, 101, 102}, got)
	assertEmpty(t, q)
}

func TestDrainAgain(t *testing.T) {
	g := newGate()
	var got []int
	q := New(Config[int]{Handle: func(e int) {
		if e == 0 {
			g.pass()
		}
		got = append(got, e)
	}})
	q.Push(0)
	<-g.entered
	q.Drain(func(e int) bool { return e < 10 })
	q.Push(1, 2, 11)
	q.Drain(func(e int) bool { return e%2 == 0 })
	q.Push(3, 12)
	q.Drain(nil)
	q.Push(13)
	close(g.open)
	finish(q)
	assert.Equal(t, []int{0, 2, 12, 13}, got)
}

// Events are let go of when they are handled, not when the next one comes.
func TestHandledEventsAreCollected(t *testing.T) {
	type event *[1 << 10]byte
	synctest.Test(t, func(t *testing.T) {
		q := New(Config[event]{Handle: func(event) {}})
		var handled []weak.Pointer[[1 << 10]byte]
		for range chunkLen + chunkLen/2 {
			e := new([1 << 10]byte)
			handled = append(handled, weak.Make(e))
			q.Push(e)
		}
		synctest.Wait()
		runtime.GC()
		for i, w := range handled {
			assert.Nil(t, w.Value(), "event %d", i)
		}
		finish(q)
	})
}
