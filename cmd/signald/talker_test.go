//go:build load && unix

package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// The two kinds of what a talker sends.
const (
	toPeer = iota
	toHall
	kinds
)

// unanswered is how many messages of one kind may have no outcome before a talker is silent.
const unanswered = 8

// A talker is a user who writes numbered messages to its peer and to its hall, calls its peer, answers its calls, and writes
// down what becomes of all that.
type talker struct {
	signal.NopCallBack
	*signal.API
	account, hall string
	peer          *talker
	ready         chan struct{} // the session or the channel is there

	mu     sync.Mutex
	before [kinds]int                  // posts that were checked and forgotten
	posts  [kinds][]post               // by number, those from before[kind]+1 on
	open   [kinds]int                  // of posts, without an outcome
	heard  [kinds][]hearing            // in order
	when   [kinds]map[string]time.Time // the same by text
	wrong  []string
	backs  int // reconnects
	failed int // messages that were refused, or not answered in time
	calls  map[string]*call
	made   int    // calls of its own
	mine   string // that is open, or ""
	end    bool   // it, on the next turn
	rang   string // the peer's newest call
	answer string // the same, while it is yet to be answered, on the next turn
}

// A post is a message that was sent.
type post struct {
	at      time.Time
	outcome time.Time // zero: none yet
	ecode   int
}

// A hearing is a message that came.
type hearing struct{ account, text string }

// A call is what one side heard of one call.
type call struct {
	rung, accepted int
	ends           []string // there is to be one, but for whoever refuses
}

func newTalker(n int, opts ...signal.Option) *talker {
	u := &talker{
		account: fmt.Sprintf("user%03d", n), hall: fmt.Sprintf("hall%02d", n/hallSize), ready: make(chan struct{}, 8), calls: make(map[string]*call),
	}
	for kind := range kinds {
		u.when[kind] = make(map[string]time.Time)
	}
	u.API = signal.New("app", opts...)
	u.CallbackSet(u)
	return u
}

// talk has a turn: a message to the peer, at times one to the hall, seldom a call, if calls are to be made.
func (u *talker) talk(turn int, calls bool) {
	u.send(toPeer)
	if turn%2 == 0 {
		u.send(toHall)
	}
	if calls && turn%8 == 0 {
		u.invite()
	}
	u.goOn()
}

// send sends the next message of a kind, unless too many have no outcome.
func (u *talker) send(kind int) {
	u.mu.Lock()
	if u.open[kind] >= unanswered {
		u.mu.Unlock()
		return
	}
	u.posts[kind] = append(u.posts[kind], post{at: time.Now()})
	n := u.before[kind] + len(u.posts[kind])
	u.open[kind]++
	u.mu.Unlock()
	if text := textOf(u.account, n); kind == toPeer {
		u.MessageInstantSend(u.peer.account, 0, text, fmt.Sprint("p", n))
	} else {
		u.MessageChannelSend(u.hall, text, fmt.Sprint("h", n))
	}
}

func textOf(account string, n int) string { return fmt.Sprint(account, " ", n) }

// invite calls the peer, unless the call before has not ended.
func (u *talker) invite() {
	u.mu.Lock()
	if u.mine != "" {
		u.mu.Unlock()
		return
	}
	u.made++
	channel := fmt.Sprint("call ", u.account, " ", u.made)
	u.mine = channel
	u.callOf(channel)
	u.mu.Unlock()
	u.ChannelInviteUser(channel, u.peer.account, 0)
}

// goOn ends and answers calls for which that is due.
func (u *talker) goOn() {
	u.mu.Lock()
	mine, end, answer := u.mine, u.end, u.answer
	u.end, u.answer = false, ""
	u.mu.Unlock()
	if end && mine != "" {
		u.ChannelInviteEnd(mine, u.peer.account, 0)
	}
	if answer == "" {
		return
	}
	if refuses(answer) {
		u.ChannelInviteRefuse(answer, u.peer.account, 0, "")
	} else {
		u.ChannelInviteAccept(answer, u.peer.account, 0, "")
	}
}

// refuses says whether a call is one that is refused.
func refuses(channel string) bool { return strings.HasSuffix(channel, "3") }

// callOf is called with mu held.
func (u *talker) callOf(channel string) *call {
	c := u.calls[channel]
	if c == nil {
		c = new(call)
		u.calls[channel] = c
	}
	return c
}

