package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream/embedded"
	"github.com/agora-signal-go/signal/jetstream/natstest"
)

const childDir = "SIGNAL_TEST_DIR" // set where the test binary is the child that is killed

// TestKill kills a process that appends, again and again. What it said was appended is there.
func TestKill(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	dir := t.TempDir()
	known := 0
	for _, n := range []int{1, 300, 700} {
		said := killed(t, dir, n)
		s := start(t, embedded.Config{Dir: dir})
		b := access(t, s, 0)
		var got int
		require.NoError(t, b.Read(t.Context(), 0, 0, func(_ uint64, data []byte) error {
			if want := fmt.Sprint(got); string(data) != want {
				return fmt.Errorf("record %q, want %q", data, want)
			}
			got++
			return nil
		}))
		assert.GreaterOrEqual(t, got, known+said)
		assert.LessOrEqual(t, got, known+said+1, "the one that it was at, perhaps")
		known = got
		require.NoError(t, b.Close())
		s.Shutdown()
	}
}

// killed runs a child on a directory until it has appended n records, kills it, and returns how many it had appended.
func killed(t *testing.T, dir string, n int) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*natstest.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKill$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	said := 0
	for lines.Scan() {
		if said++; said == n {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	require.GreaterOrEqual(t, said, n, "it ended by itself")
	return said
}

// child appends until it is killed, and writes a line for each append that has succeeded.
func child(dir string) {
	err := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), natstest.Patience)
		defer cancel()
		s, err := embedded.Start(ctx, embedded.Config{Dir: dir, SyncInterval: time.Hour, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		b, err := s.Backend(ctx, 1)
		if err != nil {
			return err
		}
		var after uint64
		n := 0
		if err := b.Read(ctx, 0, 0, func(pos uint64, _ []byte) error {
			after = pos
			n++
			return nil
		}); err != nil {
			return err
		}
		for ; ctx.Err() == nil; n++ {
			pos, err := b.Append(ctx, 0, after, fmt.Sprint(n), []byte(fmt.Sprint(n)))
			if err != nil {
				return err
			}
			after = pos
			if _, err := fmt.Println(n); err != nil {
				return err
			}
		}
		return errors.New("nobody killed it")
	}()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
