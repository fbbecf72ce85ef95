package signal_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// The size of TestEndureCuts. The full one, which the README names, takes minutes:
//
//	go test -run TestEndureCuts -v -timeout 30m . -cuts 1000 -instant 100000 -spoken 20000
var (
	endureCuts    = flag.Int("cuts", 60, "connections that TestEndureCuts breaks")
	endureInstant = flag.Int("instant", 4_000, "instant messages that it sends, both ways together")
	endureSpoken  = flag.Int("spoken", 2_000, "messages to the channel, of all members together")
	endureFrozen  = flag.Int("frozen", 0, "cuts among them that leave a connection half-open, 25 s each")
	endureSeed    = flag.Uint64("seed", 1, "of the cuts")
)

// inFlight is how many messages of a sender may have no outcome yet.
const inFlight = 8

// An enduree is a user on a bad network of its own, who counts what it hears.
type enduree struct {
	signal.NopCallBack
	*signal.API
	account  string
	way      *signaltest.Network
	ready    chan string   // logged in, or in the channel
	outcomes chan struct{} // of messages

	mu      sync.Mutex
	instant map[string]int // the number due next of each sender
	spoken  map[string]int
	faults  []string
	sent    atomic.Int64
	heard   atomic.Int64
	resumes atomic.Int64
	lists   atomic.Int64
	leavers atomic.Int64
	tries   atomic.Int64
}

func newEnduree(t *testing.T, srv *signaltest.Server, account string) *enduree {
	t.Helper()
	u := &enduree{
		account: account, way: signaltest.NewNetwork(t, srv.URL), ready: make(chan string, 10), outcomes: make(chan struct{}, inFlight),
		instant: make(map[string]int), spoken: make(map[string]int),
	}
	u.API = signal.New("app", signal.WithServer(u.way.URL), signal.WithCallTimeout(2*time.Minute))
	t.Cleanup(u.Destroy)
	u.CallbackSet(u)
	u.Login("app", account, signal.NoToken, 0, "")
	u.is(t, "logged in")
	return u
}

func (u *enduree) is(t *testing.T, what string) {
	t.Helper()
	select {
	case got := <-u.ready:
		require.Equal(t, what, got)
	case <-time.After(20 * time.Second):
		require.Fail(t, "not "+what)
	}
}

func (u *enduree) OnLoginSuccess(int, int)           { u.ready <- "logged in" }
func (u *enduree) OnChannelJoined(string)            { u.ready <- "joined" }
func (u *enduree) OnReconnecting(int)                { u.tries.Add(1) }
func (u *enduree) OnReconnected(int)                 { u.resumes.Add(1) }
func (u *enduree) OnChannelUserList([]string, []int) { u.lists.Add(1) }

func (u *enduree) OnMessageSendSuccess(string) {
	u.sent.Add(1)
	u.outcomes <- struct{}{}
}

func (u *enduree) OnMessageSendError(id string, code int) {
	u.wrong("message %s failed: %v", id, signal.Code(code))
	u.outcomes <- struct{}{}
}

func (u *enduree) OnMessageInstantReceive(account string, _ int, msg string) {
	u.due(u.instant, account, msg)
}

func (u *enduree) OnMessageChannelReceive(_, account string, _ int, msg string) {
	u.due(u.spoken, account, msg)
}

func (u *enduree) OnLogout(code int)                  { u.wrong("logged out: %v", signal.Code(code)) }
func (u *enduree) OnChannelLeaved(_ string, code int) { u.wrong("left: %v", signal.Code(code)) }
func (u *enduree) OnChannelUserLeaved(string, int)    { u.leavers.Add(1) }
func (u *enduree) OnError(name string, code int, desc string) {
	u.wrong("error %s %v: %s", name, signal.Code(code), desc) // a gap is one
}

// due checks that a message is the next of its sender.
func (u *enduree) due(next map[string]int, account, msg string) {
	u.mu.Lock()
	want := fmt.Sprint(next[account])
	next[account]++
	u.mu.Unlock()
	if msg != want {
		u.wrong("of %s: want %s, got %s", account, want, msg)
	}
	u.heard.Add(1)
}

func (u *enduree) wrong(format string, args ...any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.faults) < 20 { // the first ones say it
		u.faults = append(u.faults, fmt.Sprintf(format, args...))
	}
}

// talk sends messages, a few at a time, and waits for the outcome of each.
func (u *enduree) talk(n int, send func(text string)) {
	for i := 0; i < n; {
		batch := min(inFlight, n-i)
		for range batch {
			send(fmt.Sprint(i))
			i++
		}
		for range batch {
			<-u.outcomes
		}
	}
}

