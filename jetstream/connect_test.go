package jetstream_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/jetstream/natstest"
	"github.com/agora-signal-go/signal/server/backend"
)

func TestConfigErrors(t *testing.T) {
	for _, cfg := range []jetstream.Config{
		{},
		{Name: "a.b"},
		{Name: "a b"},
		{Name: "n", Partitions: -1},
		{Name: "n", Partitions: 1 << 20},
		{Name: "n", Streams: -1},
		{Name: "n", Replicas: 9},
		{Name: "n", MaxBytes: -1},
	} {
		_, err := jetstream.Connect(t.Context(), cfg)
		require.ErrorContains(t, err, "want", "%+v", cfg)
	}
}

// TestNobodyThere: Connect waits as long as it may, and says what it waited for.
func TestNobodyThere(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := jetstream.Connect(ctx, jetstream.Config{
		URLs: []string{"nats://127.0.0.1:1"}, Name: "n", Logger: slog.New(slog.DiscardHandler),
	})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "no connection to NATS yet")
}

// TestServerComesLater: whoever starts first need not be the one that is connected to.
func TestServerComesLater(t *testing.T) {
	c := natstest.StartCluster(t, 1)
	c.Kill(0)
	connected := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), natstest.Patience)
	defer cancel()
	go func() {
		cfg := c.Config("later")
		cfg.Logger = slog.New(slog.DiscardHandler)
		b, err := jetstream.Connect(ctx, cfg)
		if err == nil {
			err = b.Close()
		}
		connected <- err
	}()
	c.Restart(0)
	require.NoError(t, <-connected)
}

func TestDeployment(t *testing.T) {
	c := natstest.StartCluster(t, 1)
	cfg := c.Config("d")
	cfg.Partitions, cfg.Streams, cfg.MaxBytes = 5, 2, 1<<30
	first := connect(t, cfg)
	assert.Equal(t, 5, first.Partitions())
	assert.True(t, first.Shared())

	third := connect(t, jetstream.Config{URLs: c.URLs(), Name: "d"})
	assert.Equal(t, 5, third.Partitions(), "0 is what there is")
	other := connect(t, jetstream.Config{URLs: c.URLs(), Name: "other", Alone: true})
	assert.Equal(t, 64, other.Partitions())
	assert.False(t, other.Shared())

	for name, wrong := range map[string]func(*jetstream.Config){
		"has 5 partitions for good, not 6": func(c *jetstream.Config) { c.Partitions = 6 },
		"has 2 streams for good, not 3":    func(c *jetstream.Config) { c.Streams = 3 },
		"has 1 replicas, want 3":           func(c *jetstream.Config) { c.Replicas = 3 },
		"bytes, want 1000":                 func(c *jetstream.Config) { c.MaxBytes = 1000 },
	} {
		cfg := cfg
		wrong(&cfg)
		_, err := jetstream.Connect(t.Context(), cfg)
		require.ErrorContains(t, err, name)
	}
}

// TestStreamsThatForget are refused: somebody else has made them, or changed them.
func TestStreamsThatForget(t *testing.T) {
	c := natstest.StartCluster(t, 1)
	nc, api := client(t, c)
	defer nc.Close()
	good := js.StreamConfig{
		Name: "SIGNAL_d", Subjects: []string{"signal.d.config", "signal.d.snapshot.*.*"}, Discard: js.DiscardNew, AllowRollup: true,
	}
	for i, wrong := range []func(*js.StreamConfig){
		func(c *js.StreamConfig) { c.Subjects = []string{"signal.>"} },
		func(c *js.StreamConfig) { c.Discard = js.DiscardOld },
		func(c *js.StreamConfig) { c.MaxAge = time.Hour },
		func(c *js.StreamConfig) { c.MaxMsgs = 100 },
		func(c *js.StreamConfig) { c.MaxMsgsPerSubject = 100 },
		func(c *js.StreamConfig) { c.Storage = js.MemoryStorage },
		func(c *js.StreamConfig) { c.Retention = js.InterestPolicy },
	} {
		bad := good
		wrong(&bad)
		_, err := api.CreateStream(t.Context(), bad)
		require.NoError(t, err)
		_, err = jetstream.Connect(t.Context(), c.Config("d"))
		require.ErrorContains(t, err, "jetstream: stream SIGNAL_d has", "case %d", i)
		require.NoError(t, api.DeleteStream(t.Context(), "SIGNAL_d"))
	}
	_, err := api.CreateStream(t.Context(), good)
	require.NoError(t, err)
	connect(t, c.Config("d"))
	_, err = api.Publish(t.Context(), "signal.d.config", []byte(`{"version":2}`))
	require.NoError(t, err)
	_, err = jetstream.Connect(t.Context(), c.Config("d"))
	require.ErrorContains(t, err, "version 2, want 1")
	_, err = api.Publish(t.Context(), "signal.d.config", []byte(`{"version":1}`))
	require.NoError(t, err)
	_, err = jetstream.Connect(t.Context(), c.Config("d"))
	require.ErrorContains(t, err, "want 1 at least")
	_, err = api.Publish(t.Context(), "signal.d.config", []byte(`?`))
	require.NoError(t, err)
	_, err = jetstream.Connect(t.Context(), c.Config("d"))
	require.ErrorContains(t, err, "what is stored of d")
}

func TestSmallPayload(t *testing.T) {
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, MaxPayload: 100 << 10})
	require.NoError(t, err)
	srv.Start()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	require.True(t, srv.ReadyForConnections(natstest.Patience))
	_, err = jetstream.Connect(t.Context(), jetstream.Config{URLs: []string{srv.ClientURL()}, Name: "n"})
	require.ErrorContains(t, err, "max_payload")
}

