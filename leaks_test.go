package signal_test

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// leakPatience is how long what is on its way out may take, on a machine that is busy with other things.
const leakPatience = 20 * time.Second

// A footprint is what a process holds: more of it after many cycles than before them is a leak.
type footprint struct {
	goroutines, fds int
	heap            uint64 // bytes that are reachable
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %d file descriptors, heap %d KiB", f.goroutines, f.fds, f.heap>>10)
}

// footprintNow collects garbage twice: what is in a sync.Pool goes the second time.
func footprintNow() footprint {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{goroutines: runtime.NumGoroutine(), fds: openFiles(), heap: m.HeapAlloc}
}

// openFiles counts the file descriptors of this process, where the system tells; 0 elsewhere.
func openFiles() int {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0
	}
	return len(open)
}

// assertFootprint waits until nothing is left that was not there before, and the heap is within 5 % of
// what it was, or within noise bytes, where that is more: a few pools and maps of the runtime grow for a while.
func assertFootprint(t *testing.T, before footprint, noise uint64) footprint {
	t.Helper()
	const percent = 5
	var now footprint
	ok := lookEvery(50*time.Millisecond, leakPatience, func() bool {
		now = footprintNow()
		return now.goroutines <= before.goroutines && now.fds <= before.fds && now.heap <= before.heap+max(before.heap*percent/100, noise)
	})
	if !ok {
		stacks := make([]byte, 1<<20)
		t.Fatalf("want %v again, have %v\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
	}
	return now
}

// lookEvery asks until the answer is yes, or patience ends. It has no goroutine, which might be counted.
func lookEvery(every, patience time.Duration, yes func() bool) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	again := time.NewTicker(every)
	defer again.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-late.C:
			return false
		}
	}
	return true
}

// awaitStats waits until the server holds so much and no more.
func awaitStats(t *testing.T, srv *signaltest.Server, sessions, accounts int) {
	t.Helper()
	var st server.Stats
	if !lookEvery(10*time.Millisecond, leakPatience, func() bool {
		st = srv.Stats()
		return st.Sessions == sessions && st.Sockets == sessions && st.PendingSockets == 0 &&
			st.Accounts == accounts && st.Channels == 0 && st.QueueLength == 0
	}) {
		t.Fatalf("want %d sessions and sockets, %d accounts and no channel; have %+v", sessions, accounts, st)
	}
}

// leakLimits keep the memory for what may be repeated so small that the warm-up fills it.
func leakLimits() server.Option {
	return server.WithLimits(server.Limits{Keys: 8, KickedLines: 8, UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1})
}

// The same for every way to begin and to end: nothing is left of an API, neither here nor at the server.
func TestCyclesLeaveNothing(t *testing.T) { cyclesLeaveNothing(t, 100, 300, 32<<10) }

func cyclesLeaveNothing(t *testing.T, warmUp, cycles int, noise uint64) {
	t.Helper()
	srv := signaltest.NewServer(t, server.WithApp("app", ""), leakLimits())
	sink := newGuest("app", srv)
	defer sink.Destroy()
	sink.login("app", "sink")
	sink.await(t, "login")

	runCycles(t, srv, warmUp)
	awaitStats(t, srv, 1, 1)
	before := footprintNow()

	start := time.Now()
	runCycles(t, srv, cycles)
	took := time.Since(start)
	awaitStats(t, srv, 1, 1)
	after := assertFootprint(t, before, noise)
	t.Logf("%d cycles in %v\nbefore: %v\nafter:  %v", cycles, took.Round(time.Millisecond), before, after)

	sink.Destroy()
	awaitStats(t, srv, 0, 1) // the account remembers for a while which messages it got, so that none comes twice
}

// runCycles goes through all ways of cycleKinds, several users at once.
func runCycles(t *testing.T, srv *signaltest.Server, cycles int) {
	t.Helper()
	const users = 8
	var next atomic.Int64
	var all sync.WaitGroup
	for u := range users {
		c := cycler{t: t, srv: srv, name: fmt.Sprintf("user%d", u), hall: fmt.Sprintf("hall%d", u), app: fmt.Sprintf("app%d", u)}
		all.Go(func() {
			for i := int(next.Add(1)); i <= cycles && !t.Failed(); i = int(next.Add(1)) {
				cycleKinds[i%len(cycleKinds)](c)
			}
			cycleKinds[0](c) // takes over the session of one who had no time to log out
		})
	}
	all.Wait()
	require.False(t, t.Failed())
}

// A cycler is one of the users that come and go.
type cycler struct {
	t               *testing.T
	srv             *signaltest.Server
	name, hall, app string
}

func (c cycler) guest() guest { return newGuest("app", c.srv) }

func (c cycler) loggedIn() guest {
	g := c.guest()
	g.login("app", c.name)
	g.await(c.t, "login")
	return g
}

