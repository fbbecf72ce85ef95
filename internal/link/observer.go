package link

import (
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
)

// An Observer is told what a Link does. Its methods are called by whoever does it, several at a time: they must be quick and must
// not call the Link.
type Observer interface {
	Dialed(took time.Duration, err error) // a connection came up, or did not
	Status(from, to engine.State)
	Paused(paused bool) // nothing is read any more, or again
	FrameIn(bytes int)  // a frame came
	FrameOut(bytes int) // a frame goes
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
