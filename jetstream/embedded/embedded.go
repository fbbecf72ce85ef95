// Package embedded is a NATS server with JetStream inside the process, for the node that is alone: what it keeps is
// in a directory, and nobody else can connect to it.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/server/backend"
)

const (
	defaultSyncInterval = time.Second
	defaultReserve      = 64 << 20
	deployment          = "local"
	defaultPartitions   = 16
	maxMemory           = 64 << 20 // bytes for what JetStream keeps in memory only: consumers, while a journal is read
	lockFile            = "lock"
	startSlice          = 100 * time.Millisecond // between two looks at ctx while the server starts
)

// A Config says where a Server keeps its data, and how sure it makes of it.
//
// An append or a save that has succeeded has been written to the file by then: a process that is killed, as with
// kill -9, loses nothing of it. Whether it is on the disk is another matter. When the machine itself stops, for its power fails
// or the kernel crashes, lost is what the operating system had not got to writing and nobody had told it to: what
// succeeded in the last SyncInterval and the time that syncing takes, unless SyncAlways is set. Then nothing that has
// succeeded is lost, as far as the disk does what it says. What is lost is the end of journals, and what was saved of
// snapshots in that time; records that were trimmed then may be there again.
type Config struct {
	// Dir is the directory, which is made if need be and made accessible to this user only. One process at a time has it.
	Dir string

	// SyncAlways makes each write wait until it is on the disk. It costs an fsync per append.
	SyncAlways bool
	// SyncInterval is how often else: 1 s if 0.
	SyncInterval time.Duration

	// MaxBytes is how much may be kept, 0 if there is no limit but the disk. Appends fail with backend.ErrFull when three
	// quarters are full: the rest is for snapshots, without which nothing could be trimmed.
	MaxBytes int64
	// Reserve is how many bytes of the file system have to stay free: 64 MiB if 0. Appends fail with backend.ErrFull when
	// there are fewer, saves when it is a quarter of them. The server cannot go on by itself once a write has
	// failed, so this is to keep it from coming to that. If it comes to that all the same, for others fill the
	// disk, the server is started again when there is room.
	Reserve int64

	// Logger is told of what goes wrong. slog.Default if nil.
	Logger *slog.Logger
}

// A Server is a NATS server in this process. Its methods may be called from any goroutine.
type Server struct {
	cfg  Config
	free func(dir string) (bytes int64, known bool)
	lock *os.File
	life context.Context // until Shutdown
	end  context.CancelFunc
	done chan struct{} // closed when the goroutine that watches has ended
	once sync.Once

	mu sync.Mutex
	// +checklocks:mu
	running *server.Server // nil when it has been stopped
	// +checklocks:mu
	failure error // why nothing can be stored at present
	// +checklocks:mu
	used usage
}

// Start starts a server on a directory, and waits until it has found what is in there, which for much takes seconds. It
// looks at ctx before and after that, not while. Call Shutdown in the end.
func Start(ctx context.Context, cfg Config) (*Server, error) { return start(ctx, cfg, freeBytes) }

func start(ctx context.Context, cfg Config, free func(dir string) (bytes int64, known bool)) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("embedded: no directory")
	}
	if cfg.MaxBytes < 0 || cfg.Reserve < 0 || cfg.SyncInterval < 0 {
		return nil, fmt.Errorf("embedded: %d bytes, %d in reserve, synced each %v, want nothing below 0",
			cfg.MaxBytes, cfg.Reserve, cfg.SyncInterval)
	}
	if cfg.SyncInterval == 0 {
		cfg.SyncInterval = defaultSyncInterval
	}
	if cfg.Reserve == 0 {
		cfg.Reserve = defaultReserve
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	if err := os.Chmod(cfg.Dir, 0o700); err != nil { //nolint:gosec // a directory is entered, too
		return nil, fmt.Errorf("embedded: %w", err)
	}
	lock, err := acquire(filepath.Join(cfg.Dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("embedded: directory %s: %w", cfg.Dir, err)
	}
	s := &Server{cfg: cfg, free: free, lock: lock, done: make(chan struct{})}
	s.life, s.end = context.WithCancel(context.Background())
	running, err := s.run(ctx)
	if err != nil {
		s.end()
		_ = lock.Close() // only its lock mattered
		return nil, err
	}
	s.mu.Lock()
	s.running = running
	s.mu.Unlock()
	go s.watch()
	return s, nil
}

// run starts a server.
func (s *Server) run(ctx context.Context) (*server.Server, error) {
	maxStore := s.cfg.MaxBytes
	if maxStore == 0 {
		maxStore = math.MaxInt64 / 2 // the disk is the limit, and it is looked at all the time
	}
	srv, err := server.NewServer(&server.Options{
		ServerName: "signal", DontListen: true, NoSigs: true, NoSystemAccount: true,
		JetStream: true, StoreDir: s.cfg.Dir, JetStreamMaxMemory: maxMemory, JetStreamMaxStore: maxStore,
		SyncInterval: s.cfg.SyncInterval, SyncAlways: s.cfg.SyncAlways,
	})
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	log := &logger{log: s.cfg.Logger}
	srv.SetLoggerV2(log, false, false, false)
	// To shut it down while it starts would leave some of it behind: ctx ends what comes after.
	srv.Start()
	for err = log.fatal(); err == nil && !srv.ReadyForConnections(startSlice); err = ctx.Err() {
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && !srv.JetStreamEnabled() {
		err = errors.New("JetStream is not enabled")
	}
	if err != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil, fmt.Errorf("embedded: start in %s: %w", s.cfg.Dir, err)
	}
	return srv, nil
}

// Backend returns access to what is kept. partitions is how many there are to be, or 0 for what there is and
// for 16 of what is new. It has to be closed before Shutdown.
func (s *Server) Backend(ctx context.Context, partitions int) (*jetstream.Backend, error) {
	return jetstream.Connect(ctx, jetstream.Config{
		Name: deployment, Partitions: partitions, DefaultPartitions: defaultPartitions, Streams: 1, Replicas: 1, Alone: true, Room: s.room, Logger: s.cfg.Logger,
		URLs: []string{"nats://embedded"}, Options: []nats.Option{nats.InProcessServer(s)},
	})
}

// InProcessConn implements nats.InProcessConnProvider.
func (s *Server) InProcessConn() (net.Conn, error) {
	s.mu.Lock()
	running, failure := s.running, s.failure
	s.mu.Unlock()
	if running == nil {
		if failure == nil {
			failure = errors.New("embedded: shut down")
		}
		return nil, failure
	}
	return running.InProcessConn()
}

// Err returns nil while something can be stored, as far as one knows without trying, and else why not.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// Shutdown stops the server, syncs what has been written, and waits for that. Again is harmless.
func (s *Server) Shutdown() {
	s.once.Do(func() {
		s.end()
		<-s.done
		s.stop(errors.New("embedded: shut down"))
		_ = s.lock.Close() // only its lock mattered
	})
}

// stop stops the server that is running.
func (s *Server) stop(why error) {
	s.mu.Lock()
	running := s.running
	s.running, s.failure = nil, why
	s.mu.Unlock()
	if running != nil {
		running.Shutdown()
		running.WaitForShutdown()
	}
}

// fail is what an answer of room is made of.
func fail(what string, there, want int64) error {
	return fmt.Errorf("%w: %s: %d bytes, want %d", backend.ErrFull, what, there, want)
}
