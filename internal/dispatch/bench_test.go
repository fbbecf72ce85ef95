package dispatch

import (
	"fmt"
	"sync"
	"testing"
)

// payload is about the size of an event of the client.
type payload struct {
	_    [6]string
	kind int
}

// One pusher, unbounded: how fast the Queue is when it backs up.
func BenchmarkPushAndHandle(b *testing.B) {
	q := New(Config[payload]{Handle: func(payload) {}})
	b.ReportAllocs()
	for b.Loop() {
		q.Push(payload{kind: 1})
	}
	finish(q)
}

// One pusher that respects the bound, as the socket's reader does.
func BenchmarkBounded(b *testing.B) {
	for _, bound := range []int{64, 1024, DefaultEvents} {
		b.Run(fmt.Sprint(bound), func(b *testing.B) {
			room := make(chan struct{}, 1)
			q := New(Config[payload]{
				Events: bound,
				Size:   func(payload) int { return 100 },
				Handle: func(payload) {},
				Room: func() {
					select {
					case room <- struct{}{}:
					default:
					}
				},
			})
			b.ReportAllocs()
			for b.Loop() {
				for q.Full() {
					<-room
				}
				q.Push(payload{kind: 1})
			}
			finish(q)
		})
	}
}

// The dispatcher goes to sleep and is woken for each event.
func BenchmarkPingPong(b *testing.B) {
	handled := make(chan struct{})
	q := New(Config[payload]{Handle: func(payload) { handled <- struct{}{} }})
	b.ReportAllocs()
	for b.Loop() {
		q.Push(payload{kind: 1})
		<-handled
	}
	finish(q)
}

// Bursts that are handled to the end before the next one.
func BenchmarkBurst(b *testing.B) {
	const size = 100
	var wg sync.WaitGroup
	q := New(Config[payload]{Handle: func(payload) { wg.Done() }})
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%size == 0 {
			wg.Wait()
		}
		wg.Add(1)
		q.Push(payload{kind: 1})
	}
	finish(q)
}

func BenchmarkManyPushers(b *testing.B) {
	q := New(Config[payload]{Handle: func(payload) {}})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			q.Push(payload{kind: 1})
		}
	})
	finish(q)
}

func BenchmarkOnDispatcher(b *testing.B) {
	for _, depth := range []int{0, 30, 1000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			b.ReportAllocs()
			inHandler[int](func() bool {
				for b.Loop() {
					recursive(depth)
				}
				return true
			})
		})
	}
}
