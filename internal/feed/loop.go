package feed

import (
	"context"
	"errors"

	"github.com/agora-signal-go/signal/internal/onstack"
)

// Loop reads until yield returns false, or to the end, and stops the reader then. yield gets the reason as the last thing,
// unless that is ErrEnd.
func Loop[E any](ctx context.Context, r *Reader[E], yield func(E, error) bool) {
	loop(func() {
		defer r.Stop()
		for {
			e, err := r.Next(ctx)
			if err != nil {
				if !errors.Is(err, ErrEnd) {
					yield(e, err)
				}
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	})
}

// InLoop reports whether the body of a Loop, of whichever reader, is below the caller on its stack: whoever would wait for
// the end of such a loop asks it first. The body of an iter.Pull is not found. It walks the stack: no call for a hot path.
func InLoop() bool { return onstack.Has(loop) }

// loop is the mark by which InLoop knows one: see onstack.Has.
//
//go:noinline
func loop(run func()) { run() }
