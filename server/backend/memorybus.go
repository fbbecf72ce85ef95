package backend

import (
	"fmt"
	"slices"
	"sync"
)

const memoryQueue = 1024 // messages that wait for a subscriber; those that come when it is full are lost

type memorySubscription struct {
	node  *MemoryNode
	queue chan []byte
	quit  chan struct{}
	done  chan struct{} // closed when its goroutine has ended
	once  sync.Once
	leave func()
}

// Publish implements Bus.
func (n *MemoryNode) Publish(subject string, data []byte) error {
	if err := CheckSubject(subject); err != nil {
		return err
	}
	if len(data) > memoryLargest {
		return fmt.Errorf("%w: message of %d bytes, want at most %d", ErrTooLarge, len(data), memoryLargest)
	}
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	if err := n.reachLocked(); err != nil {
		return err
	}
	for _, s := range n.m.subs[subject] {
		if s.deafLocked() {
			continue
		}
		select {
		case s.queue <- append([]byte{}, data...):
		default:
		}
	}
	return nil
}

// Subscribe implements Bus. A goroutine calls f until stop or Close.
func (n *MemoryNode) Subscribe(subject string, f func(data []byte)) (stop func(), err error) {
	if err := CheckSubject(subject); err != nil {
		return nil, err
	}
	s := &memorySubscription{
		node:  n,
		queue: make(chan []byte, memoryQueue),
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	if err := n.reachLocked(); err != nil {
		return nil, err
	}
	n.m.subs[subject] = append(n.m.subs[subject], s)
	n.subs = append(n.subs, s)
	s.leave = func() {
		n.m.mu.Lock()
		defer n.m.mu.Unlock()
		is := func(o *memorySubscription) bool { return o == s }
		n.subs = slices.DeleteFunc(n.subs, is)
		if n.m.subs[subject] = slices.DeleteFunc(n.m.subs[subject], is); len(n.m.subs[subject]) == 0 {
			delete(n.m.subs, subject)
		}
	}
	go s.run(f)
	return s.stop, nil
}

// MaxMessage implements Bus.
func (*MemoryNode) MaxMessage() int { return memoryLargest }

// deafLocked reports whether nothing gets to the subscriber's node.
//
// +checklocksignore: its Memory is the publisher's, which is locked
func (s *memorySubscription) deafLocked() bool { return s.node.cut }

func (s *memorySubscription) run(f func(data []byte)) {
	defer close(s.done)
	for {
		select {
		case <-s.quit:
			return
		case data := <-s.queue:
			select {
			case <-s.quit:
				return
			default:
			}
			f(data)
		}
	}
}

func (s *memorySubscription) stop() {
	s.once.Do(func() {
		s.leave()
		close(s.quit)
	})
	<-s.done
}
