package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	"github.com/agora-signal-go/signal/internal/recorder"
)

const patience = 20 * time.Second // for what is wrong if it does not come

// TestMain makes a place for the daemon that the tests drive, and sees that no goroutine is left.
func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "signald")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built = filepath.Join(dir, "signald")
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// built is where the daemon is once binary has been called.
var built string

// binary builds the daemon, once, and not for those who need none: a fuzz target starts many processes.
var binary = sync.OnceValues(func() (string, error) {
	args := []string{"build", "-o", built}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return built, nil
})

// command returns a call of the daemon with an environment of its own, variables as NAME=VALUE before the flags.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	n := 0
	for n < len(args) && strings.HasPrefix(args[n], "SIGNALD_") {
		n++
	}
	daemon, err := binary()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), daemon, args[n:]...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "GORACE=halt_on_error=1"}, args[:n]...)
	return cmd
}

// A process is a daemon that runs.
type process struct {
	t         *testing.T
	cmd       *exec.Cmd
	line      string // that it printed when it was ready
	ready     time.Duration
	ws, wss   string // HOST:PORT
	admin     string // HOST:PORT, "" when it is off
	log       *logbook
	exited    chan struct{}
	exitCode  int
	moreLines []string // on stdout
}

// spawn starts a daemon that is to become ready. It is ended with the test. Settings that the test does not give
// make it find free ports.
func spawn(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := command(t, args...)
	cmd.Env = append([]string{"SIGNALD_ADDR=127.0.0.1:0"}, cmd.Env...)
	p := &process{t: t, cmd: cmd, log: newLogbook(), exited: make(chan struct{})}
	cmd.Stderr = p.log
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, cmd.Start())
	lines := make(chan string, 100)
	go func() {
		defer close(p.exited)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			lines <- scan.Text()
		}
		close(lines)
		_ = cmd.Wait() // the exit code says it
		for line := range lines {
			p.moreLines = append(p.moreLines, line)
		}
		p.exitCode = cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("log of the daemon:\n%s", p.log.all())
		}
	})
	select {
	case p.line = <-lines:
	case <-time.After(slowly): // with NATS it may take that
	}
	p.ready = time.Since(began)
	found := regexp.MustCompile(`^listening ws=ws://(\S+)/ http=http://(\S+?)(?: wss=wss://(\S+)/)?$`).FindStringSubmatch(p.line)
	require.NotNil(t, found, "line %q, log:\n%s", p.line, p.log.all())
	require.Equal(t, found[1], found[2])
	p.ws, p.wss = found[1], found[3]
	ready := p.log.await(t, `msg"?[=:]"?ready`)
	if m := regexp.MustCompile(`admin-addr"?[=:]"?([0-9.:]+)`).FindStringSubmatch(ready); m != nil {
		p.admin = m[1]
	}
	return p
}

// signal sends a signal.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// exits waits for the end and checks its code.
func (p *process) exits(code int) {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		require.Fail(p.t, "the daemon does not end")
	}
	require.Equal(p.t, code, p.exitCode)
	require.Empty(p.t, p.moreLines, "one line on stdout is all")
}

// get asks by HTTP.
func get(t *testing.T, url string, header ...string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// A user is a client and what it heard.
type user struct {
	*signal.API
	*recorder.Recorder
}

// visitor returns a client that is not logged in.
func visitor(t *testing.T, opts ...signal.Option) user {
	t.Helper()
	u := user{signal.New("app", opts...), recorder.New()}
	u.CallbackSet(u.Recorder)
	t.Cleanup(u.Destroy)
	return u
}

// loggedIn returns a client that is logged in to the daemon.
func loggedIn(t *testing.T, account string, opts ...signal.Option) user {
	t.Helper()
	u := visitor(t, opts...)
	u.Login("app", account, signal.NoToken, 0, "")
	u.Expect(t, "OnLoginSuccess")
	return u
}

// A logbook is what a daemon wrote to stderr.
type logbook struct {
	mu      sync.Mutex
	text    bytes.Buffer
	read    int // of text, what await has seen
	changed chan struct{}
}

func newLogbook() *logbook { return &logbook{changed: make(chan struct{})} }

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
	return l.text.Write(p)
}

func (l *logbook) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await reads on until a line matches.
func (l *logbook) await(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		l.mu.Lock()
		for {
			line, _, whole := strings.Cut(l.text.String()[l.read:], "\n")
			if !whole {
				break
			}
			l.read += len(line) + 1
			if re.MatchString(line) {
				l.mu.Unlock()
				return line
			}
		}
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-changed:
		case <-timeout.C:
			require.Failf(t, "not in the log", "%s:\n%s", pattern, l.all())
		}
	}
}

// write puts a file into a directory of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	rewrite(t, path, text)
	return path
}

// rewrite replaces a file as careful people do: at once.
func rewrite(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

// taken returns an address that somebody listens on.
func taken(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}
