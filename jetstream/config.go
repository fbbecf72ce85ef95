package jetstream

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	defaultPartitions = 64
	defaultStreams    = 4
	maxPartitions     = 1 << 16
	maxStreams        = 256
	defaultTimeout    = 5 * time.Second
	smallestPayload   = 512 << 10 // of a server, so that 256 KiB fit whichever way they come
	largestPayload    = 1 << 20   // what is made use of
)

// A Config says where a deployment's data is. The zero value of what is optional is what most want.
type Config struct {
	// URLs are those of servers of one NATS cluster, nats://host:4222 for example, or tls://. User names and passwords
	// may be in them.
	URLs []string
	// Name is the deployment's, of A-Z a-z 0-9 - and _, at most 64 bytes: all nodes of a deployment have the same, and
	// several deployments with different ones live on one NATS side by side.
	Name string

	// Partitions is how many the first node makes: 64 if 0, at most 65536. Those that exist stay, and another number but
	// 0 is an error.
	Partitions int
	// DefaultPartitions takes the place of 64 there.
	DefaultPartitions int
	// Streams is how many streams the journals are in: 4 if 0, at most 256. Each has one leader that does its work, so
	// that there should be as many as NATS servers, or some more. As Partitions it cannot be changed.
	Streams int
	// Replicas is on how many NATS servers the data is: 1, 3 or 5. 0 is 3 if the servers are a cluster, else 1, or what it
	// is already. Any other number than it is already is an error: `nats stream edit` changes it.
	Replicas int
	// MaxBytes is how large each stream may be, 0 if there is no limit but the servers' own. As Replicas it is not changed.
	MaxBytes int64

	// CredentialsFile has a user's JWT and key, if that is how NATS knows us.
	CredentialsFile string
	// TLS is for connections that are encrypted.
	TLS *tls.Config
	// Domain is that of JetStream, if it has one.
	Domain string
	// Options are any more of the connection's. They come last.
	Options []nats.Option

	// Timeout is how long NATS has for an answer before a call fails with backend.ErrUnavailable: 5 s if 0.
	Timeout time.Duration
	// Room, if not nil, is called before something of so many bytes is stored, and what it returns is what the call fails
	// with then. essential: without it nothing could be trimmed, so that it may have the room that is kept for that.
	Room func(bytes int, essential bool) error
	// Alone says that no other node uses the data, as far as Shared is concerned.
	Alone bool
	// Logger is told of connections lost and found, and of messages of the bus that are lost. slog.Default if nil.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Name == "" || len(c.Name) > 64 || strings.Trim(c.Name, nameBytes) != "" {
		return c, fmt.Errorf("jetstream: name %q, want 1 to 64 bytes of A-Z a-z 0-9 - _", c.Name)
	}
	if c.DefaultPartitions == 0 {
		c.DefaultPartitions = defaultPartitions
	}
	if c.Partitions < 0 || c.DefaultPartitions < 0 || c.DefaultPartitions > maxPartitions || c.Partitions > maxPartitions {
		return c, fmt.Errorf("jetstream: %d partitions, want 1 to %d", c.Partitions, maxPartitions)
	}
	if c.Streams < 0 || c.Streams > maxStreams {
		return c, fmt.Errorf("jetstream: %d streams, want 1 to %d", c.Streams, maxStreams)
	}
	if c.Replicas < 0 || c.Replicas > 5 {
		return c, fmt.Errorf("jetstream: %d replicas, want 1 to 5", c.Replicas)
	}
	if c.MaxBytes < 0 {
		return c, fmt.Errorf("jetstream: %d bytes at most, want a number above 0", c.MaxBytes)
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}

const nameBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
