package browser

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The programs that are run, each built once.
var (
	signald = sync.OnceValues(func() (string, error) { return build("cmd", "signald") })
	webrtc  = sync.OnceValues(func() (string, error) { return build("examples", "webrtc") })
)

func build(under, name string) (string, error) {
	path := filepath.Join(built, name)
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", path, ".")
	cmd.Dir = filepath.Join("..", "..", under, name)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
}

// A daemon is signald with the page, on a port that it keeps over restarts.
type daemon struct {
	t    *testing.T
	host string // HOST:PORT
	args []string
	env  []string
	cmd  *exec.Cmd
	log  string // a file
}

// startDaemon starts signald. It ends with the test. What begins with SIGNALD_ is a variable of the environment.
func startDaemon(t *testing.T, args ...string) *daemon {
	t.Helper()
	startChromium(t) // else there is no need for a daemon
	d := &daemon{
		t: t, host: fmt.Sprintf("127.0.0.1:%d", lowPort(t)), env: []string{"PATH=" + os.Getenv("PATH")},
		log: filepath.Join(t.TempDir(), "log"),
	}
	for _, arg := range args {
		if strings.HasPrefix(arg, "SIGNALD_") {
			d.env = append(d.env, arg)
		} else {
			d.args = append(d.args, arg)
		}
	}
	t.Cleanup(func() {
		d.stop(syscall.SIGKILL)
		if t.Failed() {
			text, _ := os.ReadFile(d.log)
			t.Logf("log of the daemon:\n%s", text)
		}
	})
	d.start()
	return d
}

// start starts the process and waits until it is ready.
func (d *daemon) start() {
	d.t.Helper()
	path, err := signald()
	require.NoError(d.t, err)
	d.cmd = exec.CommandContext(context.Background(), path, append([]string{"-addr", d.host, "-admin-addr", "", "-demo"}, d.args...)...)
	d.cmd.Env = d.env
	log, err := os.OpenFile(d.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(d.t, err)
	defer func() { require.NoError(d.t, log.Close()) }()
	d.cmd.Stderr = log
	out, err := d.cmd.StdoutPipe()
	require.NoError(d.t, err)
	require.NoError(d.t, d.cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(d.t, err, "it does not become ready")
	require.Contains(d.t, line, "ws://"+d.host+"/")
}

// stop ends the process by a signal. Ended already, nothing happens.
func (d *daemon) stop(signal syscall.Signal) {
	d.t.Helper()
	if d.cmd == nil || d.cmd.Process == nil {
		return
	}
	require.NoError(d.t, d.cmd.Process.Signal(signal))
	killed := time.AfterFunc(patience, func() { _ = d.cmd.Process.Kill() })
	_ = d.cmd.Wait() // how it ended is no matter here
	killed.Stop()
	d.cmd = nil
}

// lowPort returns a port that is free, and of those that no system gives to connections by itself: a daemon that comes
// again finds it free again.
func lowPort(t *testing.T) int {
	t.Helper()
	const first, many = 20000, 12000
	for range 1000 {
		port := first + rand.IntN(many)
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			require.NoError(t, l.Close())
			return port
		}
	}
	require.Fail(t, "there is no port")
	return 0
}
