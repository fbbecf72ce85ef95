// Package jetstream keeps what a server stands on in NATS JetStream: journals in streams, one subject per partition,
// snapshots in another stream, and the bus on the subjects of NATS itself. Package embedded starts a NATS server
// inside the process for those who have none.
//
//	data, err := jetstream.Connect(ctx, jetstream.Config{URLs: []string{"nats://10.0.0.1:4222"}, Name: "production"})
//	if err != nil {
//		return err
//	}
//	defer data.Close()
//	srv := server.New(server.WithBackend(data)) // and the same on other machines: they are one server
//
// What an append or a save that has succeeded is worth depends on the NATS servers. With three replicas it is in the
// files of two servers at least, and one may be lost for good. Whether it is on the disks as well is their sync_interval,
// 2 minutes by default: it matters when the power of two fails at the same time, and should be "always" where that may
// happen.
//
// The streams of a deployment n are SIGNAL_n, SIGNAL_n_0, SIGNAL_n_1, and so on. Where NATS asks for permissions, a node
// publishes to signal.n.> and $JS.API.>, and subscribes to signal.n.> and _INBOX.>.
package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/agora-signal-go/signal/server/backend"
)

// A Backend is a node's access to one deployment's data. Its methods may be called from many goroutines at once. It
// makes no goroutine but those of its connection and one per subscription.
type Backend struct {
	cfg        Config
	nc         *nats.Conn
	api        string // what the subjects of JetStream's requests begin with
	partitions int
	streams    int
	largest    int // bytes of a record, a message or a piece of a snapshot
	log        *slog.Logger
	stats      [ops]opCounter

	life context.Context // until Close
	end  context.CancelFunc

	mu sync.Mutex
	// +checklocks:mu
	link context.Context // until the connection is lost
	// +checklocks:mu
	unlink context.CancelFunc
	// +checklocks:mu
	closed bool
	// +checklocks:mu
	subs []*subscription
}

var _ backend.Backend = (*Backend)(nil)

// Partitions implements backend.Backend.
func (b *Backend) Partitions() int { return b.partitions }

// Shared implements backend.Backend.
func (b *Backend) Shared() bool { return !b.cfg.Alone }

// Err implements backend.Backend: it says how the connection is, and knows nothing of what is behind it.
func (b *Backend) Err() error {
	if b.life.Err() != nil {
		return backend.ErrClosed
	}
	if status := b.nc.Status(); status != nats.CONNECTED {
		return fmt.Errorf("%w: connection to NATS is %s: %w", backend.ErrUnavailable, status, lastError(b.nc))
	}
	return nil
}

// MaxRecord implements backend.Journal.
func (b *Backend) MaxRecord() int { return b.largest }

// MaxMessage implements backend.Bus.
func (b *Backend) MaxMessage() int { return b.largest }

// Close implements backend.Backend.
func (b *Backend) Close() error {
	b.mu.Lock()
	b.closed = true
	subs := slices.Clone(b.subs)
	b.mu.Unlock()
	b.end()
	for _, s := range subs {
		s.stop()
	}
	b.nc.Close()
	return nil
}

// connected returns a context that ends when the connection is lost, and then what was asked on it gets no answer.
func (b *Backend) connected() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.link
}

// disconnected is called by the connection, from its own goroutine.
func (b *Backend) disconnected() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unlink()
	b.link, b.unlink = context.WithCancel(b.life)
}

func (b *Backend) journalStream(partition int) string {
	return fmt.Sprintf("SIGNAL_%s_%d", b.cfg.Name, partition%b.streams)
}

func (b *Backend) journalSubject(partition int) string {
	return fmt.Sprintf("signal.%s.journal.%d.%d", b.cfg.Name, partition%b.streams, partition)
}

func (b *Backend) stateStream() string { return "SIGNAL_" + b.cfg.Name }

// enter returns an error if a call makes no sense.
func (b *Backend) enter(ctx context.Context, partition int) error {
	if b.life.Err() != nil {
		return backend.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return backend.CheckPartition(partition, b.partitions)
}

// outcome makes an error one that the contract knows.
func (b *Backend) outcome(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, backend.ErrFenced), errors.Is(err, backend.ErrTrimmed), errors.Is(err, backend.ErrFull):
		return err
	case b.life.Err() != nil:
		return fmt.Errorf("%w: %w", backend.ErrClosed, err)
	case ctx.Err() != nil:
		return fmt.Errorf("jetstream: %w", context.Cause(ctx))
	}
	return translate(err)
}

// pause waits, for less if ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func lastError(nc *nats.Conn) error {
	if err := nc.LastError(); err != nil {
		return err
	}
	return errors.New("no error reported")
}
