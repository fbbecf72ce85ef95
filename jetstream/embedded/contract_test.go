package embedded_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/backendtest"
	"github.com/agora-signal-go/signal/internal/contract"
	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/jetstream/embedded"
	"github.com/agora-signal-go/signal/jetstream/natstest"
	"github.com/agora-signal-go/signal/server/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start starts a server until the test ends.
func start(t *testing.T, cfg embedded.Config) *embedded.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), natstest.Patience)
	defer cancel()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := embedded.Start(ctx, cfg)
	require.NoError(t, err)
	t.Cleanup(s.Shutdown)
	return s
}

// access returns access to what a server keeps, until the test ends.
func access(t *testing.T, s *embedded.Server, partitions int) *jetstream.Backend {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), natstest.Patience)
	defer cancel()
	b, err := s.Backend(ctx, partitions)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

func TestContract(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) func() backend.Backend {
		s := start(t, embedded.Config{Dir: t.TempDir()})
		return func() backend.Backend { return access(t, s, backendtest.Partitions) }
	})
}

// shared is a backend that several nodes use. Mostly those of an embedded server have it for themselves.
type shared struct{ backend.Backend }

func (shared) Shared() bool { return true }

// TestServer has several servers of one process on what it keeps.
func TestServer(t *testing.T) {
	contract.Run(t, func(t *testing.T) func() backend.Backend {
		s := start(t, embedded.Config{Dir: t.TempDir()})
		return func() backend.Backend { return shared{access(t, s, 8)} }
	})
}
