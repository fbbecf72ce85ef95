package core

import "time"

// recent remembers a value per key for a fixed time, and of the newest keys only: over its limit the oldest is forgotten.
type recent[V any] struct {
	ttl   time.Duration
	limit int
	swept func(c *Core) // called after time took something away; may be nil

	known map[string]V
	order []stamp // oldest first; all live equally long, so this is the order of expiry too
	timer timer
}

type stamp struct {
	key     string
	expires time.Time
}

func (r *recent[V]) len() int { return len(r.order) }

func (r *recent[V]) get(key string) (V, bool) {
	v, ok := r.known[key]
	return v, ok
}

// add remembers v under a key that is not known.
func (r *recent[V]) add(c *Core, key string, v V) {
	if r.limit <= 0 {
		return
	}
	if r.known == nil {
		r.known = make(map[string]V)
		r.timer.fire = r.sweep
	}
	if len(r.order) >= r.limit {
		r.forgetOldest()
	}
	r.known[key] = v
	r.order = append(r.order, stamp{key, c.now.Add(r.ttl)})
	c.setBy(&r.timer, r.order[0].expires)
}

func (r *recent[V]) forgetOldest() {
	delete(r.known, r.order[0].key)
	r.order[0] = stamp{}
	r.order = r.order[1:]
}

func (r *recent[V]) sweep(c *Core) {
	for len(r.order) > 0 && !r.order[0].expires.After(c.now) {
		r.forgetOldest()
	}
	if len(r.order) > 0 {
		c.set(&r.timer, r.order[0].expires)
	} else {
		r.known, r.order = nil, nil // maps do not shrink
	}
	if r.swept != nil {
		r.swept(c)
	}
}

// clear forgets everything.
func (r *recent[V]) clear(c *Core) {
	c.stop(&r.timer)
	r.known, r.order = nil, nil
}
