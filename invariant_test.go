package signal_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// The files invariant*_test.go hold the client and the server to what is promised without exception: TestInvariant1
// to TestInvariant7 are those promises in their order, then come loss and return of the connection, and each failure
// code that needs a fault or a clock.

// An ending says how the outcomes of a method are told from others.
type ending struct {
	key    string // with the id of the call, it names the callbacks that end it, see outcome
	fails  string // in OnError, its name for a failure, if that is how one is told
	silent bool   // it may end without a word
}

// A deed is a method of the API, with arguments that no other call has, and how it ends.
type deed struct {
	method string
	do     func(a *signal.API, id string)
	ending
}

// deeds returns every method of the API. Nobody they concern is there, save the callers themselves.
func deeds() []deed {
	type api = *signal.API
	return []deed{
		{"CallbackSet", func(a api, _ string) { a.CallbackSet(a.CallbackGet()) }, ending{}},
		{"CallbackGet", func(a api, _ string) { a.CallbackGet() }, ending{}},
		{"Destroy", func(a api, _ string) { a.Destroy() }, ending{}},
		{"GetStatus", func(a api, _ string) { a.GetStatus() }, ending{}},
		{"IsOnline", func(a api, _ string) { a.IsOnline() }, ending{}},
		{"GetSdkVersion", func(a api, _ string) { a.GetSdkVersion() }, ending{}},
		{"Login", func(a api, _ string) { a.Login("app", "alice", signal.NoToken, 0, "") }, ending{key: "login"}},
		{"Login2", func(a api, _ string) { a.Login2("app", "alice", signal.NoToken, 0, "", 9, 9) }, ending{key: "login"}},
		{"Logout", func(a api, _ string) { a.Logout() }, ending{key: "logout"}},
		{"Invoke", func(a api, id string) { a.Invoke("io.agora.signal.channel_query_num", `{"name":"x"}`, id) }, ending{key: "invoke"}},

		{"QueryUserStatus", func(a api, id string) { a.QueryUserStatus(id) }, ending{key: "status", fails: "queryUserStatus"}},
		{"SetAttr", func(a api, id string) { a.SetAttr(id, id) }, ending{fails: "setAttr", silent: true}},
		{"GetAttr", func(a api, id string) { a.GetAttr(id) }, ending{key: "attr", fails: "getAttr"}},
		{"GetAttrAll", func(a api, _ string) { a.GetAttrAll() }, ending{key: "own attrs", fails: "getAttrAll"}},
		{"GetUserAttr", func(a api, id string) { a.GetUserAttr("ghost", id) }, ending{key: "attr", fails: "getUserAttr"}},
		{"GetUserAttrAll", func(a api, id string) { a.GetUserAttrAll(id) }, ending{key: "attrs", fails: "getUserAttrAll"}},

		{"MessageInstantSend", func(a api, id string) { a.MessageInstantSend("ghost", 0, id, id) }, ending{key: "send"}},
		{"MessageChannelSend", func(a api, id string) { a.MessageChannelSend("room", id, id) }, ending{key: "send"}},
		{"MessageChannelSendForce", func(a api, id string) { a.MessageChannelSendForce("room", id, id) }, ending{key: "send"}},
		{"MessageDTMFSend", func(a api, id string) { a.MessageDTMFSend(0, "1", id) }, ending{key: "send"}},

		{"ChannelJoin", func(a api, id string) { a.ChannelJoin(id) }, ending{key: "join"}},
		{"ChannelLeave", func(a api, id string) { a.ChannelLeave(id) }, ending{key: "leave"}},
		{"ChannelQueryUserNum", func(a api, id string) { a.ChannelQueryUserNum(id) }, ending{key: "num"}},
		{"ChannelSetAttr", func(a api, id string) { a.ChannelSetAttr("room", id, id) }, ending{fails: "channelSetAttr", silent: true}},
		{"ChannelDelAttr", func(a api, id string) { a.ChannelDelAttr("room", id) }, ending{fails: "channelDelAttr", silent: true}},
		{"ChannelClearAttr", func(a api, id string) { a.ChannelClearAttr(id) }, ending{fails: "channelClearAttr", silent: true}},

		// An invite is no call of this session any more once the user has logged out, so it may end in silence.
		{"ChannelInviteUser", func(a api, id string) { a.ChannelInviteUser(id, "ghost", 0) }, ending{key: "invite", silent: true}},
		{"ChannelInviteUser2", func(a api, id string) { a.ChannelInviteUser2(id, "ghost", `{"x":1}`) }, ending{key: "invite", silent: true}},
		{"ChannelInvitePhone", func(a api, id string) { a.ChannelInvitePhone(id, "ghost", 0) }, ending{key: "invite", silent: true}},
		{"ChannelInvitePhone2", func(a api, id string) { a.ChannelInvitePhone2(id, "ghost", "1") }, ending{key: "invite", silent: true}},
		{"ChannelInvitePhone3", func(a api, id string) { a.ChannelInvitePhone3(id, "ghost", "1", `{"x":1}`) }, ending{key: "invite", silent: true}},
		{"ChannelInviteAccept", func(a api, id string) { a.ChannelInviteAccept(id, "ghost", 0, "") }, ending{fails: "channelInviteAccept"}},
		{"ChannelInviteRefuse", func(a api, id string) { a.ChannelInviteRefuse(id, "ghost", 0, "") }, ending{fails: "channelInviteRefuse"}},
		{"ChannelInviteEnd", func(a api, id string) { a.ChannelInviteEnd(id, "ghost", 0) }, ending{fails: "channelInviteEnd"}},
		{"ChannelInviteDTMF", func(a api, id string) { a.ChannelInviteDTMF(id, "ghost", "1") }, ending{fails: "channelInviteDTMF"}},
	}
}

