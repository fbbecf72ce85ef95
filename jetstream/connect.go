package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/agora-signal-go/signal/server/backend"
)

// How the connection is kept. A server that is silent is taken for lost after pings times pingInterval.
const (
	reconnectWait   = 100 * time.Millisecond
	reconnectJitter = 100 * time.Millisecond
	pingInterval    = 5 * time.Second
	pings           = 2
	setupPause      = 250 * time.Millisecond
	setupFirst      = time.Second
	setupTry        = 10 * time.Second // for all that a deployment has
)

// Connect returns a node's access to a deployment's data, and makes what does not exist of it. As long as NATS cannot be
// reached, or is not ready, it tries again, until ctx is done. Once connected it reconnects for ever. Call Close in the
// end.
func Connect(ctx context.Context, cfg Config) (*Backend, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Backend{cfg: cfg, log: cfg.Logger, api: "$JS.API."}
	if cfg.Domain != "" {
		b.api = "$JS." + cfg.Domain + ".API."
	}
	b.life, b.end = context.WithCancel(context.Background())
	b.link, b.unlink = context.WithCancel(b.life)
	if err := b.connect(ctx); err != nil {
		b.end()
		return nil, err
	}
	if err := b.setup(ctx); err != nil {
		_ = b.Close() // has no error
		return nil, err
	}
	return b, nil
}

func (b *Backend) connect(ctx context.Context) error {
	changed := make(chan struct{}, 1)
	signal := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	options := []nats.Option{
		nats.Name("signal " + b.cfg.Name),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectJitter, reconnectJitter),
		nats.ReconnectBufSize(-1), // nothing is kept for later: who asked is told
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(pings),
		nats.NoCallbacksAfterClientClose(),
		nats.ConnectHandler(func(*nats.Conn) { signal() }),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			signal()
			b.log.Info("connected to NATS", slog.String("server", nc.ConnectedUrlRedacted()))
		}),
		nats.ClosedHandler(func(*nats.Conn) { signal() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			b.disconnected()
			if err != nil && b.life.Err() == nil {
				b.log.Warn("connection to NATS lost", slog.Any("error", err))
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			b.log.Warn("NATS", slog.String("subject", subject), slog.Any("error", err))
		}),
	}
	if b.cfg.CredentialsFile != "" {
		options = append(options, nats.UserCredentials(b.cfg.CredentialsFile))
	}
	if b.cfg.TLS != nil {
		options = append(options, nats.Secure(b.cfg.TLS))
	}
	nc, err := nats.Connect(strings.Join(b.cfg.URLs, ","), append(options, b.cfg.Options...)...)
	if err != nil {
		return fmt.Errorf("jetstream: connect: %w", err)
	}
	b.nc = nc
	for !nc.IsConnected() {
		select {
		case <-changed:
			if nc.IsClosed() {
				return fmt.Errorf("jetstream: connect: %w", lastError(nc))
			}
		case <-ctx.Done():
			err := lastError(nc)
			nc.Close()
			return fmt.Errorf("jetstream: connect: %w: no connection to NATS yet: %w", ctx.Err(), err)
		}
	}
	payload := nc.MaxPayload()
	if payload < smallestPayload {
		nc.Close()
		return fmt.Errorf("jetstream: NATS takes messages of %d bytes, want max_payload to be at least %d", payload, smallestPayload)
	}
	// JetStream's answers have messages in base64, and something around them.
	b.largest = int(min(payload, largestPayload)-8<<10) / 4 * 3
	return nil
}

// deployment is what all nodes have to agree about. It is the first thing that is stored.
type deployment struct {
	Version    int `json:"version"`
	Partitions int `json:"partitions"`
	Streams    int `json:"streams"`
}

const version = 1 // of how things are stored

// setup sees to it that all streams exist. While NATS is not ready for that it tries again.
func (b *Backend) setup(ctx context.Context) error {
	for warned := false; ; warned = true {
		try, cancel := context.WithTimeout(ctx, setupTry) // a server without a leader does not answer
		err := b.prepare(try)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("jetstream: set up %s: %w: %w", b.cfg.Name, ctx.Err(), err)
		}
		err = b.outcome(ctx, err)
		if !errors.Is(err, backend.ErrUnavailable) && !errors.Is(err, backend.ErrFull) && !is(err, codeNoPeers) {
			return err
		}
		if !warned {
			b.log.Warn("JetStream is not ready", slog.Any("error", err))
		}
		if pause(ctx, setupPause) != nil {
			return fmt.Errorf("jetstream: set up %s: %w: %w", b.cfg.Name, ctx.Err(), err)
		}
	}
}

func (b *Backend) prepare(ctx context.Context) error {
	prefix := "signal." + b.cfg.Name + "."
	first, cancel := context.WithTimeout(ctx, setupFirst) // which finds out whether there is a leader
	err := b.stream(first, b.stateStream(), prefix+"config", prefix+"snapshot.*.*")
	cancel()
	if err != nil {
		return err
	}
	d, err := b.agree(ctx, prefix+"config")
	if err != nil {
		return err
	}
	switch {
	case d.Version != version:
		return fmt.Errorf("jetstream: %s is stored in version %d, want %d", b.cfg.Name, d.Version, version)
	case b.cfg.Partitions != 0 && b.cfg.Partitions != d.Partitions:
		return fmt.Errorf("jetstream: %s has %d partitions for good, not %d", b.cfg.Name, d.Partitions, b.cfg.Partitions)
	case b.cfg.Streams != 0 && b.cfg.Streams != d.Streams:
		return fmt.Errorf("jetstream: %s has %d streams for good, not %d", b.cfg.Name, d.Streams, b.cfg.Streams)
	case d.Partitions < 1 || d.Streams < 1:
		return fmt.Errorf("jetstream: %s has %d partitions and %d streams, want 1 at least", b.cfg.Name, d.Partitions, d.Streams)
	}
	b.partitions, b.streams = d.Partitions, d.Streams
	for i := range b.streams {
		if err := b.stream(ctx, b.journalStream(i), fmt.Sprintf("%sjournal.%d.*", prefix, i)); err != nil {
			return err
		}
	}
	if b.cfg.Alone {
		return b.mend(ctx)
	}
	return nil
}

// agree returns what the first node wrote, and writes it if we are that.
func (b *Backend) agree(ctx context.Context, subject string) (deployment, error) {
	d := deployment{Version: version, Partitions: b.cfg.Partitions, Streams: b.cfg.Streams}
	if d.Partitions == 0 {
		d.Partitions = b.cfg.DefaultPartitions
	}
	if d.Streams == 0 {
		d.Streams = defaultStreams
	}
	data, err := json.Marshal(d)
	if err != nil {
		return d, err
	}
	m, err := b.get(ctx, b.stateStream(), query{Last: subject})
	if is(err, codeNoMessage) {
		if _, err := b.publish(ctx, &nats.Msg{Subject: subject, Data: data}, 0); err != nil && !is(err, codeWrongLast) {
			return d, err
		}
		m, err = b.get(ctx, b.stateStream(), query{Last: subject})
	}
	if err != nil {
		return d, err
	}
	var kept deployment
	if err := json.Unmarshal(m.data, &kept); err != nil {
		return kept, fmt.Errorf("jetstream: what is stored of %s: %w", b.cfg.Name, err)
	}
	return kept, nil
}
