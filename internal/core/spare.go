package core

// This file is the memory that a Core uses again and again, so that what happens often allocates only what is kept.

// A spare keeps slices that nobody uses any more, empty.
type spare[T any] struct{ free [][]T }

const (
	spareSlices = 64
	spareCap    = 64 // of each: a storm once must not hold its memory for good
)

func (p *spare[T]) take() []T {
	n := len(p.free) - 1
	if n < 0 {
		return nil
	}
	s := p.free[n]
	p.free[n] = nil
	p.free = p.free[:n]
	return s
}

// give gets a slice back that holds nothing any more, not even beyond its length.
func (p *spare[T]) give(s []T) {
	if 0 < cap(s) && cap(s) <= spareCap && len(p.free) < spareSlices {
		p.free = append(p.free, s[:0])
	}
}

// A pool keeps things that nobody uses any more, zeroed by who puts them there.
type pool[T any] struct{ free []*T }

func (p *pool[T]) take() *T {
	n := len(p.free) - 1
	if n < 0 {
		return new(T)
	}
	t := p.free[n]
	p.free[n] = nil
	p.free = p.free[:n]
	return t
}

func (p *pool[T]) give(t *T, most int) {
	if len(p.free) < most {
		p.free = append(p.free, t)
	}
}

// names keeps some of the names that came last, so that one that comes often is made once.
type names struct{ known [512]string }

const longestKnown = 64

func (n *names) get(name []byte) string {
	if len(name) > longestKnown {
		return string(name)
	}
	const offset, prime = 2166136261, 16777619 // FNV-1a
	h := uint32(offset)
	for _, b := range name {
		h = (h ^ uint32(b)) * prime
	}
	known := &n.known[(h>>16^h)%uint32(len(n.known))]
	if *known != string(name) {
		*known = string(name)
	}
	return *known
}

// scratch is where a frame or an answer is built before it is known how long it gets. What is built there stands until
// the next is.
type scratch []byte

// empty returns where to build.
func (s *scratch) empty() []byte { return (*s)[:0] }

// built takes what was built back for the next, and returns it.
func (s *scratch) built(b []byte) []byte {
	if *s = b; cap(b) > maxScratch {
		*s = nil
	}
	return b
}

const maxScratch = 16 << 10