func TestInvariantsCoverEveryMethod(t *testing.T) {
	var have, want []string
	for _, d := range deeds() {
		have = append(have, d.method)
	}
	for m := range reflect.TypeFor[*signal.API]().Methods() {
		want = append(want, m.Name)
	}
	assert.ElementsMatch(t, want, have)
}

// outcome returns what a callback ends, "" for one that ends nothing.
func outcome(c recorder.Call) string {
	first := func(kind string) string { return fmt.Sprint(kind, " ", c.Args[0]) }
	switch c.Name {
	case "OnMessageSendSuccess", "OnMessageSendError":
		return first("send")
	case "OnInvokeRet":
		return first("invoke")
	case "OnChannelJoined", "OnChannelJoinFailed":
		return first("join")
	case "OnChannelLeaved":
		return first("leave")
	case "OnChannelQueryUserNumResult":
		return first("num")
	case "OnQueryUserStatusResult":
		return first("status")
	case "OnUserAttrResult":
		return fmt.Sprint("attr ", c.Args[1])
	case "OnUserAttrAllResult":
		if c.Args[0] == "alice" {
			return "own attrs"
		}
		return first("attrs")
	case "OnInviteFailed", "OnInviteRefusedByPeer", "OnInviteEndByPeer", "OnInviteEndByMyself":
		return first("invite")
	case "OnLoginSuccess", "OnLoginFailed":
		return "login"
	case "OnLogout":
		if c.Args[0] == int(signal.LogoutEUser) || c.Args[0] == int(signal.LogoutEAlreadyLogout) {
			return "logout"
		}
	case "OnError":
		if c.Args[1] == int(signal.LoginEAlreadyLogin) {
			return "login"
		}
		return first("error")
	}
	return ""
}

// A ledger keeps account of calls of one API and of what they have to end in.
type ledger struct {
	mu     sync.Mutex
	over   bool // Destroy began
	groups map[string]*group
	keys   map[string]*key
}

// A group is calls whose failures cannot be told apart; mostly one.
type group struct{ all, owed int }

// A key is what the good outcome of a call says; mostly unique.
type key struct {
	calls int
	group string
}

func newLedger() *ledger {
	return &ledger{groups: make(map[string]*group), keys: make(map[string]*key)}
}

// call does a deed.
func (l *ledger) call(a *signal.API, d *deed, id string) {
	if d.method == "Destroy" {
		l.close()
	}
	l.note(d.ending, id, func() { d.do(a, id) })
}

// note does something that has an ending. What had returned when Destroy began must have an outcome, what had not
// may have one.
func (l *ledger) note(e ending, id string, do func()) {
	g := l.open(e, id)
	do()
	l.mu.Lock()
	defer l.mu.Unlock()
	if g != nil && !l.over && !e.silent {
		g.owed++
	}
}

func (l *ledger) open(e ending, id string) *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := e.key
	switch e.key {
	case "login", "logout", "own attrs", "":
	default:
		name += " " + id
	}
	groupName := name
	if e.fails != "" {
		groupName = "error " + e.fails
	}
	if groupName == "" {
		return nil
	}
	if l.groups[groupName] == nil {
		l.groups[groupName] = new(group)
	}
	l.groups[groupName].all++
	if name != "" {
		if l.keys[name] == nil {
			l.keys[name] = &key{group: groupName}
		}
		l.keys[name].calls++
	}
	return l.groups[groupName]
}

// close says that Destroy begins.
func (l *ledger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// expects reports whether a callback is an outcome of what is in the ledger.
func (l *ledger) expects(c recorder.Call) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := outcome(c)
	return l.keys[o] != nil || l.groups[o] != nil
}

// check fails unless what came is one outcome for each call, and none has two.
func (l *ledger) check(t *testing.T, came []recorder.Call) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	got, sums := make(map[string]int), make(map[string]int)
	for _, c := range came {
		if o := outcome(c); o != "" {
			got[o]++
		}
	}
	for name, n := range got {
		if k := l.keys[name]; k != nil {
			sums[k.group] += n
			if n > k.calls {
				t.Errorf("%q has %d outcomes of %d calls", name, n, k.calls)
			}
		} else if l.groups[name] != nil {
			sums[name] += n
		}
	}
	for name, g := range l.groups {
		if n := sums[name]; n < g.owed || n > g.all {
			t.Errorf("%q: %d outcomes for %d calls, of which %d are owed one", name, n, g.all, g.owed)
		}
	}
	for name, k := range l.keys { // a channel that was joined is left once at most
		if id, isJoin := strings.CutPrefix(name, "join "); isJoin && l.keys["leave "+id] == nil && got["leave "+id] > k.calls {
			t.Errorf("channel %q was left %d times", id, got["leave "+id])
		}
	}
}
