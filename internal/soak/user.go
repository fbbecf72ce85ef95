package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	signal "github.com/agora-signal-go/signal"
)

const appID = "soak"

// A user is one client with a life of its own: it acts at random, answers calls, and comes back when it is logged out.
type user struct {
	signal.NopCallBack
	crowd *crowd
	n     int
	peer  int
	hall  string
	group []int // who is in the hall, itself included
	api   atomic.Pointer[signal.API]

	online  atomic.Bool
	joined  atomic.Bool
	calling atomic.Bool
	waiting atomic.Int64  // messages without an answer
	direct  atomic.Uint64 // number of the newest message to peer
	spoken  atomic.Uint64 // and to the hall

	acting sync.Mutex  // held while the user acts, so that it does not with an API that is being destroyed
	away   atomic.Bool // its connection was cut, and it has not come back yet

	mu sync.Mutex
	// +checklocks:mu
	conn net.Conn // the newest, for cut
}

func (u *user) start() {
	api := signal.New(appID, signal.WithServer(u.crowd.cfg.Server), signal.WithDialContext(u.dial))
	api.CallbackSet(u)
	u.api.Store(api)
	u.login(api)
}

func (u *user) login(api *signal.API) { api.Login(appID, u.crowd.account(u.n), signal.NoToken, 0, "") }

func (u *user) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		u.mu.Lock()
		u.conn = conn
		u.mu.Unlock()
	}
	return conn, err
}

// cut ends the connection as a cable that is pulled would.
func (u *user) cut() {
	u.acting.Lock()
	defer u.acting.Unlock()
	if u.online.Load() {
		u.away.Store(true)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if tcp, ok := u.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only when it is closed already
		_ = tcp.Close()
	}
}

// relogin goes away and comes back, with the same API or a new one. An API that is destroyed while its connection is
// lost cannot tell the server which messages were handled, and the next one gets them again: so that one stays.
func (u *user) relogin(anew bool) {
	u.acting.Lock()
	defer u.acting.Unlock()
	if anew && u.away.Load() {
		return
	}
	if !u.online.CompareAndSwap(true, false) {
		return
	}
	u.joined.Store(false)
	if !anew {
		u.api.Load().Logout() // OnLogout logs in
		return
	}
	old := u.api.Load()
	old.CallbackSet(ended{u})
	old.Destroy()
	u.waiting.Store(0)
	u.calling.Store(false)
	u.start()
}

// ended hears what an API has still to say that is being destroyed.
type ended struct{ *user }

func (ended) OnLogout(int)      {}
func (ended) OnLoginFailed(int) {}

// act does something at random.
func (u *user) act() {
	u.acting.Lock()
	defer u.acting.Unlock()
	api, c := u.api.Load(), u.crowd
	if !u.online.Load() || u.waiting.Load() >= c.window.Load() {
		return
	}
	c.actions.Add(1)
	peer := c.account(u.peer)
	switch dice := rand.IntN(100); {
	case dice < 70:
		u.send("i", &u.direct, func(text, id string) { api.MessageInstantSend(peer, 0, text, id) })
	case dice < 86:
		if u.joined.Load() {
			u.send("c", &u.spoken, func(text, id string) { api.MessageChannelSend(u.hall, text, id) })
		}
	case dice < 89:
		api.SetAttr("mood", strconv.Itoa(dice))
	case dice < 91:
		api.ChannelSetAttr(u.hall, "topic"+strconv.Itoa(u.n), strconv.Itoa(dice))
	case dice < 93:
		api.GetUserAttrAll(peer)
	case dice < 95:
		api.QueryUserStatus(peer)
	case dice < 97:
		api.ChannelQueryUserNum(u.hall)
	case dice < 99:
		api.Invoke("soak.echo", `{"hello":1}`, "")
	case u.calling.CompareAndSwap(false, true):
		api.ChannelInviteUser("call"+strconv.Itoa(u.n), peer, 0)
	}
}

// send numbers a message. Its text has the number and the time.
func (u *user) send(kind string, last *atomic.Uint64, send func(text, id string)) {
	n := last.Add(1)
	u.waiting.Add(1)
	send(fmt.Sprintf("%d %d", n, time.Now().UnixNano()), kind+strconv.FormatUint(n, 10))
}

