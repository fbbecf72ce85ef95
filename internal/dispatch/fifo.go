package dispatch

import "sync"

// chunkLen is the number of events per allocation: large enough for a burst to
// cost little, small enough for a small backlog to hold next to nothing.
const chunkLen = 16

// chunks are those that nobody has borrowed.
var chunks sync.Pool

// fifo is an unbounded first-in first-out list with the sizes of what it holds.
// It is a chain of chunks, so it grows without copying and gives memory back
// as it empties. The zero value is ready for use.
type fifo[E any] struct {
	n     int   // events held
	bytes int64 // the sum of their sizes

	head, tail *chunk[E] // nil until the first push
	first      int       // the slot of head to pop next
	free       int       // the slot of tail to push next
	spare      *chunk[E] // emptied last, for the next push that needs one
}

type chunk[E any] struct {
	slots [chunkLen]slot[E]
	next  *chunk[E]
}

type slot[E any] struct {
	event E
	size  int64
}

func (f *fifo[E]) push(e E, size int64) {
	if f.tail == nil || f.free == chunkLen {
		f.grow()
	}
	f.tail.slots[f.free] = slot[E]{e, size}
	f.free++
	f.n++
	f.bytes += size
}

// grow appends an empty chunk.
func (f *fifo[E]) grow() {
	c := f.spare
	if c == nil {
		c = borrow[E]()
	}
	f.spare = nil
	if f.tail == nil {
		f.head = c
	} else {
		f.tail.next = c
	}
	f.tail, f.free = c, 0
}

// borrow returns an empty chunk.
func borrow[E any]() *chunk[E] {
	if c, ok := chunks.Get().(*chunk[E]); ok { // else there is none, or one of another kind of queue
		return c
	}
	return new(chunk[E])
}

// rest gives the last chunk back. The fifo must be empty.
func (f *fifo[E]) rest() {
	if f.head != nil {
		chunks.Put(f.head)
	}
	*f = fifo[E]{}
}

// pop removes the oldest event. The fifo must not be empty.
func (f *fifo[E]) pop() E {
	s := &f.head.slots[f.first]
	e := s.event
	f.n--
	f.bytes -= s.size
	*s = slot[E]{} // lets go of what the event refers to
	f.first++
	switch {
	case f.n == 0: // head is tail, start over in it
		f.first, f.free, f.spare = 0, 0, nil
	case f.first == chunkLen:
		c := f.head
		f.head, f.first = c.next, 0
		c.next, f.spare = nil, c
	}
	return e
}

// filter removes the events that keep refuses, the others stay in order.
func (f *fifo[E]) filter(keep func(E) bool) {
	for range f.n {
		size := f.head.slots[f.first].size
		if e := f.pop(); keep(e) {
			f.push(e, size)
		}
	}
}
