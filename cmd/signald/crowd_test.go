//go:build load && unix

package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

const hallSize = 10

// A crowd is many talkers, in pairs and in halls of hallSize, who talk until they are told to be quiet.
type crowd struct {
	t       *testing.T
	talkers []*talker
	every   time.Duration // a turn of each

	hush  chan struct{} // closed when they are to be quiet; nil: they are
	turns sync.WaitGroup
}

// gather has so many users log in, an even number, and join their halls.
func gather(t *testing.T, users int, every time.Duration, opts ...signal.Option) *crowd {
	t.Helper()
	c := &crowd{t: t, every: every}
	for n := range users {
		c.talkers = append(c.talkers, newTalker(n, opts...))
	}
	t.Cleanup(func() {
		c.quiet()
		var leaving sync.WaitGroup
		for _, u := range c.talkers {
			leaving.Go(func() {
				u.CallbackSet(signal.NopCallBack{})
				u.Destroy()
			})
		}
		leaving.Wait()
	})
	for n, u := range c.talkers {
		u.peer = c.talkers[n^1]
		u.Login("app", u.account, signal.NoToken, 0, "")
	}
	c.ready("logged in")
	for _, u := range c.talkers {
		u.ChannelJoin(u.hall)
	}
	c.ready("in the hall")
	return c
}

func (c *crowd) ready(what string) {
	c.t.Helper()
	late := time.NewTimer(slowly)
	defer late.Stop()
	for _, u := range c.talkers {
		select {
		case <-u.ready:
		case <-late.C:
			require.Failf(c.t, "late", "%s is not %s: %v", u.account, what, u.wrong)
		}
	}
}

// talk has all talk, and call each other.
func (c *crowd) talk() { c.begin(true) }

func (c *crowd) begin(calls bool) {
	c.hush = make(chan struct{})
	for n, u := range c.talkers {
		c.turns.Go(func() {
			first := time.NewTimer(c.every * time.Duration(n) / time.Duration(len(c.talkers))) // not all at once
			defer first.Stop()
			select {
			case <-first.C:
			case <-c.hush:
				return
			}
			t := time.NewTicker(c.every)
			defer t.Stop()
			for turn := n; ; turn++ {
				u.talk(turn, calls)
				select {
				case <-t.C:
				case <-c.hush:
					return
				}
			}
		})
	}
}

// quiet ends that.
func (c *crowd) quiet() {
	if c.hush != nil {
		close(c.hush)
		c.turns.Wait()
		c.hush = nil
	}
}

// served waits until each user has had a round trip of each kind that began after since: a message that was acknowledged,
// and came to its peer or to all of its hall. It returns when the last of them was over.
func (c *crowd) served(since time.Time) (at time.Time) {
	c.t.Helper()
	waiting := make(map[[2]int]struct{})
	for n := range c.talkers {
		for kind := range kinds {
			waiting[[2]int{n, kind}] = struct{}{}
		}
	}
	ok := assert.Eventually(c.t, func() bool {
		for w := range waiting {
			if done := c.trip(c.talkers[w[0]], w[1], since); !done.IsZero() {
				delete(waiting, w)
				if done.After(at) {
					at = done
				}
			}
		}
		return len(waiting) == 0
	}, slowly, 20*time.Millisecond)
	if !ok {
		var who []string
		for w := range waiting {
			u := c.talkers[w[0]]
			who = append(who, fmt.Sprintf("%s %d %v wrong %v", u.account, w[1], u.last(w[1]), u.complaints()))
		}
		slices.Sort(who)
		require.Failf(c.t, "not served", "%d: %s", len(who), strings.Join(who[:min(len(who), 20)], "\n"))
	}
	return at
}

