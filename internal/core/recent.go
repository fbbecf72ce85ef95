package core

import "time"

// recent remembers a value per key for a fixed time, and of the newest keys only: over a limit the oldest are forgotten.
// Keys are digests, and nothing that the garbage collector has to look at.
type recent[V any] struct {
	ttl   time.Duration
	swept func(c *Core) // called after time took something away; may be nil

	known table[V]
	order ring[stamp] // oldest first; all live equally long, so this is the order of expiry too
	timer timer
}

type stamp struct {
	key     digest
	expires instant
}

func (r *recent[V]) len() int {
	if r == nil {
		return 0
	}
	return r.order.len
}

func (r *recent[V]) get(key digest) (v V, ok bool) {
	if r != nil {
		v, ok = r.known.get(key)
	}
	return v, ok
}

// add remembers v under a key that is not known, as one of at most limit.
func (r *recent[V]) add(c *Core, limit int, key digest, v V) {
	if limit <= 0 {
		return
	}
	r.timer.owner = r
	for r.order.len >= limit {
		r.forgetOldest()
	}
	r.known.put(key, v)
	r.order.push(stamp{key, c.in(r.ttl)})
	c.setBy(&r.timer, r.order.first().expires)
}

func (r *recent[V]) forgetOldest() {
	r.known.remove(r.order.first().key)
	r.order.pop()
}

// fire forgets what has lived its time.
func (r *recent[V]) fire(c *Core) {
	for r.order.len > 0 && r.order.first().expires <= c.at {
		r.forgetOldest()
	}
	if r.order.len > 0 {
		c.set(&r.timer, r.order.first().expires)
	} else {
		r.known, r.order = table[V]{}, ring[stamp]{}
	}
	if r.swept != nil {
		r.swept(c)
	}
}

// clear forgets everything.
func (r *recent[V]) clear(c *Core) {
	if r == nil {
		return
	}
	c.stop(&r.timer)
	r.known, r.order = table[V]{}, ring[stamp]{}
}

// A ring is a FIFO that moves nothing until it has to grow. The zero ring is empty.
type ring[T any] struct {
	all   []T
	begin int // where the oldest is
	len   int
}

// first returns the oldest, of at least one.
func (r *ring[T]) first() *T { return &r.all[r.begin] }

func (r *ring[T]) push(t T) {
	if r.len == len(r.all) {
		grown := make([]T, max(4, r.len+r.len/2))
		n := copy(grown, r.all[r.begin:])
		copy(grown[n:], r.all[:r.begin])
		r.all, r.begin = grown, 0
	}
	r.all[(r.begin+r.len)%len(r.all)] = t
	r.len++
}

// pop takes the oldest out, of at least one.
func (r *ring[T]) pop() {
	var none T
	r.all[r.begin] = none
	r.begin = (r.begin + 1) % len(r.all)
	r.len--
}
