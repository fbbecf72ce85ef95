package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

// A terminal is a command with a terminal of its own for input and output, and what is seen there.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	pty    *os.File
	screen *text
	exited chan struct{}
}

// open begins a command at a terminal. It is ended with the test.
func (pl *place) open(args ...string) *terminal {
	t := pl.t
	t.Helper()
	cmd := pl.command(args...)
	cmd.Env = append(cmd.Env, "TERM=xterm")
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 100})
	require.NoError(t, err)
	term := &terminal{t: t, cmd: cmd, pty: master, screen: new(text), exited: make(chan struct{})}
	read := make(chan struct{})
	go func() {
		defer close(read)
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			_, _ = term.screen.Write(b[:n])
			if err != nil { // the process has gone
				return
			}
		}
	}()
	go func() {
		defer close(term.exited)
		_ = cmd.Wait() // the exit code says it
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-term.exited
		_ = master.Close()
		<-read
		if t.Failed() {
			t.Logf("%q on the screen:\n%q", args, term.screen.String())
		}
	})
	return term
}

// sees waits until something is on the screen.
func (term *terminal) sees(what string) {
	term.t.Helper()
	require.Eventually(term.t, func() bool { return strings.Contains(term.screen.String(), what) }, patience, tick, "%q", what)
}

// types presses keys.
func (term *terminal) types(keys string) {
	term.t.Helper()
	_, err := term.pty.WriteString(keys)
	require.NoError(term.t, err)
}

// exits waits for the end and checks its code.
func (term *terminal) exits(code int) {
	term.t.Helper()
	select {
	case <-term.exited:
	case <-time.After(patience):
		require.Fail(term.t, "the process does not end")
	}
	require.Equal(term.t, code, term.cmd.ProcessState.ExitCode())
}

// On a terminal there are colours, unless somebody does not want them; elsewhere, and in JSON, there are none.
func TestColours(t *testing.T) {
	pl := newPlace(t)
	const green = "\x1b[32monline"
	pl.user("alice")
	term := pl.open("who", "alice")
	term.exits(0)
	term.sees(green)
	for _, args := range [][]string{{"NO_COLOR=1", "who", "alice"}, {"who", "alice", "--json"}} {
		term := pl.open(args...)
		term.exits(0)
		term.sees("alice")
		require.NotContains(t, term.screen.String(), "\x1b")
	}
	require.Equal(t, "alice online\n", pl.run("who", "alice").ok())
}

// What others have written does not steer the terminal; what is piped on is as it was.
func TestTerminalIsNotSteered(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	const value = "red \x1b[31m\nand on"
	require.NoError(t, alice.SetAttr(t.Context(), "mood", value))
	term := pl.open("attr", "get", "mood", "--of", "alice")
	term.exits(0)
	term.sees("red \\x1b[31m\r\nand on")
	require.NotContains(t, term.screen.String(), "\x1b")
	require.Equal(t, value+"\n", pl.run("attr", "get", "mood", "--of", "alice").ok())
}

// A certificate is asked for without being shown.
func TestCertificateIsAskedFor(t *testing.T) {
	pl := nowhere(t)
	term := pl.open("token", "make", "alice", "--app", "my-app")
	term.sees("certificate of my-app: ")
	term.types("s3cr3t-certificate\r")
	term.exits(0)
	term.sees("1:my-app:")
	require.NotContains(t, term.screen.String(), "s3cr3t")

	term = pl.open("context", "add", "a", "--token-file", "-")
	term.sees("token: ")
	term.types("1:app:1:00000000000000000000000000000000\r")
	term.exits(0)
	term.sees("********000")

	term = pl.open("token", "make", "alice")
	term.sees("certificate of app: ")
	term.types("\x03") // Ctrl-C
	term.exits(130)
}

// Where nothing is piped in, a text that is missing is not waited for.
func TestNothingIsTyped(t *testing.T) {
	pl := newPlace(t)
	for _, args := range [][]string{{"send", "bob"}, {"attr", "set", "mood"}, {"channel", "attr", "set", "lobby", "topic"}} {
		term := pl.open(args...)
		term.exits(exitUsage)
		term.sees("in the input")
	}
}
