// Package engines is this project with its state in different places: in memory, on a disk, on a cluster of NATS servers
// that one or three nodes share. All that makes up a server is in one process, so that its CPU time is that of
// everything: nodes, NATS servers and what they say to each other.
package engines

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/ours"
	"github.com/agora-signal-go/signal/bench/internal/peer"
	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/jetstream/embedded"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/server/backend"
)

const (
	patience   = 30 * time.Second // until everything is ready
	servers    = 3                // of a NATS cluster
	partitions = 12
)

// All returns the contenders, memory first, to which the others are compared.
func All() []peer.Contender {
	return []peer.Contender{
		contender("memory", ours.New().Serve),
		contender("disk", func() (peer.Server, error) { return onDisk(false) }),
		contender("disk synced", func() (peer.Server, error) { return onDisk(true) }),
		contender("NATS 1 node", func() (peer.Server, error) { return onNATS(1) }),
		contender("NATS 3 nodes", func() (peer.Server, error) { return onNATS(3) }),
	}
}

func contender(name string, serve func() (peer.Server, error)) peer.Contender {
	return peer.Contender{Name: name, Acked: true, Serve: serve, Dial: dial}
}

// dial connects each user to another of the nodes.
func dial(ctx context.Context, addr string, user int, h peer.Handler) (peer.Client, error) {
	all := strings.Split(addr, ",")
	return ours.Dial(ctx, all[user%len(all)], user, h)
}

// nodes are servers and what they stand on.
type nodes struct {
	servers []*server.Server
	urls    []string
	ends    []func() // in the reverse order
}

func (n *nodes) Addr() string { return strings.Join(n.urls, ",") }

func (n *nodes) Close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // not a moment for goodbyes
	for _, s := range n.servers {
		_ = s.Shutdown(ctx) // says that there was none
	}
	for i := len(n.ends) - 1; i >= 0; i-- {
		n.ends[i]()
	}
}

// add starts one more node.
func (n *nodes) add(b backend.Backend) error {
	n.ends = append(n.ends, func() { _ = b.Close() }) // nothing is asked of it any more
	s := server.New(server.WithLimits(ours.Limits()), server.WithBackend(b))
	n.servers = append(n.servers, s)
	url, err := s.Listen("127.0.0.1:0")
	n.urls = append(n.urls, url)
	return err
}

// await waits until all state has owners, as evenly many as nodes.
func (n *nodes) await(ctx context.Context) error {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for !n.ready() {
		select {
		case <-t.C:
		case <-ctx.Done():
			return errors.New("engines: the nodes did not get ready")
		}
	}
	return nil
}

func (n *nodes) ready() bool {
	for _, s := range n.servers {
		c := s.Stats().Cluster
		if !s.Ready() || c.Owned != c.Partitions/len(n.servers) {
			return false
		}
	}
	return true
}

// begin starts what build makes, and waits until it is ready. What of it was begun ends when that fails.
func begin(build func(ctx context.Context, n *nodes) error) (peer.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n := new(nodes)
	err := build(ctx, n)
	if err == nil {
		err = n.await(ctx)
	}
	if err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

func onDisk(synced bool) (peer.Server, error) {
	return begin(func(ctx context.Context, n *nodes) error {
		dir, err := n.temporary()
		if err != nil {
			return err
		}
		disk, err := embedded.Start(ctx, embedded.Config{Dir: dir, SyncAlways: synced})
		if err != nil {
			return err
		}
		n.ends = append(n.ends, disk.Shutdown)
		b, err := disk.Backend(ctx, partitions)
		if err != nil {
			return err
		}
		return n.add(b)
	})
}

func onNATS(count int) (peer.Server, error) {
	return begin(func(ctx context.Context, n *nodes) error {
		urls, err := n.startNATS()
		if err != nil {
			return err
		}
		for range count {
			b, err := jetstream.Connect(ctx, jetstream.Config{URLs: urls, Name: "bench", Partitions: partitions, Replicas: servers})
			if err != nil {
				return err
			}
			if err := n.add(b); err != nil {
				return err
			}
		}
		return nil
	})
}

// temporary makes a directory that goes with the nodes.
func (n *nodes) temporary() (string, error) {
	dir, err := os.MkdirTemp("", "signal-bench-")
	if err == nil {
		n.ends = append(n.ends, func() { _ = os.RemoveAll(dir) }) // what is left is in the system's directory for that
	}
	return dir, err
}
