//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what has to come.
const patience = 10 * time.Second

// asMain makes the test binary the program itself, so that tests have it as a process on a terminal of its own.
const asMain = "CHAT_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A terminal is a pseudo-terminal with chat on it, and what a terminal would show.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	tty    *os.File
	before *term.State
	exited chan error

	mu      sync.Mutex
	screen  *vt.Emulator
	written bytes.Buffer  // all that chat wrote
	changed chan struct{} // closed at the next write
}

// start runs chat on a terminal of that size.
func start(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	return startIn(t, []string{"TERM=xterm-256color", "COLORTERM=truecolor"}, width, height, args...)
}

func startIn(t *testing.T, env []string, width, height int, args ...string) *terminal {
	t.Helper()
	tt := &terminal{t: t, screen: vt.NewEmulator(width, height), changed: make(chan struct{}), exited: make(chan error, 1)}
	self, err := os.Executable()
	require.NoError(t, err)
	tt.cmd = exec.Command(self, args...)
	tt.cmd.Env = append([]string{asMain + "=1", "TZ=UTC", "GORACE=atexit_sleep_ms=0", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, env...)
	var slave *os.File
	tt.tty, slave, err = pty.Open()
	require.NoError(t, err)
	require.NoError(t, pty.Setsize(tt.tty, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
	tt.before, err = term.GetState(slave.Fd())
	require.NoError(t, err)
	tt.cmd.Stdin, tt.cmd.Stdout, tt.cmd.Stderr = slave, slave, slave
	tt.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // standard input is its terminal
	require.NoError(t, tt.cmd.Start())

	var pumps sync.WaitGroup
	pumps.Go(tt.watch)
	pumps.Go(func() { _, _ = io.Copy(tt.tty, tt.screen) }) // what the terminal answers to queries
	go func() { tt.exited <- tt.cmd.Wait() }()
	t.Cleanup(func() {
		_ = tt.cmd.Process.Kill()
		_ = slave.Close() // kept until here, so that the state of the terminal outlives the program
		_ = tt.tty.Close()
		_ = tt.screen.InputPipe().(io.Closer).Close()
		pumps.Wait()
	})
	return tt
}

// watch shows what chat writes.
func (tt *terminal) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := tt.tty.Read(buf)
		tt.mu.Lock()
		tt.written.Write(buf[:n])
		_, _ = tt.screen.Write(buf[:n])
		close(tt.changed)
		tt.changed = make(chan struct{})
		tt.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// rows is what is on the screen now, with the time of day masked.
func (tt *terminal) rows() []string {
	tt.mu.Lock()
	defer tt.mu.Unlock()
	return tt.locked()
}

func (tt *terminal) locked() []string {
	var rows []string
	for y := range tt.screen.Height() {
		var row strings.Builder
		for x := 0; x < tt.screen.Width(); {
			cell := tt.screen.CellAt(x, y)
			row.WriteString(cell.Content)
			x += max(1, cell.Width)
		}
		rows = append(rows, clock().ReplaceAllString(row.String(), "12:34"))
	}
	return rows
}

func clock() *regexp.Regexp { return regexp.MustCompile(`\b[012]\d:[0-5]\d\b`) }

// output is all that chat wrote to its terminal.
func (tt *terminal) output() string {
	tt.mu.Lock()
	defer tt.mu.Unlock()
	return tt.written.String()
}

func (tt *terminal) text() string { return strings.Join(tt.rows(), "\n") }

// until waits until the screen is as wanted.
func (tt *terminal) until(what string, wanted func(screen string) bool) {
	tt.t.Helper()
	deadline := time.After(patience)
	for {
		tt.mu.Lock()
		text, changed := strings.Join(tt.locked(), "\n"), tt.changed
		tt.mu.Unlock()
		if wanted(text) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			require.FailNowf(tt.t, "not on the screen", "%s; the screen is\n%s", what, text)
		}
	}
}

// unwrapped is what the middle of the screen says, in one row each.
func unwrapped(screen string) string {
	var text strings.Builder
	for row := range strings.SplitSeq(screen, "\n") {
		if columns := strings.Split(row, "│"); len(columns) == 3 {
			row = columns[1]
		}
		if more, ok := strings.CutPrefix(row, "       "); ok {
			text.WriteString(" " + strings.TrimSpace(more))
		} else {
			text.WriteString("\n" + strings.TrimSpace(row))
		}
	}
	return text.String()
}

// shows waits until the screen has all these, as they stand there or with the wrapping of the middle undone.
func (tt *terminal) shows(texts ...string) {
	tt.t.Helper()
	for _, text := range texts {
		tt.until(text, func(screen string) bool {
			return strings.Contains(screen, text) || strings.Contains(unwrapped(screen), text)
		})
	}
}

// hides waits until the screen does not have this.
func (tt *terminal) hides(text string) {
	tt.t.Helper()
	tt.until("without "+text, func(screen string) bool { return !strings.Contains(screen, text) })
}

// press types keys, as a terminal sends them.
func (tt *terminal) press(keys string) {
	tt.t.Helper()
	_, err := tt.tty.WriteString(keys)
	require.NoError(tt.t, err)
}

// enter types a line.
func (tt *terminal) enter(line string) {
	tt.t.Helper()
	tt.press(line + "\r")
}

func (tt *terminal) resize(width, height int) {
	tt.t.Helper()
	tt.mu.Lock()
	tt.screen.Resize(width, height)
	tt.mu.Unlock()
	require.NoError(tt.t, pty.Setsize(tt.tty, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
}

// ends waits for the end of chat, and returns its exit status.
func (tt *terminal) ends() int {
	tt.t.Helper()
	select {
	case err := <-tt.exited:
		tt.exited <- err
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			return exit.ExitCode()
		}
		require.NoError(tt.t, err)
		return 0
	case <-time.After(patience):
		require.FailNow(tt.t, "chat does not end", tt.text())
		return -1
	}
}

// Keys as xterm sends them.
const (
	ctrlC  = "\x03"
	ctrlN  = "\x0e"
	ctrlP  = "\x10"
	escape = "\x1b"
	pgUp   = "\x1b[5~"
	pgDown = "\x1b[6~"
	arrow  = "\x1b[A"
)