// OnLoginSuccess joins the hall.
func (u *user) OnLoginSuccess(int, int) {
	u.away.Store(false)
	u.online.Store(true)
	u.api.Load().ChannelJoin(u.hall)
}

// OnLoginFailed tries again.
func (u *user) OnLoginFailed(ecode int) {
	u.crowd.failed("login", ecode)
	u.login(u.api.Load())
}

// OnLogout logs in again.
func (u *user) OnLogout(ecode int) {
	u.online.Store(false)
	u.joined.Store(false)
	u.calling.Store(false)
	if ecode != 101 {
		u.crowd.failed("logout", ecode)
	}
	if !u.crowd.over.Load() {
		u.login(u.api.Load())
	}
}

// OnReconnected counts.
func (u *user) OnReconnected(int) {
	u.away.Store(false)
	u.crowd.reconnects.Add(1)
}

// OnError counts; what was missed in a channel, and said so, is not lost.
func (u *user) OnError(name string, ecode int, _ string) {
	u.crowd.failed(name, ecode)
	if name == "channel" {
		u.crowd.rejoined(u)
	}
}

// OnChannelJoined begins to count what comes in the hall.
func (u *user) OnChannelJoined(string) {
	u.crowd.rejoined(u)
	u.joined.Store(true)
}

// OnChannelJoinFailed tries again.
func (u *user) OnChannelJoinFailed(_ string, ecode int) { u.crowd.failed("join", ecode) }

// OnChannelLeaved stops speaking in the hall.
func (u *user) OnChannelLeaved(string, int) { u.joined.Store(false) }

// OnMessageInstantReceive verifies.
func (u *user) OnMessageInstantReceive(account string, _ int, msg string) {
	u.came(false, account, msg)
}

// OnMessageChannelReceive verifies.
func (u *user) OnMessageChannelReceive(_, account string, _ int, msg string) {
	u.came(true, account, msg)
}

func (u *user) came(channel bool, account, msg string) {
	number, at, _ := strings.Cut(msg, " ")
	n, err := strconv.ParseUint(number, 10, 64)
	sent, errAt := strconv.ParseInt(at, 10, 64)
	sender, known := u.crowd.numberOf(account)
	if err != nil || errAt != nil || !known {
		u.crowd.failed("foreign message", 0)
		return
	}
	u.crowd.deliveries.Add(1)
	u.crowd.latencies.Add(time.Since(time.Unix(0, sent)))
	u.crowd.ledger.Came(Flow{Channel: channel, Sender: sender, Receiver: u.n}, n)
}

// OnMessageSendSuccess counts.
func (u *user) OnMessageSendSuccess(string) { u.waiting.Add(-1) }

// OnMessageSendError notes that nobody can rely on the message.
func (u *user) OnMessageSendError(id string, ecode int) {
	u.waiting.Add(-1)
	u.crowd.failed("send", ecode)
	if n, err := strconv.ParseUint(id[1:], 10, 64); err == nil {
		u.crowd.ledger.Failed(Flow{Channel: id[0] == 'c', Sender: u.n}, n)
	}
}

// OnInviteReceived takes the call.
func (u *user) OnInviteReceived(channel, account string, _ int, _ string) {
	u.api.Load().ChannelInviteAccept(channel, account, 0, "")
}

// OnInviteAcceptedByPeer ends the call.
func (u *user) OnInviteAcceptedByPeer(channel, account string, _ int, _ string) {
	u.api.Load().ChannelInviteEnd(channel, account, 0)
}

// OnInviteEndByMyself counts the call.
func (u *user) OnInviteEndByMyself(string, string, int) { u.callOver() }

// OnInviteEndByPeer is the end of a call, of one's own or of the other's.
func (u *user) OnInviteEndByPeer(channel, _ string, _ int, _ string) {
	if channel == "call"+strconv.Itoa(u.n) {
		u.callOver()
	}
}

func (u *user) callOver() {
	u.crowd.calls.Add(1)
	u.calling.Store(false)
}

// OnInviteFailed counts what is not a peer that is away for the moment.
func (u *user) OnInviteFailed(_, _ string, _, ecode int, _ string) {
	u.calling.Store(false)
	u.crowd.failed("invite", ecode)
}
