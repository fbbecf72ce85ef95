//go:build load && unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// clientURL names the server to a test binary that is to be a client process and nothing else.
const clientURL = "SIGNALD_TEST_CLIENT"

// TestClientProcess is a client in a process of its own: it takes commands on stdin, a JSON array each, and reports its
// callbacks on stdout, a JSON object each. It is started by startClient.
func TestClientProcess(t *testing.T) {
	url := os.Getenv(clientURL)
	if url == "" {
		return // of the tests themselves
	}
	var mu sync.Mutex
	out := json.NewEncoder(os.Stdout)
	heard := recorder.New()
	heard.Hook(func(c recorder.Call) {
		mu.Lock()
		defer mu.Unlock()
		_ = out.Encode(c) // a reader that is gone ends stdin as well
	})
	api := signal.New("app", signal.WithServer(url))
	defer api.Destroy()
	api.CallbackSet(heard)
	for scan := bufio.NewScanner(os.Stdin); scan.Scan(); {
		var c []string
		require.NoError(t, json.Unmarshal(scan.Bytes(), &c))
		obey(t, api, c)
	}
}

func obey(t *testing.T, api *signal.API, c []string) {
	t.Helper()
	switch c[0] {
	case "login":
		api.Login("app", c[1], signal.NoToken, 0, "")
	case "set":
		api.SetAttr(c[1], c[2])
	case "get":
		api.GetAttr(c[1])
	case "join":
		api.ChannelJoin(c[1])
	case "send":
		api.MessageInstantSend(c[1], 0, c[2], c[2])
	case "invite":
		api.ChannelInviteUser(c[1], c[2], 0)
	case "accept":
		api.ChannelInviteAccept(c[1], c[2], 0, "")
	default:
		require.Fail(t, "no such command", c)
	}
}

// A client is a client process and what it reported.
type client struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer

	mu      sync.Mutex
	calls   []recorder.Call
	next    int
	changed chan struct{}
}

// startClient starts a client process. It is killed with the test.
func startClient(t *testing.T, p *process) *client {
	t.Helper()
	c := &client{t: t, changed: make(chan struct{})}
	c.cmd = exec.Command(os.Args[0], "-test.run", "^TestClientProcess$")
	c.cmd.Env = append(os.Environ(), clientURL+"=ws://"+p.ws+"/")
	in, err := c.cmd.StdinPipe()
	require.NoError(t, err)
	c.in = in
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	read := make(chan struct{})
	go func() {
		defer close(read)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			var call recorder.Call
			if json.Unmarshal(scan.Bytes(), &call) == nil && call.Name != "OnLog" {
				c.heard(call)
			}
		}
	}()
	t.Cleanup(func() {
		c.kill()
		<-read
		_ = c.cmd.Wait() // it was killed
	})
	return c
}

func (c *client) heard(call recorder.Call) {
	for i, a := range call.Args {
		if n, ok := a.(float64); ok {
			call.Args[i] = int(n)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call)
	close(c.changed)
	c.changed = make(chan struct{})
}

// do gives a command.
func (c *client) do(command ...string) {
	c.t.Helper()
	line, err := json.Marshal(command)
	require.NoError(c.t, err)
	_, err = c.in.Write(append(line, '\n'))
	require.NoError(c.t, err)
}

// await reads on until a callback has that name and begins with those arguments.
func (c *client) await(within time.Duration, name string, args ...any) recorder.Call {
	c.t.Helper()
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		c.mu.Lock()
		for c.next < len(c.calls) {
			call := c.calls[c.next]
			c.next++
			if call.Is(name, args...) {
				c.mu.Unlock()
				return call
			}
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-late.C:
			require.Failf(c.t, "did not come", "%v; came: %v", recorder.Call{Name: name, Args: args}, c.all())
		}
	}
}

func (c *client) all() []recorder.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]recorder.Call(nil), c.calls...)
}

func (c *client) login(account string) {
	c.t.Helper()
	c.do("login", account)
	c.await(patience, "OnLoginSuccess")
}

// short makes the session live as briefly as it may without a socket.
func (c *client) short() {
	c.t.Helper()
	c.do("set", "_conn_timeout", "20")
	c.do("get", "_conn_timeout")
	c.await(patience, "OnUserAttrResult", recorder.Any, "_conn_timeout", "20")
}

func (c *client) signal(s syscall.Signal) {
	c.t.Helper()
	require.NoError(c.t, c.cmd.Process.Signal(s))
}

func (c *client) kill() { _ = c.cmd.Process.Kill() } // fails only when it is dead

// received returns the instant messages of account that came, as numbers.
func received(calls []recorder.Call, account string) (numbers []int) {
	for _, c := range calls {
		if c.Is("OnMessageInstantReceive", account) {
			n, err := strconv.Atoi(fmt.Sprint(c.Args[2]))
			if err != nil {
				n = -1
			}
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// upTo returns 0, 1, … n-1.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
