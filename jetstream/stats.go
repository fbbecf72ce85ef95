package jetstream

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/agora-signal-go/signal/server/backend"
)

type op int

const (
	opAppend op = iota
	opRead
	opTrim
	opSave
	opLoad
	opPublish
	ops
)

type class int

const (
	classFenced class = iota
	classFull
	classUnavailable
	classTooLarge
	classTrimmed
	classClosed
	classContext
	classOther
	classes
)

func opNames() [ops]string { return [ops]string{"append", "read", "trim", "save", "load", "publish"} }

func classNames() [classes]string {
	return [classes]string{"fenced", "full", "unavailable", "too_large", "trimmed", "closed", "context", "other"}
}

// OpStats is what came of the calls of one method since Connect.
type OpStats struct {
	Op     string            // append, read, trim, save, load or publish
	Calls  uint64            // that have ended
	Errors map[string]uint64 // of these, by class: fenced, full, unavailable, too_large, trimmed, closed, context, other
	Bytes  uint64            // that were passed in, or out
	Time   time.Duration     // that all took together
	Max    time.Duration     // that the longest took
}

type opCounter struct {
	calls, bytes atomic.Uint64
	time, max    atomic.Int64
	errors       [classes]atomic.Uint64
}

// Stats returns what came of the calls, one for each method, always in the same order. Every class of errors is there.
func (b *Backend) Stats() []OpStats {
	stats := make([]OpStats, 0, ops)
	for o, name := range opNames() {
		c := &b.stats[o]
		s := OpStats{
			Op: name, Calls: c.calls.Load(), Bytes: c.bytes.Load(), Errors: make(map[string]uint64, classes),
			Time: time.Duration(c.time.Load()), Max: time.Duration(c.max.Load()),
		}
		for i, name := range classNames() {
			s.Errors[name] = c.errors[i].Load()
		}
		stats = append(stats, s)
	}
	return stats
}

func (b *Backend) count(o op, began time.Time, bytes int, err error) {
	c, took := &b.stats[o], int64(time.Since(began))
	c.calls.Add(1)
	c.time.Add(took)
	for {
		longest := c.max.Load()
		if took <= longest || c.max.CompareAndSwap(longest, took) {
			break
		}
	}
	if err != nil {
		c.errors[classOf(err)].Add(1)
		return
	}
	c.bytes.Add(uint64(bytes))
}

func classOf(err error) class {
	switch {
	case errors.Is(err, backend.ErrFenced):
		return classFenced
	case errors.Is(err, backend.ErrFull):
		return classFull
	case errors.Is(err, backend.ErrTooLarge):
		return classTooLarge
	case errors.Is(err, backend.ErrTrimmed):
		return classTrimmed
	case errors.Is(err, backend.ErrClosed):
		return classClosed
	case errors.Is(err, backend.ErrUnavailable):
		return classUnavailable
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return classContext
	}
	return classOther
}
