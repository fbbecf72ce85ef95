package core

import (
	"container/heap"
	"time"
)

// A timer is a deadline of something that a Core owns. Its zero value, with fire set, is ready.
type timer struct {
	fire func(c *Core)
	at   time.Time
	seq  uint64 // of two for the same time, the one that was set first fires first
	pos  int    // place in the heap plus one; 0: not set
}

func (t *timer) isSet() bool { return t.pos > 0 }

// set arms t, or moves it when it was armed.
func (c *Core) set(t *timer, at time.Time) {
	c.timerSeq++
	t.at, t.seq = at, c.timerSeq
	if t.isSet() {
		heap.Fix(&c.timers, t.pos-1)
		return
	}
	heap.Push(&c.timers, t)
}

// setBy arms t unless it fires earlier already.
func (c *Core) setBy(t *timer, at time.Time) {
	if !t.isSet() || at.Before(t.at) {
		c.set(t, at)
	}
}

func (c *Core) stop(t *timer) {
	if t.isSet() {
		heap.Remove(&c.timers, t.pos-1)
	}
}

// timerHeap has the earliest deadline first.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = i+1, j+1
}

func (h *timerHeap) Push(x any) {
	t, _ := x.(*timer) // what else
	*h = append(*h, t)
	t.pos = len(*h)
}

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.pos = 0
	return t
}
