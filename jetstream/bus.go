package jetstream

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/agora-signal-go/signal/server/backend"
)

// What waits for one subscriber; what comes beyond that is lost.
const (
	pendingMessages = 1 << 16
	pendingBytes    = 64 << 20
)

type subscription struct {
	b   *Backend
	sub *nats.Subscription
	f   func(data []byte)

	mu sync.Mutex // held while f runs
	// +checklocks:mu
	stopped bool
}

// Publish implements backend.Bus.
func (b *Backend) Publish(subject string, data []byte) (err error) {
	defer func(began time.Time) { b.count(opPublish, began, len(data), err) }(time.Now())
	if b.life.Err() != nil {
		return backend.ErrClosed
	}
	if err := backend.CheckSubject(subject); err != nil {
		return err
	}
	if len(data) > b.largest {
		return fmt.Errorf("%w: message of %d bytes, want at most %d", backend.ErrTooLarge, len(data), b.largest)
	}
	if err := b.nc.Publish(b.busSubject(subject), data); err != nil {
		if b.life.Err() != nil {
			return fmt.Errorf("%w: %w", backend.ErrClosed, err)
		}
		return translate(err)
	}
	return nil
}

// Subscribe implements backend.Bus. A goroutine calls f until stop or Close. Without a connection it takes effect when
// there is one.
func (b *Backend) Subscribe(subject string, f func(data []byte)) (stop func(), err error) {
	if err := backend.CheckSubject(subject); err != nil {
		return nil, err
	}
	s := &subscription{b: b, f: f}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, backend.ErrClosed
	}
	if s.sub, err = b.nc.Subscribe(b.busSubject(subject), s.deliver); err != nil {
		return nil, translate(err)
	}
	if err := s.sub.SetPendingLimits(pendingMessages, pendingBytes); err != nil {
		_ = s.sub.Unsubscribe()
		return nil, translate(err)
	}
	b.subs = append(b.subs, s)
	return s.stop, nil
}

func (b *Backend) busSubject(subject string) string {
	return "signal." + b.cfg.Name + ".bus." + subject
}

func (s *subscription) deliver(m *nats.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.f(m.Data)
	}
}

func (s *subscription) stop() {
	_ = s.sub.Unsubscribe() // fails when the connection is closed, or if it was done before
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()

	b := s.b
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subs = slices.DeleteFunc(b.subs, func(o *subscription) bool { return o == s })
}