// trip returns when the first message of a user that began after since had arrived everywhere, zero when none has.
func (c *crowd) trip(u *talker, kind int, since time.Time) time.Time {
	u.mu.Lock()
	i := len(u.posts[kind])
	for i > 0 && u.posts[kind][i-1].at.After(since) {
		i--
	}
	posts, first := slices.Clone(u.posts[kind][i:]), u.before[kind]+i+1
	u.mu.Unlock()
	for i, p := range posts {
		if p.outcome.IsZero() || p.ecode != 0 {
			continue
		}
		if at, ok := c.arrived(u, kind, textOf(u.account, first+i)); ok {
			if p.outcome.After(at) {
				at = p.outcome
			}
			return at
		}
	}
	return time.Time{}
}

// arrived returns when a message had come to all that it is for.
func (c *crowd) arrived(from *talker, kind int, text string) (at time.Time, ok bool) {
	for _, to := range c.hearers(from, kind) {
		to.mu.Lock()
		when, heard := to.when[kind][text]
		to.mu.Unlock()
		if !heard {
			return at, false
		}
		if when.After(at) {
			at = when
		}
	}
	return at, true
}

// hearers are those whom a user's message of a kind is for.
func (c *crowd) hearers(from *talker, kind int) []*talker {
	if kind == toPeer {
		return []*talker{from.peer}
	}
	return slices.DeleteFunc(slices.Clone(c.talkers), func(u *talker) bool { return u.hall != from.hall })
}

// settle makes them quiet, and waits until everything has its outcome and what was acknowledged has arrived.
func (c *crowd) settle() {
	c.t.Helper()
	c.quiet()
	assert.Eventually(c.t, func() bool {
		for _, u := range c.talkers {
			u.goOn() // a call may not have ended
			u.mu.Lock()
			busy := u.open[toPeer]+u.open[toHall] > 0 || u.mine != ""
			u.mu.Unlock()
			if busy {
				return false
			}
		}
		return true
	}, slowly, 50*time.Millisecond, "some have no outcome")
	// What comes behind everything else says that everything else has come.
	from := time.Now()
	c.begin(false)
	c.served(from)
	c.quiet()
	assert.Eventually(c.t, func() bool {
		for _, u := range c.talkers {
			u.mu.Lock()
			busy := u.open[toPeer]+u.open[toHall] > 0
			posts := [kinds]int{u.before[toPeer] + len(u.posts[toPeer]), u.before[toHall] + len(u.posts[toHall])}
			u.mu.Unlock()
			if busy {
				return false
			}
			for kind, n := range posts {
				if _, ok := c.arrived(u, kind, textOf(u.account, n)); !ok && u.last(kind).ecode == 0 {
					return false
				}
			}
		}
		return true
	}, slowly, 50*time.Millisecond, "the last ones have not come")
}

// A tally is what became of all that was sent.
type tally struct {
	sent, acknowledged, failed, lost, doubled, late int
	calls, accepted, refused, failedCalls           int
	backs                                           int
}

func (f tally) String() string {
	return fmt.Sprintf("%d messages, %d acknowledged, %d failed: %d lost, %d doubled, %d out of order; %d calls (%d accepted, %d refused, %d failed); %d reconnects",
		f.sent, f.acknowledged, f.failed, f.lost, f.doubled, f.late, f.calls, f.accepted, f.refused, f.failedCalls, f.backs)
}

// check checks every promise of all that happened since it was called last, and forgets it. The crowd has settled.
func (c *crowd) check() (f tally) {
	c.t.Helper()
	for _, u := range c.talkers {
		assert.Empty(c.t, u.complaints(), u.account)
		for kind := range kinds {
			c.checkSent(&f, u, kind)
			c.checkHeard(&f, u, kind)
		}
		u.mu.Lock()
		f.backs += u.backs
		u.mu.Unlock()
		c.checkCalls(&f, u)
	}
	for _, u := range c.talkers { // a hall has one order
		first := c.hearers(u, toHall)[0]
		if !slices.Equal(first.all(toHall), u.all(toHall)) {
			c.t.Errorf("%s and %s heard their hall differently", first.account, u.account)
		}
	}
	assert.Zero(c.t, f.lost+f.doubled+f.late, f)
	for _, u := range c.talkers {
		u.forget()
	}
	return f
}

