package embedded

import (
	"fmt"
	"time"

	"github.com/agora-signal-go/signal/server/backend"
)

const (
	watchInterval = time.Second
	usageAge      = 100 * time.Millisecond // after which it is asked for again
)

// usage is how many bytes JetStream has stored: what it said, and what has been let in since.
type usage struct {
	bytes int64
	asked time.Time
}

// room returns an error if so many bytes are not to be stored now.
func (s *Server) room(bytes int, essential bool) error {
	want := s.cfg.Reserve
	if essential {
		want /= 4
	}
	want += int64(bytes)
	if free, ok := s.free(s.cfg.Dir); ok && free < want {
		return fail("free on the disk", free, want)
	}
	if s.cfg.MaxBytes == 0 {
		return nil
	}
	limit := s.cfg.MaxBytes
	if !essential {
		limit -= limit / 4
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return fmt.Errorf("%w: %w", backend.ErrUnavailable, s.failure)
	}
	if now := time.Now(); now.Sub(s.used.asked) > usageAge || s.used.bytes+int64(bytes) > limit {
		info, err := s.running.Jsz(nil)
		if err != nil {
			return fmt.Errorf("%w: %w", backend.ErrUnavailable, err)
		}
		s.used = usage{bytes: int64(info.Store), asked: now}
	}
	if s.used.bytes+int64(bytes) > limit {
		return fail("stored already", s.used.bytes, limit-int64(bytes))
	}
	s.used.bytes += int64(bytes)
	return nil
}
