package workload_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/bench/internal/peer"
	"github.com/agora-signal-go/signal/bench/internal/roster"
	"github.com/agora-signal-go/signal/bench/internal/workload"
)

// tiny are sizes for a handful of messages.
func tiny() workload.Params {
	p := workload.Short()
	p.For, p.Warm = 20*time.Millisecond, 5*time.Millisecond
	p.Members, p.Base, p.Users, p.Connects, p.ConnectsAtOnce, p.Grow = 5, 2, 4, 6, 3, 4
	return p
}

func start(t *testing.T, name string, c peer.Contender) workload.Workload {
	t.Helper()
	srv, err := c.Serve()
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	w, err := workload.New(name, c, srv.Addr(), tiny())
	require.NoError(t, err)
	t.Cleanup(w.Close)
	require.NoError(t, w.Setup(t.Context()))
	return w
}

func TestEveryContenderDoesEveryWorkload(t *testing.T) {
	for _, c := range roster.All() {
		for _, name := range workload.Names() {
			t.Run(c.Name+" "+name, func(t *testing.T) {
				r, err := start(t, name, c).Run(t.Context())
				require.NoError(t, err)
				assert.Positive(t, r.Units)
				if name == workload.Request1 || name == workload.Rate { // in so little time a busy machine may get nowhere by its end
					assert.Positive(t, r.P50)
					assert.GreaterOrEqual(t, r.P99, r.P50)
				}
			})
		}
	}
}

// How many times Run is called for the parts of each.
func TestGrowth(t *testing.T) {
	ours, err := roster.Find("ours")
	require.NoError(t, err)
	for name, parts := range map[string]int{
		workload.GrowUsers: 5, workload.GrowMembers: 1, workload.GrowChannels: 1, workload.GrowInbox: 3,
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, name, ours)
			for range parts {
				_, err := w.Run(t.Context())
				require.NoError(t, err)
			}
		})
	}
}

func TestUnknownWorkload(t *testing.T) {
	_, err := workload.New("rest", peer.Contender{}, "", tiny())
	assert.ErrorContains(t, err, `"rest"`)
}