// forget forgets what has been checked.
func (u *talker) forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for kind := range kinds {
		u.before[kind] += len(u.posts[kind])
		u.posts[kind], u.heard[kind] = nil, nil
		clear(u.when[kind])
	}
	clear(u.calls)
	u.backs = 0
}

func (u *talker) complain(format string, args ...any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.wrong) < 10 { // the first ones say it
		u.wrong = append(u.wrong, fmt.Sprintf(format, args...))
	}
}

func (u *talker) outcome(id string, ecode int) {
	kind := toPeer
	if id[0] == 'h' {
		kind = toHall
	}
	n, err := strconv.Atoi(id[1:])
	u.mu.Lock()
	defer u.mu.Unlock()
	i := n - u.before[kind] - 1
	if err != nil || i < 0 || i >= len(u.posts[kind]) || !u.posts[kind][i].outcome.IsZero() {
		u.wrong = append(u.wrong, "an outcome that is none: "+id)
		return
	}
	u.posts[kind][i].outcome, u.posts[kind][i].ecode = time.Now(), ecode
	u.open[kind]--
	if ecode != 0 {
		u.failed++
	}
}

func (u *talker) hears(kind int, account, text string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.heard[kind] = append(u.heard[kind], hearing{account, text})
	u.when[kind][text] = time.Now()
}

func (u *talker) OnLoginSuccess(int, int)        { u.ready <- struct{}{} }
func (u *talker) OnChannelJoined(string)         { u.ready <- struct{}{} }
func (u *talker) OnMessageSendSuccess(id string) { u.outcome(id, 0) }

func (u *talker) OnMessageSendError(id string, ecode int) { u.outcome(id, ecode) }

func (u *talker) OnMessageInstantReceive(account string, _ int, text string) {
	u.hears(toPeer, account, text)
}

func (u *talker) OnMessageChannelReceive(_, account string, _ int, text string) {
	u.hears(toHall, account, text)
}

func (u *talker) OnReconnected(int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.backs++
}

func (u *talker) OnLoginFailed(ecode int) { u.complain("login failed: %v", signal.Code(ecode)) }
func (u *talker) OnLogout(ecode int)      { u.complain("logged out: %v", signal.Code(ecode)) }
func (u *talker) OnChannelLeaved(_ string, ec int) {
	u.complain("left the channel: %v", signal.Code(ec))
}
func (u *talker) OnChannelUserLeaved(a string, _ int) {
	u.complain("%s left the channel", a)
}

func (u *talker) OnError(name string, ecode int, desc string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch name {
	case "channelInviteEnd":
		u.end = u.mine != ""
	case "channelInviteAccept", "channelInviteRefuse":
		if len(u.callOf(u.rang).ends) == 0 {
			u.answer = u.rang
		}
	default:
		u.wrong = append(u.wrong, fmt.Sprintf("error %s %v: %s", name, signal.Code(ecode), desc))
	}
}

func (u *talker) OnInviteReceived(channel, _ string, _ int, _ string) {
	u.mu.Lock()
	u.callOf(channel).rung++
	u.rang, u.answer = channel, channel
	u.mu.Unlock()
	u.goOn()
}

func (u *talker) OnInviteAcceptedByPeer(channel, _ string, _ int, _ string) {
	u.mu.Lock()
	u.callOf(channel).accepted++
	u.end = true
	u.mu.Unlock()
	u.goOn()
}

func (u *talker) OnInviteRefusedByPeer(channel, _ string, _ int, _ string) {
	u.over(channel, "refused")
}
func (u *talker) OnInviteEndByPeer(channel, _ string, _ int, _ string) {
	u.over(channel, "ended by peer")
}
func (u *talker) OnInviteEndByMyself(channel, _ string, _ int) { u.over(channel, "ended") }

func (u *talker) OnInviteFailed(channel, _ string, _, ecode int, _ string) {
	u.over(channel, fmt.Sprint("failed: ", signal.Code(ecode)))
}

// over notes the end of a call.
func (u *talker) over(channel, how string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.callOf(channel)
	c.ends = append(c.ends, how)
	if channel == u.mine {
		u.mine, u.end = "", false
	}
	if channel == u.answer {
		u.answer = ""
	}
}
