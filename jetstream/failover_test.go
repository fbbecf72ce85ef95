package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream/natstest"
	"github.com/agora-signal-go/signal/server/backend"
)

// TestFailover stops, one after the other, the servers that lead the journals' stream, while appends are made to two
// partitions and repeated until something is known. None may be lost, none be there twice, and the order stays.
func TestFailover(t *testing.T) {
	c := natstest.StartCluster(t, 3)
	cfg := c.Config("failover")
	cfg.Partitions, cfg.Streams, cfg.Timeout = 2, 1, time.Second
	b := connect(t, cfg)

	quit := make(chan struct{})
	reached := make(chan struct{}, 1)
	var appended [2][]string
	var wg sync.WaitGroup
	for p := range appended {
		wg.Go(func() {
			var after uint64
			for i := 0; ; i++ {
				select {
				case <-quit:
					return
				default:
				}
				id := fmt.Sprintf("%d-%d", p, i)
				pos, err := persist(t.Context(), b, p, after, id)
				if !assert.NoError(t, err, "record %s behind %d", id, after) || !assert.Greater(t, pos, after) {
					return
				}
				after = pos
				appended[p] = append(appended[p], id)
				select {
				case reached <- struct{}{}:
				default:
				}
			}
		})
	}
	more := func() { // some appends have begun and ended since
		for range 200 {
			select {
			case <-reached:
			case <-time.After(natstest.Patience):
				require.Fail(t, "no append succeeds")
			}
		}
	}
	more()
	for range 3 {
		leader := c.StreamLeader("SIGNAL_failover_0")
		c.Kill(leader)
		more()
		c.Restart(leader)
		c.WaitReady()
		more()
	}
	close(quit)
	wg.Wait()
	for p, want := range appended {
		var got []string
		require.NoError(t, b.Read(t.Context(), p, 0, func(_ uint64, data []byte) error {
			got = append(got, string(data))
			return nil
		}))
		require.Equal(t, want, got)
	}
	stats := b.Stats()[0]
	t.Logf("%d appends: %v, longest %v", stats.Calls, stats.Errors, stats.Max)
}

// persist appends until it is known what came of it.
func persist(ctx context.Context, b backend.Backend, partition int, after uint64, id string) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, natstest.Patience)
	defer cancel()
	for {
		pos, err := b.Append(ctx, partition, after, id, []byte(id))
		if !errors.Is(err, backend.ErrUnavailable) {
			return pos, err
		}
		select {
		case <-ctx.Done():
			return 0, err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestMajority: without one nothing is appended and all is told so; with one again it goes on.
func TestMajority(t *testing.T) {
	c := natstest.StartCluster(t, 3)
	cfg := c.Config("majority")
	cfg.Partitions, cfg.Streams, cfg.Timeout = 2, 1, time.Second
	b := connect(t, cfg)
	pos, err := persist(t.Context(), b, 0, 0, "first")
	require.NoError(t, err)
	require.NoError(t, b.Save(t.Context(), 0, pos, []byte("state")))

	c.Kill(0)
	c.Kill(1)
	require.Eventually(t, func() bool {
		_, err := b.Append(t.Context(), 0, pos, "second", []byte("second"))
		return errors.Is(err, backend.ErrUnavailable)
	}, natstest.Patience, 10*time.Millisecond)
	c.Kill(2)
	require.Eventually(t, func() bool { return errors.Is(b.Err(), backend.ErrUnavailable) }, natstest.Patience, 10*time.Millisecond)
	require.ErrorIs(t, b.Publish("s", nil), backend.ErrUnavailable, "nothing is kept for later")
	_, _, err = b.Load(t.Context(), 0)
	require.ErrorIs(t, err, backend.ErrUnavailable)
	require.ErrorIs(t, b.Read(t.Context(), 0, 0, func(uint64, []byte) error { return nil }), backend.ErrUnavailable)

	for i := range 3 {
		c.Restart(i)
	}
	c.WaitReady()
	second, err := persist(t.Context(), b, 0, pos, "second")
	require.NoError(t, err)
	require.NoError(t, b.Err())
	var got []string
	require.NoError(t, b.Read(t.Context(), 0, 0, func(_ uint64, data []byte) error {
		got = append(got, string(data))
		return nil
	}))
	assert.Equal(t, []string{"first", "second"}, got)
	assert.Greater(t, second, pos)
}
