package signal_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// A loop over Events may end while events wait for it that belong to nothing, as those of calls do.
func TestLoopEndsWithUnreadEvents(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	client, err := signal.Dial(t.Context(), "app", "alice", signal.WithServer(srv.URL))
	require.NoError(t, err)
	defer client.Close(context.Background())
	next, stop := iter.Pull2(client.Events(t.Context()))
	_, err, ok := next()
	require.NoError(t, err)
	require.True(t, ok)

	bob, err := signal.Dial(t.Context(), "app", "bob", signal.WithServer(srv.URL))
	require.NoError(t, err)
	defer bob.Close(context.Background())
	call, err := client.Invite(t.Context(), "bob", signal.CallOptions{})
	require.NoError(t, err)
	<-call.Ringing()
	assert.NotPanics(t, stop)
}
