package jetstream_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream/natstest"
)

// client is an operator's.
func client(t *testing.T, c *natstest.Cluster) (*nats.Conn, js.JetStream) {
	t.Helper()
	nc, err := nats.Connect(strings.Join(c.URLs(), ","), nats.MaxReconnects(-1))
	require.NoError(t, err)
	api, err := js.New(nc)
	require.NoError(t, err)
	return nc, api
}
