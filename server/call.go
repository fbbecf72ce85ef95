package server

import (
	"sync"

	"github.com/agora-signal-go/signal/internal/core"
)

// A call is one on its way to a core, with the bytes of its frame: whoever is inside the core may get to it when the
// stream has something else in their place. The core keeps nothing of it, so that it is used again after that.
type call struct {
	core.Call
	bytes []byte
}

var calls = sync.Pool{New: func() any { return new(call) }}

// newCall returns a call with a copy of a frame.
func newCall(frame []byte) *call {
	c := calls.Get().(*call) //nolint:errcheck,forcetypeassert // nothing else is in there
	c.bytes = append(c.bytes[:0], frame...)
	return c
}

// release gives a call back that nobody looks at any more.
func (c *call) release() {
	c.Call = core.Call{}
	const keep = 4 << 10
	if cap(c.bytes) <= keep {
		calls.Put(c)
	}
}
