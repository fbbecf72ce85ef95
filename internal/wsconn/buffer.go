package wsconn

import "sync"

// A block is what streams read into and buffers begin with, while they need it.
type block [16 << 10]byte

// blocks are those that nobody has borrowed.
var blocks = sync.Pool{New: func() any { return new(block) }}

func borrow() *block { return blocks.Get().(*block) } //nolint:errcheck,forcetypeassert // nothing else is in there

// A Buffer is borrowed to write a batch of frames: append to B. B may grow beyond what was borrowed.
type Buffer struct {
	B     []byte
	block *block
}

// Borrow returns an empty Buffer of 16 KiB, until Return.
func Borrow() Buffer {
	b := borrow()
	return Buffer{B: b[:0], block: b}
}

// Return ends the loan.
func (b *Buffer) Return() {
	blocks.Put(b.block)
	*b = Buffer{}
}

// Fits reports whether one more frame with a payload of n bytes goes in without B growing.
func (b *Buffer) Fits(n int) bool { return len(b.B)+MaxHeader+n <= len(b.block) }
