package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/agora-signal-go/signal/jetstream/embedded"
	"github.com/agora-signal-go/signal/jetstream/natstest"
	"github.com/agora-signal-go/signal/server/backend"
)

// disk mounts a file system of so many bytes.
func disk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, options)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skip("no right to mount a file system")
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Unmount(dir, 0)) })
	return dir
}

// stuff writes a file that leaves so many bytes of the file system of a directory, or as few as there are.
func stuff(t *testing.T, dir string, left int64) string {
	t.Helper()
	var fs unix.Statfs_t
	require.NoError(t, unix.Statfs(dir, &fs))
	name := filepath.Join(dir, "stuff")
	f, err := os.Create(name)
	require.NoError(t, err)
	defer f.Close()
	block := make([]byte, 4096)
	for free := int64(fs.Bavail) * fs.Bsize; free > left; free -= int64(len(block)) {
		if _, err := f.Write(block); err != nil {
			require.ErrorIs(t, err, unix.ENOSPC)
			break
		}
	}
	return name
}

// TestDiskFills: appends fail while there is still room for a snapshot, and with that the journal can be trimmed.
func TestDiskFills(t *testing.T) {
	const reserve = 8 << 20
	dir := disk(t, "size=48m")
	s := start(t, embedded.Config{Dir: dir, Reserve: reserve})
	b := access(t, s, 1)
	positions, err := fill(t, b, 0, 100<<10)
	require.ErrorIs(t, err, backend.ErrFull)
	require.Greater(t, len(positions), 100)
	last := positions[len(positions)-1]
	require.Equal(t, len(positions), count(t, b, 0))
	require.NoError(t, b.Save(t.Context(), 0, last, make([]byte, 1<<20)))
	require.NoError(t, b.Trim(t.Context(), 0, last))
	require.Eventually(t, func() bool { // the blocks of what was trimmed are deleted in the background
		_, err = b.Append(t.Context(), 0, last, "more", make([]byte, 100<<10))
		return err == nil
	}, natstest.Patience, 10*time.Millisecond)
	require.NoError(t, s.Err())
}

// TestDiskIsFull: others take what was in reserve, too, so that writes fail. Nothing that had succeeded is lost, what
// there is can be read, and when there is room again it goes on by itself.
func TestDiskIsFull(t *testing.T) {
	dir := disk(t, "size=32m")
	const record = 100 << 10
	var honest atomic.Bool // from when on no record fits any more
	s, err := embedded.StartBelieving(t.Context(), embedded.Config{Dir: dir, Reserve: 8 << 20, Logger: slog.New(slog.DiscardHandler)},
		func(dir string) (int64, bool) {
			var fs unix.Statfs_t
			if err := unix.Statfs(dir, &fs); err != nil {
				return 0, false
			}
			free := int64(fs.Bavail) * fs.Bsize
			if !honest.Load() {
				honest.Store(free < record-8192)
				return math.MaxInt64, true
			}
			return free, true
		})
	require.NoError(t, err)
	t.Cleanup(s.Shutdown)
	b := access(t, s, 1)
	after, err := b.Append(t.Context(), 0, 0, "first", make([]byte, record))
	require.NoError(t, err)
	name := stuff(t, dir, 1<<20)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // a server that fails to write does not answer
	defer cancel()
	n := 1
	for ; err == nil; n++ {
		var pos uint64
		if pos, err = b.Append(ctx, 0, after, fmt.Sprint(n), make([]byte, record)); err == nil {
			after = pos
		}
	}
	n--
	t.Logf("%d appends, then %v", n, err)
	require.True(t, honest.Load())
	require.Eventually(t, func() bool { return s.Err() != nil }, natstest.Patience, 10*time.Millisecond)
	t.Log(s.Err())
	_, err = b.Append(t.Context(), 0, after, "no", nil)
	require.ErrorIs(t, err, backend.ErrFull)
	require.Equal(t, n, count(t, b, 0))

	require.NoError(t, os.Remove(name))
	var last uint64
	require.Eventually(t, func() bool {
		last, err = b.Append(t.Context(), 0, after, "yes", make([]byte, record))
		return err == nil
	}, natstest.Patience, 10*time.Millisecond, "%v", err)
	require.Eventually(t, func() bool { return s.Err() == nil }, natstest.Patience, 10*time.Millisecond)
	require.Equal(t, n+1, count(t, b, 0))
	_, err = b.Append(t.Context(), 0, last, "more", nil)
	require.NoError(t, err)
}
