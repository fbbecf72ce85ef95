package server

import "sync"

// A frameQueue is a FIFO of frames. It borrows its memory, so that an empty one has none and a filled one costs no
// allocation.
type frameQueue struct {
	head, tail *frameChunk // nil while it is empty
	from       int         // the slot of head to pop next
	to         int         // the slot of tail to push next
	len        int
}

type frameChunk struct {
	frames [16][]byte
	next   *frameChunk
}

var frameChunks = sync.Pool{New: func() any { return new(frameChunk) }}

func (q *frameQueue) push(frame []byte) {
	switch {
	case q.tail == nil:
		q.tail = frameChunks.Get().(*frameChunk) //nolint:errcheck,forcetypeassert // nothing else is in there
		q.head = q.tail
	case q.to == len(q.tail.frames):
		q.tail.next = frameChunks.Get().(*frameChunk) //nolint:errcheck,forcetypeassert // as above
		q.tail, q.to = q.tail.next, 0
	}
	q.tail.frames[q.to] = frame
	q.to++
	q.len++
}

// peek returns the oldest frame of a queue that is not empty.
func (q *frameQueue) peek() []byte { return q.head.frames[q.from] }

// pop removes the oldest frame of a queue that is not empty.
func (q *frameQueue) pop() {
	c := q.head
	c.frames[q.from] = nil
	q.from++
	q.len--
	switch {
	case q.len == 0:
		*q = frameQueue{}
	case q.from == len(c.frames):
		q.head, q.from, c.next = c.next, 0, nil
	default:
		return
	}
	frameChunks.Put(c)
}

func (q *frameQueue) clear() {
	for q.len > 0 {
		q.pop()
	}
}
