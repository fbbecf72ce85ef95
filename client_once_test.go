package signal_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// A courier has messages brought to one account, who reads them in loops of all kinds, amid faults.
type courier struct {
	srv    *signaltest.Server
	reader *signal.Client
	random *rand.Rand

	mu sync.Mutex
	// +checklocks:mu
	handled map[string]int // in which session of reading
	// +checklocks:mu
	session int
}

const (
	couriers = 3
	letters  = 120 // of each
)

func newCourier(t *testing.T, seed uint64) *courier {
	t.Helper()
	c := &courier{random: rand.New(rand.NewPCG(seed, 0)), handled: make(map[string]int)}
	c.srv = signaltest.NewPipeServer(t, server.WithLimits(server.Limits{UserMessagesPerSecond: -1, CallsPerSecond: -1}))
	return c
}

func (c *courier) dial(t *testing.T) {
	t.Helper()
	c.reader = dialPipe(t, c.srv, "reader")
}

// send has each of them send his letters, one after the other.
func (c *courier) send(t *testing.T) (wait func()) {
	t.Helper()
	var sending sync.WaitGroup
	for n := range couriers {
		from := dialPipe(t, c.srv, fmt.Sprint("courier", n), signal.WithCallTimeout(time.Hour))
		pauses := rand.New(rand.NewPCG(c.random.Uint64(), 0))
		sending.Go(func() {
			for i := range letters {
				assert.NoError(t, from.Send(context.Background(), "reader", fmt.Sprint(n, " ", i)))
				time.Sleep(time.Duration(pauses.IntN(100)) * time.Millisecond)
			}
		})
	}
	return sending.Wait
}

// take is the body of a loop: nobody had the message in an earlier session, and it follows the one before from its sender.
func (c *courier) take(t *testing.T, last map[string]int, m signal.Message) {
	t.Helper()
	from, number, _ := strings.Cut(m.Text, " ")
	i, err := strconv.Atoi(number)
	assert.NoError(t, err)
	if before, ok := last[from]; ok {
		assert.Greater(t, i, before, "from "+from)
	}
	last[from] = i
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.handled[m.Text]; ok && s != c.session {
		t.Errorf("%q came again in session %d: it was handled in %d", m.Text, c.session, s)
	}
	c.handled[m.Text] = c.session
}

// next begins the next session, and returns how many messages were handled in those before.
func (c *courier) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session++
	return len(c.handled)
}

// read is one loop over so many messages at most.
func (c *courier) read(t *testing.T, ctx context.Context, n int) { //nolint:revive // t is first everywhere in this file
	last := make(map[string]int)
	for m, err := range c.reader.Messages(ctx) {
		if err != nil {
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			return
		}
		c.take(t, last, m)
		if n--; n == 0 {
			return
		}
	}
}

// sessions are the ways to read.
func (c *courier) sessions() []func(t *testing.T, ctx context.Context, n int) {
	return []func(t *testing.T, ctx context.Context, n int){
		c.read,
		// Several loops at once, and one that reads what they have left: the server forgets in order, so that what one of them has
		// handled would come again at the next login behind what nobody has read.
		func(t *testing.T, ctx context.Context, n int) {
			var reading sync.WaitGroup
			for i := range 3 {
				reading.Go(func() { c.read(t, ctx, n+i) })
			}
			reading.Wait()
			now, cancel := context.WithTimeout(ctx, time.Nanosecond)
			defer cancel()
			c.read(t, now, math.MaxInt)
		},
		func(t *testing.T, ctx context.Context, n int) { // pulled
			next, stop := iter.Pull2(c.reader.Messages(ctx))
			defer stop()
			last := make(map[string]int)
			for range n {
				m, err, ok := next()
				if !ok || err != nil {
					return
				}
				c.take(t, last, m)
			}
		},
		func(t *testing.T, ctx context.Context, n int) { // among all events
			last := make(map[string]int)
			for e, err := range c.reader.Events(ctx) {
				if err != nil {
					return
				}
				if m, ok := e.(signal.Message); ok {
					c.take(t, last, m)
					if n--; n == 0 {
						return
					}
				}
			}
		},
		func(t *testing.T, ctx context.Context, n int) { // its last body panics, and is done with its message all the same
			assert.Panics(t, func() {
				c.read(t, ctx, n)
				for m, err := range c.reader.Messages(ctx) {
					if err == nil {
						c.take(t, make(map[string]int), m)
					}
					panic("enough")
				}
			})
		},
		// Gone, and back again: what nobody has read is at the server. There is a connection, by which to tell what was read.
		func(t *testing.T, _ context.Context, _ int) {
			for _, err := c.reader.Online(t.Context(), "reader"); err != nil; _, err = c.reader.Online(t.Context(), "reader") {
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			}
			require.NoError(t, c.reader.Close(t.Context()))
			c.dial(t)
		},
	}
}

// faults are what happens in the middle of it.
func (c *courier) faults() []func() {
	everybody := []string{"reader", "courier0", "courier1", "courier2"}
	return []func(){
		func() {},
		func() { c.srv.Cut(everybody[c.random.IntN(len(everybody))]) },
		func() { c.srv.Restart(true) },
		func() {
			c.srv.Refuse(true)
			c.srv.CutAll()
			time.AfterFunc(time.Second, func() { c.srv.Refuse(false) })
		},
		func() {
			c.srv.Stall(true)
			time.AfterFunc(time.Second, func() { c.srv.Stall(false) })
		},
	}
}

func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCourier(t, seed)
				c.dial(t)
				wait := c.send(t)
				sessions, faults := c.sessions(), c.faults()
				const patience = 10 * time.Minute
				for began := time.Now(); c.next() < couriers*letters && time.Since(began) < patience; {
					session, n := sessions[c.random.IntN(len(sessions))], 1+c.random.IntN(10)
					faults[c.random.IntN(len(faults))]()
					ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
					session(t, ctx, n)
					cancel()
				}
				wait()
				assert.Equal(t, couriers*letters, c.next(), "none is lost")
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				for m, err := range c.reader.Messages(ctx) {
					assert.ErrorIs(t, err, context.DeadlineExceeded, "%v came again", m)
				}
			})
		})
	}
}
