package core

import "encoding/binary"

// A table is a map of digests that keeps its size: what is taken out leaves nothing behind, so that one to which as many
// are added as are taken out grows no more, as a map of the runtime's does for a while. Where a digest goes is what it
// begins with, for it looks like chance. The zero table is empty.
type table[V any] struct {
	keys []digest // zero where nobody is; a power of two of them
	vals []V
	len  int
}

// place returns where a digest is, or would be.
func (t *table[V]) place(d digest) int {
	at := t.home(d)
	for t.keys[at] != d && t.keys[at] != (digest{}) {
		at = t.after(at)
	}
	return at
}

func (t *table[V]) home(d digest) int {
	return int(binary.LittleEndian.Uint32(d[:])) & (len(t.keys) - 1)
}

func (t *table[V]) after(at int) int { return (at + 1) & (len(t.keys) - 1) }

func (t *table[V]) get(d digest) (v V, ok bool) {
	if t.len == 0 || d == (digest{}) {
		return v, false
	}
	at := t.place(d)
	return t.vals[at], t.keys[at] == d
}

// put adds or replaces. A digest is not zero.
func (t *table[V]) put(d digest, v V) {
	if 4*(t.len+1) > 3*len(t.keys) {
		t.grow()
	}
	at := t.place(d)
	if t.keys[at] != d {
		t.len++
	}
	t.keys[at], t.vals[at] = d, v
}

func (t *table[V]) grow() {
	old := *t
	size := max(8, 2*len(old.keys))
	*t = table[V]{keys: make([]digest, size), vals: make([]V, size)}
	for i, d := range old.keys {
		if d != (digest{}) {
			t.put(d, old.vals[i])
		}
	}
}

// remove takes one out that may be there. Those behind it that would not be found any more move up.
func (t *table[V]) remove(d digest) {
	if t.len == 0 {
		return
	}
	hole := t.place(d)
	if t.keys[hole] != d {
		return
	}
	for at := t.after(hole); t.keys[at] != (digest{}); at = t.after(at) {
		home := t.home(t.keys[at])
		if t.between(hole, home, at) {
			continue
		}
		t.keys[hole], t.vals[hole] = t.keys[at], t.vals[at]
		hole = at
	}
	var none V
	t.keys[hole], t.vals[hole] = digest{}, none
	t.len--
}

// between reports whether home is behind hole and not behind at, going round.
func (t *table[V]) between(hole, home, at int) bool {
	mask := len(t.keys) - 1
	return (home-hole-1)&mask < (at-hole)&mask
}
