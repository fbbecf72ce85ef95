package soak

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Latencies counts durations in buckets of about 6 %: the memory is the same however many there are. The zero value
// is empty; any goroutine may add.
type Latencies struct{ buckets [64 * perOctave]atomic.Uint64 }

// perOctave is how many buckets there are between a number of microseconds and its double.
const perOctave = 16

// Add counts one duration. A negative one counts as none.
func (l *Latencies) Add(d time.Duration) {
	l.buckets[bucketOf(uint64(max(d.Microseconds(), 0)))].Add(1)
}

func bucketOf(us uint64) int {
	if us < perOctave {
		return int(us)
	}
	octave := bits.Len64(us) - bits.Len64(perOctave-1) // 1 for the first that is not exact
	return octave*perOctave + int(us>>(octave-1))&(perOctave-1)
}

// floorOf returns the least number of microseconds in a bucket.
func floorOf(bucket int) uint64 {
	octave, rest := bucket/perOctave, uint64(bucket%perOctave)
	if octave == 0 {
		return rest
	}
	return (perOctave | rest) << (octave - 1)
}

// Take returns the durations below which those shares of all lie, in milliseconds, and begins anew. Without any
// they are 0.
func (l *Latencies) Take(shares ...float64) []float64 {
	var counts [len(l.buckets)]uint64
	total := uint64(0)
	for i := range l.buckets {
		counts[i] = l.buckets[i].Swap(0)
		total += counts[i]
	}
	found := make([]float64, len(shares))
	for i, share := range shares {
		want, sum := uint64(share*float64(total)), uint64(0)
		for b, n := range &counts {
			if sum += n; n > 0 && sum >= want {
				found[i] = float64(floorOf(b)) / 1000
				break
			}
		}
	}
	return found
}
