package sim

import (
	"context"
	"sync"
	"time"
)

// Campaign plays many seeds.
type Campaign struct {
	Kind     Kind
	From     uint64        // the first seed
	Seeds    int           // how many
	Jobs     int           // at one time
	Violated func(Result)  // called for each seed that broke a promise, from one goroutine at a time
	Progress func(Tally)   // called now and then, from one goroutine at a time; may be nil
	Every    time.Duration // between two calls of Progress
}

// Tally is what many seeds came to.
type Tally struct {
	Seeds, Violations int
	Steps             int
	Lasted            time.Duration // in virtual time
	Stats             Stats
}

// Faults returns how many faults there were.
func (t *Tally) Faults() int {
	n := 0
	for name, count := range t.Stats {
		if len(name) > len(faultPrefix) && name[:len(faultPrefix)] == faultPrefix {
			n += count
		}
	}
	return n
}

// Run plays the seeds, until they are played or ctx ends.
func (c *Campaign) Run(ctx context.Context) Tally {
	seeds := make(chan uint64)
	var (
		mu      sync.Mutex
		total   = Tally{Stats: make(Stats)}
		told    = time.Now()
		workers sync.WaitGroup
	)
	for range max(c.Jobs, 1) {
		workers.Go(func() {
			for seed := range seeds {
				r := c.Kind.Run(seed)
				mu.Lock()
				total.add(&r)
				if r.Violation != "" && c.Violated != nil {
					c.Violated(r)
				}
				if c.Progress != nil && time.Since(told) >= c.Every {
					told = time.Now()
					c.Progress(total)
				}
				mu.Unlock()
			}
		})
	}
feed:
	for n := range c.Seeds {
		select {
		case seeds <- c.From + uint64(n):
		case <-ctx.Done():
			break feed
		}
	}
	close(seeds)
	workers.Wait()
	return total
}

func (t *Tally) add(r *Result) {
	t.Seeds++
	t.Steps += r.Steps
	t.Lasted += r.Lasted
	t.Stats.Add(r.Stats)
	if r.Violation != "" {
		t.Violations++
	}
}
