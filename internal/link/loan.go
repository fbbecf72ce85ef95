package link

import "sync"

// borrow returns an empty slice from a pool. What is idle holds none.
func borrow[E any](from *sync.Pool) *[]E {
	if s, ok := from.Get().(*[]E); ok {
		return s
	}
	return new([]E)
}

// giveBack ends the loan of a slice, and forgets what is in it. One with room for more than most is not kept.
func giveBack[E any](to *sync.Pool, s *[]E, most int) {
	if cap(*s) > most {
		return
	}
	clear(*s)
	*s = (*s)[:0]
	to.Put(s)
}
