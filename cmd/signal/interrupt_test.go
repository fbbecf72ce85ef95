package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What goes on until it is ended.
var lasting = map[string][]string{
	"watch":   {"watch"},
	"channel": {"channel", "watch", "lobby"},
	"chat":    {"chat", "-c", "lobby"},
	"answer":  {"call", "--answer", "accept"},
	"lines":   {"send", "nobody", "--lines"},
	"input":   {"send", "nobody", "-"},
	"bench":   {"bench", "messages", "--messages", "100000"},
}

// Ctrl-C and SIGTERM end a command in good order: the account is logged out at once, nothing is complained about.
func TestInterrupted(t *testing.T) {
	for name, args := range lasting {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pl := newPlace(t)
			alice := pl.user("alice")
			for s, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
				p := pl.start(append(args, "--account", "bob", "--quiet")...)
				if name == "bench" {
					require.Eventually(t, func() bool { return pl.srv.Stats().Sessions >= 10 }, patience, tick)
				} else {
					require.Eventually(t, func() bool { return online(t, alice, "bob") }, patience, tick)
				}
				p.signal(s)
				require.Empty(t, p.exits(code))
				require.False(t, online(t, alice, "bob"))
				require.Equal(t, 1, pl.srv.Stats().Sessions)
			}
		})
	}
}

// Ctrl-C while nothing answers ends the wait for it, too.
func TestInterruptedLogin(t *testing.T) {
	pl := newPlace(t)
	pl.srv.Stall(true)
	p := pl.start("who", "--timeout", "1m")
	require.Eventually(t, func() bool { return strings.Contains(p.errs.String(), "Still trying to log in") }, patience, tick)
	p.signal(syscall.SIGINT)
	require.Equal(t, 1, strings.Count(p.exits(130), "\n"))

	p = pl.start("doctor", "--timeout", "1m")
	p.await("connected to")
	p.signal(syscall.SIGINT)
	require.Empty(t, p.exits(130))
}

// Where the end in good order is stuck, here because nobody reads the output, the second Ctrl-C ends the process.
func TestInterruptedTwice(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	cmd := pl.command("watch", "--account", "bob", "--json")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 1)) // and no more
	require.NoError(t, err)
	for range 20 { // more than a pipe holds
		require.NoError(t, alice.Send(t.Context(), "bob", strings.Repeat("x", 8000)))
	}
	ended := make(chan int, 1)
	go func() {
		_ = cmd.Wait() // the exit code says it
		ended <- cmd.ProcessState.ExitCode()
	}()
	for {
		require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
		select {
		case code := <-ended:
			require.Equal(t, 130, code)
			return
		case <-time.After(50 * time.Millisecond): // two of them at once are one
		}
	}
}

// When nobody reads the output any more the command ends quietly, as others do, and is logged out.
func TestClosedOutput(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	p := pl.start("watch", "--account", "bob", "--json")
	p.awaitRecord("state")
	require.NoError(t, p.stdout.Close())
	require.NoError(t, alice.Send(t.Context(), "bob", "hello"))
	require.Empty(t, p.exits(141))
	require.False(t, online(t, alice, "bob"))
}