// TestNoJetStream: it may come yet, so that Connect waits.
func TestNoJetStream(t *testing.T) {
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	srv.Start()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	require.True(t, srv.ReadyForConnections(natstest.Patience))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = jetstream.Connect(ctx, jetstream.Config{URLs: []string{srv.ClientURL()}, Name: "n", Logger: slog.New(slog.DiscardHandler)})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "set up n")
}

// TestFullStream: a stream that has reached its limit takes no more, and goes on when some of it is trimmed.
func TestFullStream(t *testing.T) {
	c := natstest.StartCluster(t, 1)
	cfg := c.Config("full")
	cfg.Partitions, cfg.Streams, cfg.MaxBytes = 1, 1, 1<<20
	b := connect(t, cfg)
	var positions []uint64
	var after uint64
	var err error
	for i := 0; err == nil; i++ {
		var pos uint64
		if pos, err = b.Append(t.Context(), 0, after, fmt.Sprint(i), make([]byte, 64<<10)); err == nil {
			positions, after = append(positions, pos), pos
		}
	}
	require.ErrorIs(t, err, backend.ErrFull)
	assert.Len(t, positions, 15)
	require.ErrorIs(t, b.Save(t.Context(), 0, after, make([]byte, 2<<20)), backend.ErrFull)
	snapshot, _, err := b.Load(t.Context(), 0)
	require.NoError(t, err)
	assert.Nil(t, snapshot)
	require.NoError(t, b.Save(t.Context(), 0, after, make([]byte, 900<<10)), "the pieces of the one that failed are gone")
	require.NoError(t, b.Trim(t.Context(), 0, positions[8]))
	_, err = b.Append(t.Context(), 0, after, "more", make([]byte, 64<<10))
	require.NoError(t, err)

	stats := b.Stats()
	assert.Equal(t, "append", stats[0].Op)
	assert.Equal(t, uint64(17), stats[0].Calls)
	assert.Equal(t, uint64(1), stats[0].Errors["full"])
	assert.Equal(t, uint64(16*64<<10), stats[0].Bytes)
	assert.Positive(t, stats[0].Max)
	assert.LessOrEqual(t, stats[0].Max, stats[0].Time)
}

// TestNothingStays: of all snapshots that were saved, and failed to be, the last one is what is stored.
func TestNothingStays(t *testing.T) {
	c := natstest.StartCluster(t, 1)
	cfg := c.Config("g")
	cfg.Partitions = 2
	b := connect(t, cfg)
	for pos := range uint64(5) {
		require.NoError(t, b.Save(t.Context(), 0, pos+1, make([]byte, 2*b.MaxRecord()+1)))
	}
	nc, api := client(t, c)
	defer nc.Close()
	s, err := api.Stream(t.Context(), "SIGNAL_g")
	require.NoError(t, err)
	info, err := s.Info(t.Context(), js.WithSubjectFilter("signal.g.>"))
	require.NoError(t, err)
	assert.Equal(t, map[string]uint64{
		"signal.g.config": 1, "signal.g.snapshot.0.head": 1, "signal.g.snapshot.0.piece": 3,
	}, info.State.Subjects)
}

// TestDamaged: what is not as it was stored is found out.
func TestDamaged(t *testing.T) {
	c := natstest.StartCluster(t, 1)
	cfg := c.Config("x")
	cfg.Partitions, cfg.Streams = 2, 1
	b := connect(t, cfg)
	nc, api := client(t, c)
	defer nc.Close()
	put := func(subject, data string) {
		_, err := api.Publish(t.Context(), subject, []byte(data))
		require.NoError(t, err)
	}
	put("signal.x.snapshot.0.head", "?")
	_, _, err := b.Load(t.Context(), 0)
	require.ErrorContains(t, err, "head of partition 0")
	put("signal.x.snapshot.0.head", `{"pos":1,"size":1,"pieces":[1]}`)
	_, _, err = b.Load(t.Context(), 0)
	require.ErrorContains(t, err, "has subject signal.x.config")
	put("signal.x.snapshot.0.head", `{"pos":1,"size":1,"pieces":[]}`)
	_, _, err = b.Load(t.Context(), 0)
	require.ErrorContains(t, err, "checksum")
	put("signal.x.snapshot.0.head", `{"pos":1,"size":1,"pieces":[99]}`)
	_, _, err = b.Load(t.Context(), 0)
	require.ErrorIs(t, err, backend.ErrUnavailable)
	put("signal.x.journal.0.1", "not a record")
	require.ErrorContains(t, b.Read(t.Context(), 1, 0, nil), "not of a journal")
	_, err = b.Append(t.Context(), 1, 0, "id", nil)
	require.ErrorContains(t, err, "not of a journal")
}

// TestBehindTheEnd: to append behind a record that does not exist is to be fenced, by nothing.
func TestBehindTheEnd(t *testing.T) {
	c := natstest.StartCluster(t, 1)
	cfg := c.Config("end")
	cfg.Partitions = 1
	b := connect(t, cfg)
	pos, err := b.Append(t.Context(), 0, 0, "id", nil)
	require.NoError(t, err)
	_, err = b.Append(t.Context(), 0, pos+100, "id", nil)
	require.ErrorIs(t, err, backend.ErrFenced)
	require.ErrorIs(t, b.Read(t.Context(), 0, pos+100, nil), backend.ErrUnavailable)
}
