package server

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
)

const (
	turnInputs = 256              // inputs that are handled in one go
	backlog    = 16 * turnInputs  // inputs of one shard at which readers begin to wait
	soonest    = time.Millisecond // a timer is not set for less
)

// A shard drives one core: a FIFO of inputs, and a timer for when the core has something due. It has no
// goroutine of its own. Whoever posts while nobody is inside the core runs it, for all who post meanwhile too.
//
// Inputs that wait are never forgotten: somebody is inside the core, or the shard is in somebody's list of
// those to look after (see drive).
type shard struct {
	running *sync.WaitGroup // timers that are set or have fired, and goroutines of drive: of all shards

	gauges gauges

	// Of whoever set busy.

	core    *core.Core
	woken   []*shard  // that got inputs from inside the core
	touched []*outbox // that are to be flushed after the turn

	mu   sync.Mutex
	room sync.Cond // the backlog went down, or handled up
	// +checklocks:mu
	inputs queue
	// +checklocks:mu
	pushed uint64 // inputs, ever
	// +checklocks:mu
	handled uint64
	// +checklocks:mu
	tick bool // the timer fired
	// +checklocks:mu
	busy bool // somebody is inside the core
	// +checklocks:mu
	stopped bool // the timer is not set any more
	// +checklocks:mu
	timer *time.Timer
	// +checklocks:mu
	due time.Time // when the timer fires; zero when it is not set
}

// newShards returns a shard for each of cfg.Cores.
func newShards(cfg core.Config) []*shard {
	running := new(sync.WaitGroup)
	shards := make([]*shard, cfg.Cores)
	for i := range shards {
		shards[i] = &shard{running: running}
	}
	for i, sh := range shards {
		cfg.Post = func(to int, m *core.Message) {
			other := shards[to]
			if other.push(m) && !slices.Contains(sh.woken, other) {
				sh.woken = append(sh.woken, other)
			}
		}
		sh.room.L = &sh.mu
		sh.core = core.New(cfg, i)
	}
	return shards
}

// stopShards stops the timers and waits for all that still runs. Nobody posts any more.
func stopShards(shards []*shard) {
	for _, sh := range shards {
		sh.stop()
	}
	shards[0].running.Wait()
}

// post hands in an input. It waits while too many others do.
func (sh *shard) post(in core.Input) {
	sh.put(in)
	drive(sh, true)
}

// put is post that leaves the input to whoever drives the shard next: the caller has to, soon.
func (sh *shard) put(in core.Input) {
	for !sh.tryPut(in) {
		drive(sh, true) // all may wait for somebody to begin
	}
}

// tryPut reports false when too many inputs wait for somebody to drive the shard.
func (sh *shard) tryPut(in core.Input) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for sh.inputs.len >= backlog {
		if !sh.busy {
			return false
		}
		sh.room.Wait()
	}
	sh.add(in)
	return true
}

// +checklocks:sh.mu
func (sh *shard) add(in core.Input) {
	sh.inputs.push(in)
	sh.pushed++
}

// flush waits until all inputs that are there have been handled.
func (sh *shard) flush() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for all := sh.pushed; sh.handled < all; {
		sh.room.Wait()
	}
}

// waiting returns how many inputs wait.
func (sh *shard) waiting() int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.inputs.len
}

// postNow hands in an input without waiting.
func (sh *shard) postNow(in core.Input) {
	sh.push(in)
	drive(sh, true)
}

// push leaves an input to whoever is inside the core. It reports whether nobody is.
func (sh *shard) push(in core.Input) (idle bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.add(in)
	return !sh.busy
}

// drive gives turns to a shard and to those that it wakes, until nothing is left to do. A borrowed goroutine,
// which has other things to do, leaves the rest to a fresh one after a full turn.
func drive(sh *shard, borrowed bool) {
	handled, rest := sh.turn()
	for len(rest) > 0 {
		if borrowed && handled >= turnInputs {
			left := rest
			sh.running.Go(func() { driveAll(left) })
			return
		}
		n, more := rest[0].turn()
		handled += n
		rest = append(rest[1:], more...)
	}
}

func driveAll(list []*shard) {
	for len(list) > 0 {
		_, more := list[0].turn()
		list = append(list[1:], more...)
	}
}

