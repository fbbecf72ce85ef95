package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

const (
	patience = 20 * time.Second     // for what is wrong if it does not come
	tick     = 5 * time.Millisecond // between looks
)

// built is where the command is.
var built string

// TestMain builds the command, and sees that no goroutine is left.
func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "signal")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built = filepath.Join(dir, "signal")
	args := []string{"build", "-o", built}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// A place is where a test works: a server, and a place for the configuration.
type place struct {
	t   *testing.T
	srv *signaltest.Server
	env []string
}

// newPlace returns one with a server of its own.
func newPlace(t *testing.T, opts ...server.Option) *place {
	t.Helper()
	pl := nowhere(t)
	pl.srv = signaltest.NewServer(t, opts...)
	pl.env = append(pl.env, "SIGNAL_SERVER="+pl.srv.URL)
	return pl
}

// nowhere returns a place without a server.
func nowhere(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	return &place{t: t, env: []string{
		"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "SIGNAL_CONFIG=" + filepath.Join(dir, "config.json"), "SIGNAL_APP=app", "GORACE=halt_on_error=1 atexit_sleep_ms=0",
	}}
}

// command returns a call of the command. Variables stand before its arguments, as NAME=VALUE.
func (pl *place) command(args ...string) *exec.Cmd {
	pl.t.Helper()
	n := slices.IndexFunc(args, func(arg string) bool { return !isVariable(arg) })
	if n < 0 {
		n = len(args)
	}
	cmd := exec.CommandContext(pl.t.Context(), built, args[n:]...)
	cmd.Env = append(slices.Clone(pl.env), args[:n]...)
	cmd.Dir = pl.t.TempDir()
	return cmd
}

func isVariable(arg string) bool {
	name, _, ok := strings.Cut(arg, "=")
	return ok && name == strings.ToUpper(name)
}

// An outcome is what a call that has ended leaves.
type outcome struct {
	t        *testing.T
	args     []string
	code     int
	out, err string
}

// run calls the command, with nothing to read.
func (pl *place) run(args ...string) outcome { return pl.runWith("", args...) }

// runWith calls the command with something piped in.
func (pl *place) runWith(input string, args ...string) outcome {
	pl.t.Helper()
	cmd := pl.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		require.NoError(pl.t, err)
	}
	return outcome{pl.t, args, cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// ok checks that all went well, and returns what was written.
func (o outcome) ok() string {
	o.t.Helper()
	require.Equal(o.t, 0, o.code, "%q\n%s%s", o.args, o.out, o.err)
	return o.out
}

// fails checks how it failed, and that one line says why.
func (o outcome) fails(code int, why string) {
	o.t.Helper()
	require.Equal(o.t, code, o.code, "%q\n%s%s", o.args, o.out, o.err)
	require.Equal(o.t, 1, strings.Count(o.err, "\n"), "%q\n%s", o.args, o.err)
	require.Contains(o.t, o.err, why, "%q", o.args)
}

// records reads what --json wrote.
func (o outcome) records() []map[string]any {
	o.t.Helper()
	return parse(o.t, o.ok())
}

// record is records where there is one.
func (o outcome) record() map[string]any {
	o.t.Helper()
	all := o.records()
	require.Len(o.t, all, 1, "%s", o.out)
	return all[0]
}

// parse reads one JSON object of each line.
func parse(t *testing.T, text string) (records []map[string]any) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if line != "" {
			records = append(records, object(t, line))
		}
	}
	return records
}

func object(t *testing.T, line string) (o map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(line), &o), "%q", line)
	return o
}

// A process is a command that goes on until it is ended.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *os.File // closed by quit
	lines  chan string
	errs   *text // on stderr
	exited chan struct{}
}

// A text is written by one goroutine and read by another.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start begins one. It is ended with the test.
func (pl *place) start(args ...string) *process {
	t := pl.t
	t.Helper()
	p := &process{t: t, cmd: pl.command(args...), lines: make(chan string, 1000), errs: new(text), exited: make(chan struct{})}
	p.cmd.Stderr = p.errs
	var err error
	p.stdin, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	read, write, err := os.Pipe()
	require.NoError(t, err)
	p.stdout, p.cmd.Stdout = read, write
	require.NoError(t, p.cmd.Start())
	require.NoError(t, write.Close())
	go func() {
		defer close(p.lines)
		for scan := bufio.NewScanner(read); scan.Scan(); {
			p.lines <- scan.Text()
		}
	}()
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // the exit code says it
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
		_ = read.Close()
		for range p.lines { // until it is closed
		}
		if t.Failed() {
			t.Logf("%q on stderr:\n%s", args, p.errs.String())
		}
	})
	return p
}

// await reads on until a line holds a text.
func (p *process) await(text string) string {
	p.t.Helper()
	var before []string
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			require.True(p.t, ok, "%q was not written, but %q", text, before)
			if strings.Contains(line, text) {
				return line
			}
			before = append(before, line)
		case <-timeout:
			require.FailNow(p.t, "not written", "%q, but %q", text, before)
		}
	}
}

// awaitRecord reads on until an event of a kind.
func (p *process) awaitRecord(event string) map[string]any {
	p.t.Helper()
	return object(p.t, p.await(`"event":"`+event+`"`))
}

func (p *process) write(text string) {
	p.t.Helper()
	_, err := io.WriteString(p.stdin, text)
	require.NoError(p.t, err)
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// exits waits for the end, checks its code and returns what was written to stderr.
func (p *process) exits(code int) string {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		require.Fail(p.t, "the process does not end")
	}
	require.Equal(p.t, code, p.cmd.ProcessState.ExitCode(), "%s", p.errs.String())
	return p.errs.String()
}

// user logs in to the place's server.
func (pl *place) user(account string, opts ...signal.Option) *signal.Client {
	pl.t.Helper()
	c, err := signal.Dial(pl.t.Context(), "app", account, append([]signal.Option{signal.WithServer(pl.srv.URL)}, opts...)...)
	require.NoError(pl.t, err)
	pl.t.Cleanup(func() { _ = closeClient(pl.t.Context(), c) })
	return c
}

// online reports whether an account is logged in.
func online(t *testing.T, c *signal.Client, account string) bool {
	t.Helper()
	is, err := c.Online(t.Context(), account)
	require.NoError(t, err)
	return is
}

// message waits for the next one to an account.
func message(t *testing.T, c *signal.Client) signal.Message {
	t.Helper()
	for m, err := range c.Messages(t.Context()) {
		require.NoError(t, err)
		return m
	}
	require.Fail(t, "no message")
	return signal.Message{}
}