// TestEndureCuts is the promise that nothing is lost, doubled or out of order, over real sockets that break all the
// time: two users write to each other, ten members talk in a channel. The flags make it large.
func TestEndureCuts(t *testing.T) {
	const members = 10
	srv := signaltest.NewServer(t, server.WithLimits(server.Limits{
		UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, CallsPerSecond: -1, Messages: -1, ListBytes: -1,
		ReplayEvents: 1 << 20, ReplayBytes: 1 << 30, OutboundFrames: -1, OutboundBytes: -1,
	}))
	var all []*enduree
	for i := range members + 2 {
		all = append(all, newEnduree(t, srv, fmt.Sprint("user", i)))
	}
	pair, room := all[:2], all[2:]
	for _, u := range room {
		u.ChannelJoin("room")
		u.is(t, "joined")
	}

	began := time.Now()
	each, spoken := *endureInstant/2, *endureSpoken/members
	var talking sync.WaitGroup
	for i, u := range pair {
		peer := pair[1-i].account
		talking.Go(func() { u.talk(each, func(text string) { u.MessageInstantSend(peer, 0, text, "") }) })
	}
	for _, u := range room {
		talking.Go(func() { u.talk(spoken, func(text string) { u.MessageChannelSend("room", text, "") }) })
	}
	breakAll(t, pair, each, *endureCuts/6, room, spoken)
	talking.Wait()
	took := time.Since(began)

	poll(t, func() bool {
		heard := 0
		for _, u := range all {
			heard += int(u.heard.Load())
		}
		return heard >= 2*each+members*members*spoken
	})
	for _, u := range all {
		assert.Zero(t, u.leavers.Load())
	}
	var stats signaltest.NetworkStats
	var resumes int64
	for i, u := range all {
		u.Destroy() // what is heard twice is heard by now
		assert.Empty(t, u.faults, u.account)
		if i < len(pair) {
			assert.EqualValues(t, each, u.sent.Load())
			assert.Equal(t, map[string]int{pair[1-i].account: each}, u.instant)
			assert.Empty(t, u.spoken)
		} else {
			assert.EqualValues(t, spoken, u.sent.Load())
			assert.Len(t, u.spoken, members)
			for from, n := range u.spoken {
				assert.Equal(t, spoken, n, "of %s at %s", from, u.account)
			}
			assert.EqualValues(t, 1, u.lists.Load())
		}
		s := u.way.Stats()
		stats.Cuts += s.Cuts
		stats.Resets += s.Resets
		stats.Tears += s.Tears
		stats.Frozen += s.Frozen
		resumes += u.resumes.Load()
	}
	assert.GreaterOrEqual(t, stats.Cuts+stats.Resets+stats.Tears+stats.Frozen, *endureCuts)
	total := 2*each + members*spoken
	t.Logf("seed %d: cuts %d FIN, %d RST, %d inside a frame, %d half-open; %d resumes; "+
		"%d instant messages, %d channel messages to %d members each: none lost, doubled, out of order; %.1f s, %.0f messages/s",
		*endureSeed, stats.Cuts, stats.Resets, stats.Tears, stats.Frozen, resumes,
		2*each, members*spoken, members, took.Seconds(), float64(total)/took.Seconds())
}

// breakAll breaks connections while the users talk: a sixth of the cuts hits the pair, spread over what they have to
// say, the others the members.
func breakAll(t *testing.T, pair []*enduree, each, ofPair int, room []*enduree, spoken int) {
	t.Helper()
	var breaking sync.WaitGroup
	for i, group := range []struct {
		users      []*enduree
		say        int
		cuts, cold int
	}{{pair, each, ofPair, *endureFrozen / 2}, {room, spoken, *endureCuts - ofPair, *endureFrozen - *endureFrozen/2}} {
		random := rand.New(rand.NewPCG(*endureSeed, uint64(i)))
		breaking.Go(func() {
			for n := range group.cuts {
				due := int64(n * group.say * len(group.users) / group.cuts)
				poll(t, func() bool {
					sent := int64(0)
					for _, u := range group.users {
						sent += u.sent.Load()
					}
					return sent >= due
				})
				u := group.users[random.IntN(len(group.users))]
				cold := group.cold > 0 && n%(group.cuts/group.cold+1) == group.cuts/group.cold/2
				breakOne(t, u.way, random, cold)
			}
		})
	}
	breaking.Wait()
}

// breakOne waits for a connection on the network, and breaks it.
func breakOne(t *testing.T, way *signaltest.Network, random *rand.Rand, cold bool) {
	t.Helper()
	before, kind := way.Stats(), random.IntN(3)
	if cold {
		kind = 3
	}
	hit := false
	poll(t, func() bool {
		if !hit {
			links := way.Links()
			if len(links) == 0 {
				return false
			}
			newest := links[len(links)-1] // older ones may be half-open
			hit = true
			switch kind {
			case 0:
				newest.Cut()
			case 1:
				newest.Reset()
			case 2:
				newest.Tear(signaltest.Direction(1+random.IntN(2)), random.IntN(300))
			default:
				newest.Freeze(signaltest.Both)
			}
		}
		now := way.Stats()
		if now.Cuts+now.Resets+now.Tears+now.Frozen > before.Cuts+before.Resets+before.Tears+before.Frozen {
			return true
		}
		if kind < 2 { // that one had ended before
			hit = false
		} else if links := way.Links(); len(links) > 0 && kind == 2 {
			links[len(links)-1].Tear(signaltest.Both, 0) // whatever comes next
		}
		return false
	})
}

// poll waits until a condition holds.
func poll(t *testing.T, holds func() bool) {
	t.Helper()
	const often, long = time.Millisecond, 5 * time.Minute
	look := time.NewTicker(often)
	defer look.Stop()
	late := time.NewTimer(long)
	defer late.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-late.C:
			t.Error("what is due does not come")
			return
		}
	}
}