// turn handles inputs that wait, unless somebody is inside the core, who then will. It returns how many it
// handled, and the shards that are to have a turn because of it.
func (sh *shard) turn() (handled int, next []*shard) {
	inputs, ok := sh.enter()
	if !ok {
		return 0, nil
	}
	now := time.Now()
	sh.core.Tick(now)
	for _, in := range inputs {
		sh.core.Step(now, in)
		if c, ok := in.(*call); ok {
			c.release()
		}
	}
	next = append(next, sh.woken...)
	clear(sh.woken)
	sh.woken = sh.woken[:0]
	at, ok := sh.core.Next()
	sh.measure(time.Since(now))
	var few [8]*outbox // most turns touch no more
	touched := append(few[:0], sh.touched...)
	clear(sh.touched)
	sh.touched = sh.touched[:0]
	handled = len(inputs)
	if sh.leave(inputs, now, at, ok) {
		next = append(next, sh)
	}
	sh.flushAll(touched)
	return handled, next
}

// flushAll writes what a turn has sent. When it has sent to many, others help.
func (sh *shard) flushAll(touched []*outbox) {
	const alone = 64
	share := max(alone, len(touched)/runtime.GOMAXPROCS(0)+1)
	for len(touched) > share {
		part := slices.Clone(touched[:share])
		touched = touched[share:]
		sh.running.Go(func() { flushEach(part) })
	}
	flushEach(touched)
}

func flushEach(touched []*outbox) {
	for _, o := range touched {
		o.flush()
	}
}

// measure leaves figures for Stats.
func (sh *shard) measure(took time.Duration) {
	g := &sh.gauges
	g.sessions.Store(int64(sh.core.Sessions()))
	g.accounts.Store(int64(sh.core.Accounts()))
	g.channels.Store(int64(sh.core.Channels()))
	g.turns.Add(1)
	g.busy.Add(int64(took))
	if int64(took) > g.longest.Load() {
		g.longest.Store(int64(took))
	}
}

// enter makes the caller the one who is inside the core, when there is something to do in there and nobody is.
func (sh *shard) enter() (inputs []core.Input, ok bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.busy || (sh.inputs.len == 0 && !sh.tick) {
		return nil, false
	}
	sh.busy, sh.tick = true, false
	inputs = sh.inputs.take()
	if sh.inputs.len <= backlog/2 {
		sh.room.Broadcast()
	}
	return inputs, true
}

// leave undoes enter. It reports whether something is left to do. at, if set, is when the core wants a tick.
func (sh *shard) leave(inputs []core.Input, now, at time.Time, set bool) (more bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.handled += uint64(len(inputs))
	sh.room.Broadcast()
	sh.inputs.recycle(inputs)
	sh.busy = false
	if set && !sh.stopped && (sh.due.IsZero() || at.Before(sh.due)) {
		sh.setTimer(now, at)
	}
	return sh.inputs.len > 0 || sh.tick
}

// setTimer is called with sh.mu held.
//
// +checklocks:sh.mu
func (sh *shard) setTimer(now, at time.Time) {
	wait := max(at.Sub(now), soonest)
	sh.due = now.Add(wait)
	switch {
	case sh.timer == nil:
		sh.running.Add(1)
		sh.timer = time.AfterFunc(wait, sh.fire)
	case !sh.timer.Reset(wait):
		sh.running.Add(1)
	}
}

// fire is what the timer calls.
func (sh *shard) fire() {
	defer sh.running.Done()
	sh.mu.Lock()
	sh.due, sh.tick = time.Time{}, !sh.stopped
	sh.mu.Unlock()
	drive(sh, false)
}

func (sh *shard) stop() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.stopped = true
	if sh.timer != nil && sh.timer.Stop() {
		sh.running.Done()
	}
}

// A queue is a FIFO of inputs in chunks of one turn. The zero queue is empty.
type queue struct {
	chunks [][]core.Input
	spare  []core.Input
	len    int
}

func (q *queue) push(in core.Input) {
	q.len++
	last := len(q.chunks) - 1
	if last < 0 || len(q.chunks[last]) == turnInputs {
		q.chunks = append(q.chunks, q.spare)
		q.spare = nil
		last++
	}
	q.chunks[last] = append(q.chunks[last], in)
}

// take removes the oldest inputs, at most a turn's worth. They are the caller's until recycle.
func (q *queue) take() []core.Input {
	if len(q.chunks) == 0 {
		return nil
	}
	chunk := q.chunks[0]
	q.chunks = slices.Delete(q.chunks, 0, 1)
	q.len -= len(chunk)
	return chunk
}

// recycle gets back what take gave.
func (q *queue) recycle(chunk []core.Input) {
	clear(chunk)
	q.spare = chunk[:0]
}
