package signal_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// A connection that lived long is followed by the next one at once. The second short one in a row makes the client wait
// for half a second, the third for a second, and so on: no user is cut off so often.
const (
	longLife = 5 * time.Second
	maxShort = 2
)

// A breaker breaks the connections of users, one after the other, while they talk. Cuts and messages wait for each
// other, so that the cuts are spread over all that is said whatever the machine's speed.
type breaker struct {
	users  []*victim
	cuts   int // to be made
	frozen int // of them half-open
	total  int // messages to be sent
	random *rand.Rand
	began  time.Time

	mu   sync.Mutex
	more *sync.Cond
	made int
	off  bool // nobody waits any more
}

// A victim is a user whom a breaker cuts off. Only the breaker's goroutine touches it.
type victim struct {
	*enduree
	link    *signaltest.Link // that was broken last
	broken  bool             // and nothing is known of the next one
	at      time.Time
	hits    int   // before
	resumes int64 // before
	short   int   // connections in a row that did not live long
}

func newBreaker(users []*enduree, cuts, frozen, total int, seed uint64) *breaker {
	b := &breaker{cuts: cuts, frozen: frozen, total: total, random: rand.New(rand.NewPCG(seed, 0)), began: time.Now()}
	b.more = sync.NewCond(&b.mu)
	for _, u := range users {
		b.users = append(b.users, &victim{enduree: u})
	}
	return b
}

// gated has the messages of a sender of n wait for their share of the cuts.
func (b *breaker) gated(n int, send func(string)) func(string) {
	i := 0
	return func(text string) {
		b.mu.Lock()
		for !b.off && b.made*n < i*b.cuts {
			b.more.Wait()
		}
		b.mu.Unlock()
		i++
		send(text)
	}
}

// run makes the cuts, and returns when all users are back.
func (b *breaker) run(t *testing.T) {
	t.Helper()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.off = true
		b.more.Broadcast()
	}()
	for back := false; !back && !t.Failed(); {
		poll(t, func() bool {
			back = b.settle() && b.made == b.cuts
			return back || b.isDue() && b.breakOne()
		})
	}
}

// count notes cuts made.
func (b *breaker) count(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made += n
	b.more.Broadcast()
}

// isDue reports whether enough was said for the next cut. It lets some pass before: one user who is cut off for long
// does not hold up the others.
func (b *breaker) isDue() bool {
	const ahead = 20 // a twentieth
	return b.made < b.cuts && b.sent()+b.total/ahead >= b.made*b.total/b.cuts
}

// settle looks at what became of those who were cut off. It reports whether all are back.
func (b *breaker) settle() bool {
	const quiet = 2 * time.Second
	all := true
	for _, v := range b.users {
		if !v.broken {
			continue
		}
		hit := hits(v.way.Stats()) > v.hits
		switch {
		case v.resumes < v.enduree.resumes.Load():
			v.broken = false
			if !hit { // it had ended before
				b.count(-1)
			}
			continue
		case !hit && time.Since(v.at) > quiet:
			v.link.Cut() // nothing is said that could be torn
		}
		all = false
	}
	return all
}

// breakOne breaks the connection of somebody who is logged in. It is false when there is none who would be back
// soon.
func (b *breaker) breakOne() bool {
	var able []*victim
	for _, v := range b.users {
		if !v.broken && v.GetStatus() == signal.LoginStateLogined && (v.short < maxShort || v.age() >= longLife) {
			able = append(able, v)
		}
	}
	if len(able) == 0 {
		return false
	}
	v := able[b.random.IntN(len(able))]
	links := v.way.Links()
	if len(links) == 0 { // the end of it has not come through
		return false
	}
	v.link = links[len(links)-1] // older ones may be half-open
	v.broken, v.at, v.hits, v.resumes = true, time.Now(), hits(v.way.Stats()), v.enduree.resumes.Load()
	if v.short++; v.age() >= longLife {
		v.short = 0
	}
	kind := b.random.IntN(3)
	switch {
	case b.made*b.frozen%b.cuts < b.frozen:
		v.link.Freeze(signaltest.Both)
	case kind == 0:
		v.link.Cut()
	case kind == 1:
		v.link.Reset()
	default:
		v.link.Tear(signaltest.Direction(1+b.random.IntN(2)), b.random.IntN(300))
	}
	b.count(1)
	return true
}

// report logs how far it is, every 10 s until stop is called. That may be more than once.
func (b *breaker) report(t *testing.T) (stop func()) {
	t.Helper()
	var running sync.WaitGroup
	over := make(chan struct{})
	running.Go(func() {
		often := time.NewTicker(10 * time.Second)
		defer often.Stop()
		for {
			select {
			case <-often.C:
				t.Logf("%.0f s: %d cuts, %d resumes, %d of %d messages sent, %d received",
					time.Since(b.began).Seconds(), hits(b.stats()), b.resumes(), b.sent(), b.total, b.heard())
			case <-over:
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(over)
		running.Wait()
	})
}

// sum adds up what is counted of each user.
func (b *breaker) sum(what func(*enduree) int64) int {
	n := int64(0)
	for _, v := range b.users {
		n += what(v.enduree)
	}
	return int(n)
}

func (b *breaker) sent() int    { return b.sum(func(u *enduree) int64 { return u.sent.Load() }) }
func (b *breaker) heard() int   { return b.sum(func(u *enduree) int64 { return u.heard.Load() }) }
func (b *breaker) resumes() int { return b.sum(func(u *enduree) int64 { return u.resumes.Load() }) }

func (b *breaker) stats() (all signaltest.NetworkStats) {
	for _, v := range b.users {
		s := v.way.Stats()
		all.Cuts += s.Cuts
		all.Resets += s.Resets
		all.Tears += s.Tears
		all.Frozen += s.Frozen
	}
	return all
}

// hits is how many connections were broken.
func hits(s signaltest.NetworkStats) int { return s.Cuts + s.Resets + s.Tears + s.Frozen }
