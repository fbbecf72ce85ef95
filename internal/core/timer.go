package core

import (
	"container/heap"
	"time"
)

// An instant is a time as a Core counts it: since it was first told one. Unlike the time of day it never jumps.
type instant time.Duration

// in returns the instant that is so far from now.
func (c *Core) in(d time.Duration) instant { return c.at + instant(d) }

// A timer is a deadline of something that a Core owns. Its zero value, with owner set, is ready.
type timer struct {
	owner firer
	at    instant
	seq   uint64 // of two for the same time, the one that was set first fires first
	pos   int    // place in the heap plus one; 0: not set
}

// A firer has a timer and knows what happens when its time has come. What has several timers has a type for each, so that
// it is plain from the state alone what a timer is for.
type firer interface{ fire(c *Core) }

func (t *timer) isSet() bool { return t.pos > 0 }

// set arms t, or moves it when it was armed.
func (c *Core) set(t *timer, at instant) {
	c.timerSeq++
	t.at, t.seq = at, c.timerSeq
	if t.isSet() {
		heap.Fix(&c.timers, t.pos-1)
		return
	}
	heap.Push(&c.timers, t)
}

// setBy arms t unless it fires earlier already.
func (c *Core) setBy(t *timer, at instant) {
	if !t.isSet() || at < t.at {
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
	if h[i].at == h[j].at {
		return h[i].seq < h[j].seq
	}
	return h[i].at < h[j].at
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
