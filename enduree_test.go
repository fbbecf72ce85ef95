package signal_test

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// inFlight is how many messages of a sender may have no outcome yet, at most.
const inFlight = 64

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
	skipped map[string]bool // numbers that did not come when they were due
	doubled int
	late    int // they came after all, out of order
	gaps    int
	up      time.Time // since when the connection is
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
		instant: make(map[string]int), spoken: make(map[string]int), skipped: make(map[string]bool),
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

func (u *enduree) OnChannelJoined(string)            { u.ready <- "joined" }
func (u *enduree) OnReconnecting(int)                { u.tries.Add(1) }
func (u *enduree) OnChannelUserList([]string, []int) { u.lists.Add(1) }

func (u *enduree) OnLoginSuccess(int, int) {
	u.connected()
	u.ready <- "logged in"
}

func (u *enduree) OnReconnected(int) {
	u.connected()
	u.resumes.Add(1)
}

func (u *enduree) connected() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.up = time.Now()
}

// age is how long the connection has been up.
func (u *enduree) age() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return time.Since(u.up)
}

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
	if name == "channel" && code == int(signal.GeneralEFailed) { // events are missing
		u.mu.Lock()
		u.gaps++
		u.mu.Unlock()
	}
	u.wrong("error %s %v: %s", name, signal.Code(code), desc)
}

// due checks that a message is the next of its sender.
func (u *enduree) due(next map[string]int, account, msg string) {
	n, err := strconv.Atoi(msg)
	if err != nil {
		u.wrong("of %s: want a number, got %q", account, msg)
		return
	}
	u.mu.Lock()
	want := next[account]
	for missing := want; missing < n; missing++ {
		u.skipped[fmt.Sprint(account, " ", missing)] = true
	}
	next[account] = max(want, n+1)
	if n < want {
		if which := fmt.Sprint(account, " ", n); u.skipped[which] {
			delete(u.skipped, which)
			u.late++
		} else {
			u.doubled++
		}
	}
	u.mu.Unlock()
	if n != want {
		u.wrong("of %s: want %d, got %d", account, want, n)
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

// talk sends messages, at most window of them without an outcome, and waits for the outcome of each.
func (u *enduree) talk(n, window int, send func(text string)) {
	open := 0
	for i := range n {
		if open == window {
			<-u.outcomes
			open--
		}
		send(strconv.Itoa(i))
		open++
	}
	for range open {
		<-u.outcomes
	}
}

// poll waits until a condition holds.
func poll(t *testing.T, holds func() bool) {
	t.Helper()
	if !lookEvery(time.Millisecond, 5*time.Minute, holds) {
		t.Error("what is due does not come")
	}
}
