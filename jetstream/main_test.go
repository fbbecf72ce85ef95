package jetstream_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/backendtest"
	"github.com/agora-signal-go/signal/internal/contract"
	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/jetstream/natstest"
	"github.com/agora-signal-go/signal/server/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connect connects until the test ends.
func connect(t *testing.T, cfg jetstream.Config) *jetstream.Backend {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), natstest.Patience)
	defer cancel()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	b, err := jetstream.Connect(ctx, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// TestContract runs on a cluster of three servers, each record on all of them. Its nodes connect to one server each.
func TestContract(t *testing.T) {
	c := natstest.StartCluster(t, 3)
	var deployments, nodes atomic.Int64
	backendtest.Run(t, func(t *testing.T) func() backend.Backend {
		cfg := c.Config(fmt.Sprintf("contract-%d", deployments.Add(1)))
		cfg.Partitions, cfg.Streams = backendtest.Partitions, 2
		t.Cleanup(func() { remove(t, c, cfg.Name) })
		return func() backend.Backend {
			cfg := cfg
			cfg.URLs = []string{c.URL(int(nodes.Add(1)) % 3)}
			return connect(t, cfg)
		}
	})
}

// remove deletes the streams of a deployment, so that the cluster has no more of them than one test needs.
func remove(t *testing.T, c *natstest.Cluster, name string) {
	t.Helper()
	nc, js := client(t, c)
	defer nc.Close()
	ctx, cancel := context.WithTimeout(context.Background(), natstest.Patience)
	defer cancel()
	for stream := range js.StreamNames(ctx).Name() {
		if strings.HasPrefix(stream, "SIGNAL_"+name) {
			require.NoError(t, js.DeleteStream(ctx, stream))
		}
	}
}

// TestServer has servers on such a cluster.
func TestServer(t *testing.T) {
	c := natstest.StartCluster(t, 3)
	var deployments, nodes atomic.Int64
	contract.Run(t, func(t *testing.T) func() backend.Backend {
		cfg := c.Config(fmt.Sprintf("server-%d", deployments.Add(1)))
		cfg.Partitions, cfg.Streams = 8, 2
		t.Cleanup(func() { remove(t, c, cfg.Name) })
		return func() backend.Backend {
			cfg := cfg
			cfg.URLs = []string{c.URL(int(nodes.Add(1)) % 3)}
			return connect(t, cfg)
		}
	})
}
