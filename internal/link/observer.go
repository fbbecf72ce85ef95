package link

import (
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
)

// An Observer is told what a Link does. Its methods are called by whoever does it, several at a time: they must be quick and must
// not call the Link.
type Observer interface {
	// Dialed tells that a connection came up, or did not.
	Dialed(took time.Duration, err error)
	// Status tells a change of the login's state.
	Status(from, to engine.State)
	// Paused tells that nothing is read any more, and that it is again.
	Paused(paused bool)
	// FrameIn tells that a frame came.
	FrameIn(bytes int)
	// FrameOut tells that a frame goes.
	FrameOut(bytes int)
}

// dial has try open a connection, and tells how that went, unless it was hung up meanwhile.
func (c *conn) dial(try func() (dialed, error)) (dialed, error) {
	o := c.link.observer
	if o == nil {
		return try()
	}
	begun := time.Now()
	d, err := try()
	if !c.hungUp.Load() {
		o.Dialed(time.Since(begun), err)
	}
	return d, err
}
