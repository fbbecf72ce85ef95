// Package natstest runs NATS servers with JetStream in a test's process, on the loopback interface.
package natstest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
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
	maxMemory   = 256 << 20
	maxStore    = 4 << 30
	lowestPort  = 20000
	highestPort = 32000
	look        = 20 * time.Millisecond // between two looks at what is waited for
)

// A Cluster is several NATS servers that share one JetStream. Its methods may be called from the test's goroutine only,
// but for URLs and Config.
type Cluster struct {
	tb    testing.TB
	dir   string
	ports []int // of clients, then of routes
	n     int

	mu sync.Mutex // what is waited for is looked at from another goroutine
	// +checklocks:mu
	servers []*server.Server
}

// StartCluster starts so many servers, and returns when they have a leader. They are stopped when the test ends.
func StartCluster(tb testing.TB, n int) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb, dir: tb.TempDir(), ports: FreePorts(tb, 2*n), n: n, servers: make([]*server.Server, n)}
	tb.Cleanup(func() {
		var stopping sync.WaitGroup
		for i := range c.n {
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
	urls := make([]string, c.n)
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
	return jetstream.Config{URLs: c.URLs(), Name: name, Replicas: c.n}
}

// Kill stops server i. Its data stays.
func (c *Cluster) Kill(i int) {
	c.tb.Helper()
	srv := c.running(i)
	require.NotNil(c.tb, srv, "server %d does not run", i)
	srv.Shutdown()
	srv.WaitForShutdown()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[i] = nil
}

// Restart starts server i, which was killed, with its data and its ports.
func (c *Cluster) Restart(i int) {
	c.tb.Helper()
	require.Nil(c.tb, c.running(i), "server %d runs", i)
	c.start(i)
}

// WaitReady returns when all servers that run know each other and who leads them, and are up to date.
func (c *Cluster) WaitReady() {
	c.tb.Helper()
	c.wait("the servers to be ready", func() bool {
		leader := false
		for i := range c.n {
			srv := c.running(i)
			if srv == nil {
				continue
			}
			if srv.NumRoutes() == 0 && c.n > 1 || srv.Healthz(nil).Status != "ok" {
				return false
			}
			leader = leader || srv.JetStreamIsLeader()
		}
		return leader || c.n == 1
	})
}

// StreamLeader returns which server leads a stream, waiting until one does.
func (c *Cluster) StreamLeader(stream string) int {
	c.tb.Helper()
	found := -1
	c.wait("stream "+stream+" to have a leader", func() bool {
		for i := range c.n {
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
	c.tb.Helper()
	found := -1
	c.wait("JetStream to have a leader", func() bool {
		for i := range c.n {
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
	c.tb.Helper()
	require.Eventually(c.tb, done, Patience, look, what)
}

func (c *Cluster) start(i int) {
	c.tb.Helper()
	opts := &server.Options{
		ServerName: fmt.Sprintf("s%d", i), Host: "127.0.0.1", Port: c.ports[i], NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: filepath.Join(c.dir, strconv.Itoa(i)), JetStreamMaxMemory: maxMemory, JetStreamMaxStore: maxStore,
	}
	if c.n > 1 {
		var routes []string
		for _, port := range c.ports[c.n:] {
			routes = append(routes, "nats://"+net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		}
		opts.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: c.ports[c.n+i], PoolSize: -1}
		opts.Routes = server.RoutesFromStr(strings.Join(routes, ","))
	}
	srv, err := server.NewServer(opts)
	require.NoError(c.tb, err)
	srv.Start()
	require.True(c.tb, srv.ReadyForConnections(Patience), "server %d is not ready", i)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[i] = srv
}

// FreePorts returns ports that nobody listened on a moment ago. They are of those that no system gives to connections
// by itself, so that a server that was killed finds its own free again.
func FreePorts(tb testing.TB, n int) []int {
	tb.Helper()
	var ports []int
	var lc net.ListenConfig
	for tries := 0; len(ports) < n; tries++ {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		if slices.Contains(ports, port) {
			continue
		}
		l, err := lc.Listen(tb.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			require.Less(tb, tries, 1000, "no free ports: %v", err)
			continue
		}
		ports = append(ports, port)
		require.NoError(tb, l.Close())
	}
	return ports
}
