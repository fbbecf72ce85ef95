// Package contract is what a backend has to be good for, as tests that run on any: what a server keeps, and that
// it is one server however many nodes it has and whichever of them end. Package backendtest is what a backend promises by
// itself.
package contract

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/server/backend"
)

// patience is how long anything may take when a node has ended without a word: the others wait five seconds to be sure.
const (
	patience = time.Minute
	tick     = 10 * time.Millisecond
)

// Run runs the contract on a backend. open opens new data, and what it returns gives one more node's access to it.
func Run(t *testing.T, open func(t *testing.T) func() backend.Backend) {
	t.Run("one server", func(t *testing.T) {
		c := newCluster(t, open(t))
		c.add(t)
		c.add(t)
		c.settle(t)
		t.Run("takeover", c.takeover)
		t.Run("one channel per user", c.oneChannel)
		t.Run("members and events", c.membersAndEvents)
		t.Run("rate counters", c.rateCounters)
		t.Run("special channels", c.specialChannels)
		t.Run("idempotency keys", c.keys)
		t.Run("calls", c.calls)
		t.Run("attributes", c.attributes)
		t.Run("administrators", c.administrators)
		t.Run("discovery", c.discovery)
	})
	t.Run("nodes end", func(t *testing.T) {
		c := newCluster(t, open(t))
		c.add(t)
		c.add(t)
		c.settle(t)
		c.outlive(t)
	})
}

// A cluster is the nodes of a test.
type cluster struct {
	open  func() backend.Backend
	nodes []*node
	names atomic.Int64
}

// A node is one server.
type node struct {
	*server.Server
	url     string
	address string // that it tells others
	data    *mortal
}

func newCluster(t *testing.T, open func() backend.Backend) *cluster {
	t.Helper()
	c := &cluster{open: open}
	t.Cleanup(func() {
		for _, n := range c.nodes {
			n.end(t, false)
		}
	})
	return c
}

// add adds a node.
func (c *cluster) add(t *testing.T) {
	t.Helper()
	n := &node{data: &mortal{Backend: c.open()}}
	n.address = fmt.Sprintf("10.0.0.%d:8001", c.names.Add(1))
	n.Server = server.New(server.WithBackend(n.data), server.WithEventAccounts("*"), server.WithAdvertise(n.address))
	url, err := n.Listen("127.0.0.1:0")
	require.NoError(t, err)
	n.url = url
	c.nodes = append(c.nodes, n)
}

// end ends a node, as one that is killed or in good order.
func (n *node) end(t *testing.T, killed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if killed {
		n.data.dead.Store(true)
		cancel()
	}
	if err := n.Shutdown(ctx); !killed {
		assert.NoError(t, err)
	}
	assert.NoError(t, n.data.Close())
}

// remove takes a node out.
func (c *cluster) remove(t *testing.T, i int, killed bool) {
	t.Helper()
	n := c.nodes[i]
	c.nodes = append(c.nodes[:i:i], c.nodes[i+1:]...)
	n.end(t, killed)
}

// settle waits until all partitions have owners, evenly many each.
func (c *cluster) settle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		owned := 0
		for _, n := range c.nodes {
			s := n.Stats().Cluster
			if !n.Ready() || s.Nodes != len(c.nodes) || s.Owned < s.Partitions/len(c.nodes) {
				return false
			}
			owned += s.Owned
		}
		return owned == c.nodes[0].Stats().Cluster.Partitions
	}, patience, tick)
}

// A user is a client of one node, which finds the others when that ends.
type user struct {
	*signal.API
	*recorder.Recorder
	account string
}

// visitor returns a client of node i that is not logged in.
func (c *cluster) visitor(t *testing.T, base string, i int) *user {
	t.Helper()
	u := &user{Recorder: recorder.New(), account: c.name(base)}
	u.API = signal.New("app", signal.WithServer(c.nodes[i%len(c.nodes)].url))
	u.CallbackSet(u.Recorder)
	t.Cleanup(u.Destroy)
	return u
}

// user returns a client of node i that is logged in.
func (c *cluster) user(t *testing.T, base string, i int) *user {
	t.Helper()
	u := c.visitor(t, base, i)
	u.logIn(t)
	return u
}

func (u *user) logIn(t *testing.T) {
	t.Helper()
	u.Login("app", u.account, signal.NoToken, 0, "")
	u.AwaitWithin(t, patience, "OnLoginSuccess")
}

func (u *user) join(t *testing.T, room string) {
	t.Helper()
	u.ChannelJoin(room)
	u.AwaitWithin(t, patience, "OnChannelJoined", room)
	u.Expect(t, "OnChannelUserList")
}

// name returns a name that nothing else has.
func (c *cluster) name(base string) string { return fmt.Sprintf("%s-%d", base, c.names.Add(1)) }

// A mortal backend does nothing any more once it is dead, as that of a process that was killed.
type mortal struct {
	backend.Backend
	dead atomic.Bool
}

// Append implements backend.Journal.
func (m *mortal) Append(ctx context.Context, partition int, after uint64, id string, record []byte) (uint64, error) {
	if m.dead.Load() {
		return 0, backend.ErrUnavailable
	}
	return m.Backend.Append(ctx, partition, after, id, record)
}

// Save implements backend.Snapshots.
func (m *mortal) Save(ctx context.Context, partition int, pos uint64, snapshot []byte) error {
	if m.dead.Load() {
		return backend.ErrUnavailable
	}
	return m.Backend.Save(ctx, partition, pos, snapshot)
}

// Trim implements backend.Journal.
func (m *mortal) Trim(ctx context.Context, partition int, pos uint64) error {
	if m.dead.Load() {
		return backend.ErrUnavailable
	}
	return m.Backend.Trim(ctx, partition, pos)
}

// Publish implements backend.Bus.
func (m *mortal) Publish(subject string, data []byte) error {
	if m.dead.Load() {
		return backend.ErrUnavailable
	}
	return m.Backend.Publish(subject, data)
}
