// Package natstest runs NATS servers with JetStream in a test's process, on the loopback interface.
package natstest

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream"
)

// Patience is for what is wrong if it does not come.
const Patience = 30 * time.Second

const (
	maxMemory = 256 << 20
	maxStore  = 4 << 30
	look      = 20 * time.Millisecond // between two looks at what is waited for
)

// A Cluster is several NATS servers that share one JetStream. Its methods may be called from the test's goroutine only,
// but for URLs and Config.
type Cluster struct {
	t       testing.TB
	dir     string
	ports   []int // of clients, then of routes
	servers []*server.Server

	mu sync.Mutex
}

// StartCluster starts so many servers, and returns when they have a leader. They are stopped when the test ends.
func StartCluster(t testing.TB, n int) *Cluster {
	t.Helper()
	c := &Cluster{t: t, dir: t.TempDir(), ports: freePorts(t, 2*n), servers: make([]*server.Server, n)}
	t.Cleanup(func() {
		var stopping sync.WaitGroup
		for i := range c.servers {
			if srv := c.running(i); srv != nil {
				stopping.Go(func() {
					srv.Shutdown()
					srv.WaitForShutdown()
				})
			}
		}
		stopping.Wait()
	})
	for i := range n {
		c.start(i)
	}
	c.WaitReady()
	return c
}

// URLs returns where clients connect, to all servers, running or not.
func (c *Cluster) URLs() []string {
	urls := make([]string, len(c.servers))
	for i := range urls {
		urls[i] = c.URL(i)
	}
	return urls
}

// URL returns where clients connect to server i.
func (c *Cluster) URL(i int) string {
	return "nats://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(c.ports[i]))
}

// Config returns one that is for this cluster, with as many replicas as there are servers.
func (c *Cluster) Config(name string) jetstream.Config {
	return jetstream.Config{URLs: c.URLs(), Name: name, Replicas: len(c.servers)}
}

// Kill stops server i. Its data stays.
func (c *Cluster) Kill(i int) {
	c.t.Helper()
	srv := c.running(i)
	require.NotNil(c.t, srv, "server %d does not run", i)
	srv.Shutdown()
	srv.WaitForShutdown()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[i] = nil
}

// Restart starts server i, which was killed, with its data and its ports.
func (c *Cluster) Restart(i int) {
	c.t.Helper()
	require.Nil(c.t, c.running(i), "server %d runs", i)
	c.start(i)
}

// WaitReady returns when all servers that run know each other and who leads them, and are up to date.
func (c *Cluster) WaitReady() {
	c.t.Helper()
	c.wait("the servers to be ready", func() bool {
		leader := false
		for i := range c.servers {
			srv := c.running(i)
			if srv == nil {
				continue
			}
			if srv.NumRoutes() == 0 && len(c.servers) > 1 || srv.Healthz(nil).Status != "ok" {
				return false
			}
			leader = leader || srv.JetStreamIsLeader()
		}
		return leader || len(c.servers) == 1
	})
}

// StreamLeader returns which server leads a stream, waiting until one does.
func (c *Cluster) StreamLeader(stream string) int {
	c.t.Helper()
	found := -1
	c.wait("stream "+stream+" to have a leader", func() bool {
		for i := range c.servers {
			if srv := c.running(i); srv != nil && srv.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream) {
				found = i
				return true
			}
		}
		return false
	})
	return found
}

// Leader returns which server leads JetStream as a whole, waiting until one does.
func (c *Cluster) Leader() int {
	c.t.Helper()
	found := -1
	c.wait("JetStream to have a leader", func() bool {
		for i := range c.servers {
			if srv := c.running(i); srv != nil && srv.JetStreamIsLeader() {
				found = i
				return true
			}
		}
		return false
	})
	return found
}

func (c *Cluster) running(i int) *server.Server {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.servers[i]
}

func (c *Cluster) wait(what string, done func() bool) {
	c.t.Helper()
	require.Eventually(c.t, done, Patience, look, what)
}

func (c *Cluster) start(i int) {
	c.t.Helper()
	n := len(c.servers)
	opts := &server.Options{
		ServerName: fmt.Sprintf("s%d", i), Host: "127.0.0.1", Port: c.ports[i], NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: filepath.Join(c.dir, strconv.Itoa(i)), JetStreamMaxMemory: maxMemory, JetStreamMaxStore: maxStore,
	}
	if n > 1 {
		var routes []string
		for _, port := range c.ports[n:] {
			routes = append(routes, "nats://"+net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		}
		opts.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: c.ports[n+i], PoolSize: -1}
		opts.Routes = server.RoutesFromStr(strings.Join(routes, ","))
	}
	srv, err := server.NewServer(opts)
	require.NoError(c.t, err)
	srv.Start()
	require.True(c.t, srv.ReadyForConnections(Patience), "server %d is not ready", i)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[i] = srv
}

// freePorts returns ports that nobody listened on a moment ago.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	var listeners []net.Listener
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		addr, ok := l.Addr().(*net.TCPAddr)
		require.True(t, ok)
		listeners, ports = append(listeners, l), append(ports, addr.Port)
	}
	var errs []error
	for _, l := range listeners {
		errs = append(errs, l.Close())
	}
	require.NoError(t, errors.Join(errs...))
	return ports
}
