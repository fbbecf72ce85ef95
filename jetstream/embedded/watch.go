package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const restartPatience = time.Minute // for a server to start again

// watch looks after the server until Shutdown. Once a write has failed JetStream stores nothing more in that stream,
// and does not even answer; what it has stored it finds when it starts again.
func (s *Server) watch() {
	defer close(s.done)
	t := time.NewTicker(watchInterval)
	defer t.Stop()
	for {
		select {
		case <-s.life.Done():
			return
		case <-t.C:
			s.look()
		}
	}
}

// look starts the server again if it is broken, or was stopped for that, and there is room to go on.
func (s *Server) look() {
	s.mu.Lock()
	running, was := s.running, s.failure
	s.mu.Unlock()
	if running != nil {
		err := health(running)
		if err == nil {
			return
		}
		if was == nil {
			s.cfg.Logger.Error("nothing can be stored", slog.Any("error", err))
		}
		was = err
		s.mu.Lock()
		s.failure = err
		s.mu.Unlock()
	}
	if free, ok := s.free(s.cfg.Dir); ok && free < s.cfg.Reserve {
		return // what is stored can be read meanwhile
	}
	s.stop(was)
	ctx, cancel := context.WithTimeout(s.life, restartPatience)
	defer cancel()
	running, err := s.run(ctx)
	if s.life.Err() != nil && err != nil {
		return
	}
	if err != nil {
		s.cfg.Logger.Error("NATS server does not start again", slog.Any("error", err))
		return
	}
	s.mu.Lock()
	s.running, s.failure = running, nil
	s.mu.Unlock()
	s.cfg.Logger.Info("NATS server started again, for there is room")
}

// health returns an error if JetStream has stopped, or a stream of it.
func health(srv *server.Server) error {
	if !srv.JetStreamEnabled() {
		return errors.New("embedded: JetStream has stopped")
	}
	for _, e := range srv.Healthz(&server.HealthzOptions{Details: true}).Errors {
		// It complains of other things as well, that a new start does not cure: of being slow, for one.
		if e.Type == server.HealthzErrorStream && strings.Contains(e.Error, "write error") {
			return fmt.Errorf("embedded: %s", e.Error)
		}
	}
	return nil
}
