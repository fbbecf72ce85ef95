//go:build load

package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// A disk that others fill to the last byte, under load: calls are refused, nothing is damaged, sessions live; when there is
// room again everything goes on by itself.
func TestKilledByFullDisk(t *testing.T) {
	t.Parallel()
	const users, full = 20, 4 * time.Second // long enough for the daemon to look at its disk
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=192m"); err != nil {
		t.Skip("it takes a privilege to mount a disk that is small: ", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(disk, 0)) })
	p := spawn(t, "-data", filepath.Join(disk, "data"), "-partitions", "4")
	at := signal.WithServer("ws://" + p.ws + "/")
	c, keeper := gather(t, users, 100*time.Millisecond, at), newKeeper(t, at)
	for range 2 {
		c.talk()
		c.serves("before the disk is full")
		keeper.sets(t)
		ballast := filepath.Join(disk, "ballast")
		fillDisk(t, ballast)
		failed := c.failures()
		require.Eventually(t, func() bool { return c.failures() > failed+users }, slowly, 10*time.Millisecond, "nothing is refused")
		lasts(full)
		require.NoError(t, os.Remove(ballast))
		c.serves("after there is room again")
	}
	c.settle()
	t.Logf("a full disk: %d users: %v", users, c.check())
}

// fillDisk writes a file until there is no room for a byte more.
func fillDisk(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	require.NoError(t, err)
	defer func() { assert.NoError(t, f.Close()) }()
	for block := make([]byte, 1<<20); len(block) > 0; {
		switch _, err := f.Write(block); {
		case errors.Is(err, syscall.ENOSPC):
			block = block[:len(block)/2]
		default:
			require.NoError(t, err)
		}
	}
}
