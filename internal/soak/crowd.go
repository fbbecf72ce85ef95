package soak

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	hallSize     = 10  // users in one channel
	window       = 64  // messages of one user that wait for their answers
	calibrating  = 8   // the same while the machine's capacity is measured
	mostPerUser  = 55. // actions a second: a little below the 60 messages that the server takes
	settleWithin = time.Minute
)

// A crowd is all users and what they count.
type crowd struct {
	cfg       Config
	run       string // begins the accounts' names, so that runs do not meet
	users     []*user
	ledger    *Ledger
	latencies Latencies

	interval atomic.Int64 // nanoseconds between two actions of a user, on average
	window   atomic.Int64
	over     atomic.Bool // nobody logs in again

	actions    atomic.Uint64
	deliveries atomic.Uint64
	reconnects atomic.Uint64
	calls      atomic.Uint64
	lost       atomic.Uint64

	mu sync.Mutex
	// +checklocks:mu
	errors map[string]uint64 // by kind and code, so there are few
}

func newCrowd(cfg Config) *crowd {
	c := &crowd{
		cfg: cfg, ledger: NewLedger(), errors: make(map[string]uint64),
		run: "soak-" + strconv.FormatUint(rand.Uint64(), 36) + "-",
	}
	c.window.Store(window)
	for n := range cfg.Users {
		u := &user{crowd: c, n: n, peer: (n + 1) % cfg.Users, hall: c.run + strconv.Itoa(n/hallSize)}
		for m := n / hallSize * hallSize; m < min(cfg.Users, (n/hallSize+1)*hallSize); m++ {
			u.group = append(u.group, m)
		}
		c.users = append(c.users, u)
	}
	return c
}

func (c *crowd) account(n int) string { return c.run + strconv.Itoa(n) }

func (c *crowd) numberOf(account string) (n int, ok bool) {
	digits, ours := strings.CutPrefix(account, c.run)
	n, err := strconv.Atoi(digits)
	return n, ours && err == nil
}

func (c *crowd) failed(kind string, ecode int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errors[fmt.Sprintf("%s %d", kind, ecode)]++
}

func (c *crowd) allErrors() map[string]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.errors)
}

func (c *crowd) rejoined(u *user) { c.lost.Add(c.ledger.Rejoin(u.n, u.group)) }

func (c *crowd) setRate(perUser float64) { c.interval.Store(int64(float64(time.Second) / perUser)) }

func (c *crowd) online() (n int) {
	for _, u := range c.users {
		if u.online.Load() && u.joined.Load() {
			n++
		}
	}
	return n
}

// live lets all users act until ctx ends, and returns when they have stopped.
func (c *crowd) live(ctx context.Context) {
	var all sync.WaitGroup
	for _, u := range c.users {
		all.Go(func() { c.repeat(ctx, func() time.Duration { return time.Duration(c.interval.Load()) }, u.act) })
	}
	turn := 0
	all.Go(func() { c.repeat(ctx, c.every(c.cfg.Cuts), func() { c.anyone().cut() }) })
	all.Go(func() {
		c.repeat(ctx, c.every(c.cfg.Relogins), func() {
			turn++
			c.anyone().relogin(turn%4 == 0)
		})
	})
	all.Wait()
}

func (c *crowd) anyone() *user { return c.users[rand.IntN(len(c.users))] }

// every returns the time between two events of which each user has so many a minute.
func (c *crowd) every(perMinute float64) func() time.Duration {
	return func() time.Duration {
		if perMinute <= 0 {
			return time.Hour
		}
		return time.Duration(float64(time.Minute) / perMinute / float64(len(c.users)))
	}
}

// repeat does something at random times, on average once in the time that interval returns.
func (c *crowd) repeat(ctx context.Context, interval func() time.Duration, do func()) {
	next := time.NewTimer(0)
	defer next.Stop()
	<-next.C
	for {
		next.Reset(time.Duration(float64(interval()) * (0.5 + rand.Float64())))
		select {
		case <-next.C:
			do()
		case <-ctx.Done():
			return
		}
	}
}

// settle waits until everything that was sent has come, and returns how much did not.
func (c *crowd) settle() (missing uint64) {
	patience := time.NewTimer(settleWithin)
	defer patience.Stop()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		missing = 0
		for _, u := range c.users {
			missing += c.ledger.MissingUpTo(Flow{Sender: u.n, Receiver: u.peer}, u.direct.Load())
		}
		if missing == 0 && c.online() == len(c.users) {
			return 0
		}
		select {
		case <-again.C:
		case <-patience.C:
			return missing
		}
	}
}

func (c *crowd) end() {
	c.over.Store(true)
	var all sync.WaitGroup
	for _, u := range c.users {
		all.Go(func() { u.api.Load().Destroy() })
	}
	all.Wait()
}