// cycleKinds are the ways in which an API can live.
var cycleKinds = []func(c cycler){
	func(c cycler) { // as it should be
		g := c.loggedIn()
		g.Logout()
		g.await(c.t, "logout")
		g.Destroy()
	},
	func(c cycler) { c.loggedIn().Destroy() },
	func(c cycler) { // Destroy while logging in
		g := c.guest()
		g.login("app", c.name)
		g.Destroy()
	},
	func(c cycler) { // refused
		g := c.guest()
		g.login("no such app", c.name)
		g.await(c.t, "no login")
		g.Destroy()
	},
	func(c cycler) { // busy in between
		g := c.loggedIn()
		g.enter(c.t, c.hall)
		g.MessageInstantSend("sink", 0, "hello", "")
		g.await(c.t, "sent")
		g.MessageChannelSend(c.hall, "hello", "")
		g.await(c.t, "sent")
		g.ChannelLeave(c.hall)
		g.await(c.t, "left")
		g.Logout()
		g.await(c.t, "logout")
		g.Destroy()
	},
	func(c cycler) { // Destroy in the middle of everything
		g := c.loggedIn()
		g.enter(c.t, c.hall)
		g.MessageChannelSend(c.hall, "hello", "")
		g.ChannelInviteUser2(c.hall, "nobody", `{"_require_peer_online":1}`) // a call that rings would leave an event for the next login
		g.Invoke("io.agora.signal.user_query_user_status", `{"account":"sink"}`, "")
		g.Destroy()
	},
	func(c cycler) { // the shared instance
		g := newShared(c.app, c.srv)
		g.login("app", c.name)
		g.await(c.t, "login")
		if signal.GetInstance(c.app) != g.API {
			c.t.Error("want one shared instance")
		}
		g.Destroy()
	},
	func(c cycler) { // never used
		c.guest().Destroy()
	},
	func(c cycler) { // nobody is there
		g := guest{API: signal.New("app", signal.WithServer("ws://127.0.0.1:1/")), heard: make(hearing, 64)}
		g.login("app", c.name)
		g.Destroy()
	},
	func(c cycler) { // kicked
		old := c.loggedIn()
		g := c.loggedIn()
		old.await(c.t, "logout")
		old.Destroy()
		g.Destroy()
	},
	func(c cycler) { // cut, and gone for good while coming back
		g := c.loggedIn()
		c.srv.Cut(c.name)
		g.await(c.t, "back")
		g.Destroy()
	},
}

// A guest is an API and the few things of which a cycle waits to hear.
type guest struct {
	*signal.API
	heard hearing
}

func newGuest(app string, srv *signaltest.Server) guest {
	g := guest{signal.New(app, signal.WithServer(srv.URL)), make(hearing, 64)}
	g.CallbackSet(listener{heard: g.heard})
	return g
}

func newShared(app string, srv *signaltest.Server) guest {
	g := guest{signal.GetInstance(app, signal.WithServer(srv.URL)), make(hearing, 64)}
	g.CallbackSet(listener{heard: g.heard})
	return g
}

func (g guest) login(app, account string) { g.Login(app, account, signal.NoToken, 0, "") }

// enter joins a channel that is gone as soon as nobody is in it.
func (g guest) enter(t *testing.T, channel string) {
	t.Helper()
	g.ChannelJoin(channel)
	g.await(t, "joined")
	g.ChannelSetAttr(channel, "_channel_ttl", "0")
	g.await(t, "attribute")
}

// await waits to hear of something. One whom the login of an earlier life has thrown out, which came late, hears of nothing.
func (g guest) await(t *testing.T, what string) {
	t.Helper()
	if g.GetStatus() == signal.LoginStateNotLogin && what != "no login" && what != "logout" {
		return
	}
	patience := time.NewTimer(leakPatience)
	defer patience.Stop()
	for {
		select {
		case h := <-g.heard:
			if h == what || h == "logout" {
				return
			}
		case <-patience.C:
			t.Errorf("want to hear of %q", what)
			return
		}
	}
}

// hearing has what came; what nobody reads is dropped.
type hearing chan string

func (h hearing) tell(what string) {
	select {
	case h <- what:
	default:
	}
}

type listener struct {
	signal.NopCallBack
	heard hearing
}

func (l listener) OnLoginSuccess(int, int)                             { l.heard.tell("login") }
func (l listener) OnLoginFailed(int)                                   { l.heard.tell("no login") }
func (l listener) OnLogout(int)                                        { l.heard.tell("logout") }
func (l listener) OnReconnected(int)                                   { l.heard.tell("back") }
func (l listener) OnChannelJoined(string)                              { l.heard.tell("joined") }
func (l listener) OnChannelLeaved(string, int)                         { l.heard.tell("left") }
func (l listener) OnChannelAttrUpdated(string, string, string, string) { l.heard.tell("attribute") }
func (l listener) OnMessageSendSuccess(string)                         { l.heard.tell("sent") }
