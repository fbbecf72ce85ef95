package proc

import (
	"io"
	"os"
	"time"
)

// Leash returns a reader of a child's input which ends the process a while after the input has ended, should it not have
// ended by itself: so none outlives a parent that was killed.
func Leash(in io.Reader) io.Reader { return leash{in} }

type leash struct{ in io.Reader }

func (l leash) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	if err != nil {
		time.AfterFunc(closeWithin, func() { os.Exit(1) })
	}
	return n, err
}
