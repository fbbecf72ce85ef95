package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream/natstest"
)

const (
	natsProcess = "SIGNALD_TEST_NATS" // names a natsConfig to a test binary that is to be a NATS server and nothing else
	natsReady   = "NATS is ready"
	slowly      = 60 * time.Second // for what takes several processes that agree, and is wrong if it does not come
)

// natsConfig is what a NATS server of its own process is told.
type natsConfig struct {
	Name, Dir      string
	Port, Route    int
	Routes         []string
	User, Password string
}

// TestNATSProcess is a NATS server in a process of its own, until its stdin ends. It is started by natsServers.start.
func TestNATSProcess(t *testing.T) {
	text := os.Getenv(natsProcess)
	if text == "" {
		return // of the tests themselves
	}
	var cfg natsConfig
	require.NoError(t, json.Unmarshal([]byte(text), &cfg))
	opts := &server.Options{
		ServerName: cfg.Name, Host: "127.0.0.1", Port: cfg.Port, NoSigs: true, NoLog: true, Username: cfg.User, Password: cfg.Password,
		JetStream: true, StoreDir: cfg.Dir, JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 4 << 30,
	}
	if len(cfg.Routes) > 1 {
		// Without advertising, who is told of one address knows no other: so that one can cut it.
		opts.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: cfg.Route, PoolSize: -1, NoAdvertise: true}
		opts.Routes = server.RoutesFromStr(strings.Join(cfg.Routes, ","))
	}
	srv, err := server.NewServer(opts)
	require.NoError(t, err)
	srv.Start()
	require.True(t, srv.ReadyForConnections(patience))
	_, _ = os.Stdout.WriteString(natsReady + "\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
	srv.Shutdown()
	srv.WaitForShutdown()
}

// natsServers are the servers of one NATS cluster, each a process, which kill -9 ends as it would the real one. They are used by
// the test's goroutine only, and end with the test.
type natsServers struct {
	t       *testing.T
	configs []natsConfig
	running []*natsServer
}

type natsServer struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	exited chan struct{}
}

// startNATS starts so many servers.
func startNATS(t *testing.T, n int) *natsServers {
	t.Helper()
	s := &natsServers{t: t, running: make([]*natsServer, n)}
	dir := t.TempDir()
	var routes []string
	for i := range n {
		s.configs = append(s.configs, natsConfig{
			Name: "s" + strconv.Itoa(i), Dir: filepath.Join(dir, strconv.Itoa(i)), Port: lowPort(t), Route: lowPort(t),
		})
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", s.configs[i].Route))
	}
	t.Cleanup(func() {
		for i := range s.running {
			s.kill(i)
		}
	})
	for i := range n {
		s.configs[i].Routes = routes
		s.start(i)
	}
	return s
}

// addr returns where clients of server i connect, as HOST:PORT.
func (s *natsServers) addr(i int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.configs[i].Port))
}

// urls returns those of all servers, separated by commas.
func (s *natsServers) urls() string {
	urls := make([]string, len(s.configs))
	for i := range urls {
		urls[i] = "nats://" + s.addr(i)
	}
	return strings.Join(urls, ",")
}

// start starts server i, with what data it has.
func (s *natsServers) start(i int) {
	s.t.Helper()
	text, err := json.Marshal(s.configs[i])
	require.NoError(s.t, err)
	cmd := exec.Command(os.Args[0], "-test.run", "^TestNATSProcess$", "-test.timeout", "0")
	cmd.Env = append(os.Environ(), natsProcess+"="+string(text))
	stdin, err := cmd.StdinPipe()
	require.NoError(s.t, err)
	said := newLogbook()
	cmd.Stdout, cmd.Stderr = said, said
	require.NoError(s.t, cmd.Start())
	srv := &natsServer{cmd: cmd, stdin: stdin, exited: make(chan struct{})}
	s.running[i] = srv
	go func() {
		defer close(srv.exited)
		_ = cmd.Wait() // it was killed
	}()
	said.await(s.t, natsReady)
}

// kill is kill -9. What server i has written stays.
func (s *natsServers) kill(i int) {
	srv := s.running[i]
	if srv == nil {
		return
	}
	_ = srv.cmd.Process.Kill() // fails only when it is dead
	<-srv.exited
	_ = srv.stdin.Close() // of a dead process
	s.running[i] = nil
}

// lowPort returns a port that nobody listens on, and that no connection takes by chance while who listens there is started
// again.
func lowPort(t *testing.T) int {
	t.Helper()
	return natstest.FreePorts(t, 1)[0]
}
