package link

import (
	"context"
	"sync"
)

// A gate lets goroutines wait for something that happens again and again. The zero gate is ready.
type gate struct {
	mu sync.Mutex
	// +checklocks:mu
	next chan struct{}
}

// wait returns a channel that the next open closes.
func (g *gate) wait() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next = make(chan struct{})
	}
	return g.next
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next != nil {
		close(g.next)
		g.next = nil
	}
}

// waitRoom waits until the Sink can take more; it is false when ctx ended first.
func (l *Link) waitRoom(ctx context.Context) bool {
	for ctx.Err() == nil {
		room := l.room.wait() // before the question, or the answer could come in between
		if !l.cfg.Sink.Full() {
			return true
		}
		select {
		case <-room:
		case <-ctx.Done():
		}
	}
	return false
}
