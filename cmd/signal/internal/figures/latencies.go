// Package figures counts latencies and shows them: percentiles, and a histogram for the terminal.
package figures

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// What is counted, in nanoseconds: beyond the longest everything counts as that. Three digits of each are kept.
const (
	shortest = int64(100)
	longest  = int64(10 * time.Minute)
	digits   = 3
)

// Latencies are those that were recorded. One goroutine may use them at a time.
type Latencies struct {
	h   *hdrhistogram.Histogram
	max int64
}

// New returns none.
func New() *Latencies { return &Latencies{h: hdrhistogram.New(shortest, longest, digits)} }

// Record counts one.
func (l *Latencies) Record(d time.Duration) {
	n := min(max(int64(d), 0), longest)
	l.max = max(l.max, n)
	_ = l.h.RecordValue(n) // it is in range
}

// Add counts all of others, too.
func (l *Latencies) Add(others *Latencies) {
	l.max = max(l.max, others.max)
	l.h.Merge(others.h)
}

// A Summary says how latencies are spread. Percentiles are the least latency that so many per cent do not exceed.
type Summary struct {
	Count                               int64
	Min, Mean, P50, P90, P99, P999, Max time.Duration
}

// Summary returns how they are spread. Of none all is 0.
func (l *Latencies) Summary() Summary {
	s := Summary{Count: l.h.TotalCount()}
	if s.Count == 0 {
		return s
	}
	// What was recorded is known to three digits, and no percentile is above the longest.
	at := func(q float64) time.Duration { return time.Duration(min(l.h.ValueAtQuantile(q), l.max)) }
	s.Min, s.Mean, s.Max = time.Duration(l.h.Min()), time.Duration(l.h.Mean()), time.Duration(l.max)
	s.P50, s.P90, s.P99, s.P999 = at(50), at(90), at(99), at(99.9)
	return s
}
