package embedded_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/jetstream/embedded"
	"github.com/agora-signal-go/signal/server/backend"
)

// fill appends records of n bytes until one fails. It returns the positions, and why it ended.
func fill(t *testing.T, b *jetstream.Backend, after uint64, n int) ([]uint64, error) {
	t.Helper()
	var positions []uint64
	for i := 0; ; i++ {
		pos, err := b.Append(t.Context(), 0, after, fmt.Sprint(i), make([]byte, n))
		if err != nil {
			return positions, err
		}
		positions, after = append(positions, pos), pos
	}
}

func count(t *testing.T, b *jetstream.Backend, after uint64) int {
	t.Helper()
	n := 0
	require.NoError(t, b.Read(t.Context(), 0, after, func(uint64, []byte) error {
		n++
		return nil
	}))
	return n
}

func TestConfigErrors(t *testing.T) {
	for _, cfg := range []embedded.Config{
		{},
		{Dir: t.TempDir(), MaxBytes: -1},
		{Dir: t.TempDir(), Reserve: -1},
		{Dir: t.TempDir(), SyncInterval: -1},
		{Dir: "/dev/null/x"},
	} {
		_, err := embedded.Start(t.Context(), cfg)
		require.ErrorContains(t, err, "embedded: ")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := embedded.Start(ctx, embedded.Config{Dir: t.TempDir()})
	require.ErrorIs(t, err, context.Canceled)
}

func TestOneProcessPerDirectory(t *testing.T) {
	dir := t.TempDir()
	s := start(t, embedded.Config{Dir: dir})
	_, err := embedded.Start(t.Context(), embedded.Config{Dir: dir})
	require.ErrorContains(t, err, "another process uses it")
	s.Shutdown()
	s.Shutdown()
	require.Error(t, s.Err())
	_, err = s.InProcessConn()
	require.Error(t, err)
	start(t, embedded.Config{Dir: dir})
}

func TestPrivate(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o777))
	start(t, embedded.Config{Dir: dir})
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestRestart(t *testing.T) {
	for _, always := range []bool{false, true} {
		t.Run(fmt.Sprintf("SyncAlways=%t", always), func(t *testing.T) {
			cfg := embedded.Config{Dir: t.TempDir(), SyncAlways: always, SyncInterval: time.Hour}
			var after uint64
			for range 3 {
				s := start(t, cfg)
				b := access(t, s, 3)
				assert.False(t, b.Shared())
				pos, err := b.Append(t.Context(), 0, after, "id", []byte("x"))
				require.NoError(t, err)
				after = pos
				require.NoError(t, b.Close())
				s.Shutdown()
			}
			b := access(t, start(t, cfg), 0)
			assert.Equal(t, 3, b.Partitions())
			assert.Equal(t, 3, count(t, b, 0))
		})
	}
}

// TestQuota: when the quota is reached appends fail, a snapshot still has room, and with that the journal can be trimmed.
func TestQuota(t *testing.T) {
	s := start(t, embedded.Config{Dir: t.TempDir(), MaxBytes: 8 << 20})
	b := access(t, s, 1)
	positions, err := fill(t, b, 0, 100<<10)
	require.ErrorIs(t, err, backend.ErrFull)
	assert.InDelta(t, 6<<20/(100<<10), len(positions), 2)
	last := positions[len(positions)-1]
	assert.Equal(t, len(positions), count(t, b, 0))
	require.ErrorIs(t, b.Save(t.Context(), 0, last, make([]byte, 4<<20)), backend.ErrFull)
	require.NoError(t, b.Save(t.Context(), 0, last, make([]byte, 1<<20)))
	require.NoError(t, b.Trim(t.Context(), 0, last))
	more, err := fill(t, b, last, 100<<10)
	require.ErrorIs(t, err, backend.ErrFull)
	assert.Greater(t, len(more), 40)
	require.NoError(t, s.Err())
}