// checkSent checks that what was acknowledged came.
func (c *crowd) checkSent(f *tally, u *talker, kind int) {
	u.mu.Lock()
	posts, first := slices.Clone(u.posts[kind]), u.before[kind]+1
	u.mu.Unlock()
	for i, p := range posts {
		f.sent++
		if p.ecode != 0 {
			f.failed++
			continue
		}
		f.acknowledged++
		text := textOf(u.account, first+i)
		if _, ok := c.arrived(u, kind, text); !ok {
			f.lost++
			if f.lost <= 10 { // the first ones say it
				c.t.Errorf("lost: kind %d, %s, sent %v, acknowledged %v", kind, text, p.at.Format(clockFormat), p.outcome.Format(clockFormat))
			}
		}
	}
}

const clockFormat = "15:04:05.000"

// checkHeard checks that the messages of each sender came once and in order.
func (c *crowd) checkHeard(f *tally, u *talker, kind int) {
	c.t.Helper()
	last, seen := make(map[string]int), make(map[string]bool)
	for _, from := range c.talkers {
		last[from.account] = from.before[kind]
	}
	for _, h := range u.all(kind) {
		var account string
		var n int
		_, err := fmt.Sscan(h.text, &account, &n)
		if err != nil || account != h.account {
			c.t.Errorf("%s heard %q of %s", u.account, h.text, h.account)
		}
		switch {
		case seen[h.text] || n == last[account]:
			f.doubled++
			c.t.Errorf("doubled: kind %d, %s heard %s again", kind, u.account, h.text)
		case n < last[account]:
			f.late++
			c.t.Errorf("out of order: kind %d, %s heard %s after %d", kind, u.account, h.text, last[account])
		}
		seen[h.text] = true
		last[account] = max(last[account], n)
	}
}

// checkCalls checks that each call of a user ended once on each side, and that both sides know the same.
func (c *crowd) checkCalls(f *tally, u *talker) {
	u.mu.Lock()
	mine := make(map[string]call)
	for channel, k := range u.calls {
		if strings.HasPrefix(channel, "call "+u.account+" ") {
			mine[channel] = *k
		}
	}
	u.mu.Unlock()
	for channel, caller := range mine {
		f.calls++
		u.peer.mu.Lock()
		callee := *u.peer.callOf(channel)
		u.peer.mu.Unlock()
		fits := len(caller.ends) == 1 && callee.rung <= 1
		switch {
		case !fits:
		case caller.ends[0] == "refused":
			f.refused++
			fits = refuses(channel) && caller.accepted == 0 && callee.rung == 1 && len(callee.ends) == 0
		case caller.ends[0] == "ended":
			f.accepted++
			fits = !refuses(channel) && caller.accepted == 1 && callee.rung == 1 && slices.Equal(callee.ends, []string{"ended by peer"})
		case strings.HasPrefix(caller.ends[0], "failed"):
			f.failedCalls++
			ended := len(callee.ends) == callee.rung || refuses(channel) && len(callee.ends) == 0 // who has refused hears no more
			fits = caller.accepted == 0 && ended
		default:
			fits = false
		}
		assert.True(c.t, fits, "%s: caller %+v, callee %+v", channel, caller, callee)
	}
}

func (u *talker) all(kind int) []hearing {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.heard[kind])
}

func (u *talker) complaints() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.wrong)
}

// last returns the newest message of a kind, none when it was checked.
func (u *talker) last(kind int) (p post) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n := len(u.posts[kind]); n > 0 {
		p = u.posts[kind][n-1]
	}
	return p
}

// failures returns how many messages have failed.
func (c *crowd) failures() (n int) {
	for _, u := range c.talkers {
		u.mu.Lock()
		n += u.failed
		u.mu.Unlock()
	}
	return n
}
