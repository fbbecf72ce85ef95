package cluster

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/server/backend"
)

const (
	tickEvery    = 100 * time.Millisecond
	appendWithin = 5 * time.Second // then the record is tried again
	saveWithin   = time.Minute
)

// A Runner drives a Node over a backend: a goroutine for each partition, one for the time and one for the links.
type Runner struct {
	*Node
	data  backend.Backend
	wakes []chan struct{}
	dirty chan struct{}

	ctx     context.Context // of all that runs
	cancel  context.CancelFunc
	running sync.WaitGroup
	gone    chan struct{} // closed when the node has left
}

// Start starts a Node. The Config's number of partitions and what else a backend knows better are the backend's.
func Start(cfg Config, data backend.Backend) *Runner {
	cfg.ID = newID()
	cfg.Core.Cores, cfg.Alone = data.Partitions(), !data.Shared()
	cfg.MaxRecord, cfg.MaxPiece = data.MaxRecord(), data.MaxMessage()
	r := &Runner{data: data, dirty: make(chan struct{}, 1), gone: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.wakes = make([]chan struct{}, cfg.Core.Cores)
	for p := range r.wakes {
		r.wakes[p] = make(chan struct{}, 1)
	}
	r.Node = New(cfg, (*world)(r))
	for p := range r.wakes {
		r.running.Go(func() { r.drive(p) })
	}
	r.running.Go(r.tick)
	r.running.Go(r.flush)
	return r
}

// newID draws a node's number.
func newID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return max(binary.LittleEndian.Uint64(b[:]), 1)
}

// Stop has the node give up what it owns, and ends it when that is done or, with the error of ctx, when ctx is.
func (r *Runner) Stop(ctx context.Context) (err error) {
	r.Leave()
	select {
	case <-r.gone:
	case <-ctx.Done():
		err = fmt.Errorf("cluster: partitions were not given up: %w", ctx.Err())
	}
	r.cancel()
	r.running.Wait()
	return err
}

// tick gives the node its sense of time, and has it listen as soon as that is possible.
func (r *Runner) tick() {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	var ears []func()
	defer func() {
		for _, stop := range ears {
			stop()
		}
	}()
	left := false
	for {
		if len(ears) == 0 {
			ears = r.listen()
		}
		if len(ears) > 0 {
			r.Tick()
		}
		if !left && r.isLeaving() && r.Owns() == 0 {
			left = true
			close(r.gone)
		}
		select {
		case <-t.C:
		case <-r.ctx.Done():
			return
		}
	}
}

// listen subscribes to what nodes say. It returns nothing when that does not succeed yet.
func (r *Runner) listen() []func() {
	beats, err := r.data.Subscribe(SubjectBeats, r.HearBeat)
	if err != nil {
		return nil
	}
	pieces, err := r.data.Subscribe(SubjectOf(r.ID()), r.HearPiece)
	if err != nil {
		beats()
		return nil
	}
	return []func(){beats, pieces}
}

// flush publishes what waits on links.
func (r *Runner) flush() {
	for {
		select {
		case <-r.dirty:
			r.Flush()
		case <-r.ctx.Done():
			return
		}
	}
}

// drive does for a partition what it needs done.
func (r *Runner) drive(p int) {
	t := time.NewTimer(time.Hour)
	defer t.Stop()
	saved := make(chan func(), 1) // there is one Save at a time
	for r.ctx.Err() == nil {
		select {
		case done := <-saved:
			done()
		default:
		}
		a := r.Turn(p)
		switch a.Do() {
		case Recover:
			a.Recovered(r.recover(p, &a))
		case Append:
			a.Appended(r.append(p, &a))
		case Save:
			r.running.Go(func() {
				err := r.save(p, &a)
				saved <- func() { a.Saved(err) }
			})
		case Release:
			a.Saved(r.save(p, &a))
		default:
			wait := time.Hour
			if until := a.Until(); !until.IsZero() {
				wait = max(time.Until(until), time.Millisecond)
			}
			t.Reset(wait)
			select {
			case <-r.wakes[p]:
			case <-t.C:
			case done := <-saved:
				done()
			case <-r.ctx.Done():
			}
		}
	}
}

// recover hands in what there is of a partition.
func (r *Runner) recover(p int, a *Action) error {
	snapshot, pos, err := r.data.Load(r.ctx, p)
	if err != nil {
		return err
	}
	if err := a.Restore(snapshot, pos); err != nil {
		return err
	}
	return r.data.Read(r.ctx, p, pos, a.Replay)
}

func (r *Runner) append(p int, a *Action) (uint64, error) {
	after, id, record := a.Record()
	ctx, cancel := context.WithTimeout(r.ctx, appendWithin)
	defer cancel()
	return r.data.Append(ctx, p, after, id, record)
}

// save saves a snapshot and forgets the records that it stands for.
func (r *Runner) save(p int, a *Action) error {
	pos, snapshot := a.Snapshot()
	if snapshot == nil {
		return errors.New("cluster: there is no snapshot")
	}
	ctx, cancel := context.WithTimeout(r.ctx, saveWithin)
	defer cancel()
	if err := r.data.Save(ctx, p, pos, snapshot); err != nil {
		return err
	}
	return r.data.Trim(ctx, p, pos)
}

// world is a Runner as its Node sees it.
type world Runner

func (w *world) Now() time.Time { return time.Now() }

func (w *world) Publish(subject string, data []byte) {
	_ = w.data.Publish(subject, data) // what is lost shows as a gap
}

func (w *world) Reachable() bool { return w.data.Err() == nil }

func (w *world) Wake(p int) {
	select {
	case w.wakes[p] <- struct{}{}:
	default:
	}
}

func (w *world) Flush() {
	select {
	case w.dirty <- struct{}{}:
	default:
	}
}

func (w *world) Seed() (seed [32]byte) {
	_, _ = rand.Read(seed[:]) // never fails
	return seed
}
