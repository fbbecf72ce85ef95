package signal_test

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// A tour leads alice through everything that can happen to a client: undisturbed, each of her handlers is called.
// It runs in a bubble. What comes of a step is not looked at: hooks may have spoiled it.
type tour struct {
	srv    *signaltest.Server
	alice  user
	bob    user
	ledger *ledger
}

func newTour(t *testing.T) *tour {
	t.Helper()
	srv := pipes(t)
	return &tour{srv: srv, alice: visitor(t, srv), bob: online(t, srv, "bob"), ledger: newLedger()}
}

func (x *tour) steps() []func() {
	a, b := x.alice.API, x.bob.API
	login := func(account string) func() {
		return func() {
			x.ledger.note(ending{key: "login"}, "", func() { a.Login("app", account, signal.NoToken, 0, "") })
		}
	}
	return []func(){
		login("a b"),                 // OnLoginFailed
		login("alice"),               // OnLog, OnLoginSuccess
		func() { a.ChannelJoin("") }, // OnChannelJoinFailed
		func() { x.ledger.note(ending{fails: "setAttr", silent: true}, "", func() { a.SetAttr("", "") }) }, // OnError
		func() { a.ChannelJoin("room") },                                                       // OnChannelJoined, OnChannelUserList
		func() { a.ChannelSetAttr("room", "topic", "x") },                                      // OnChannelAttrUpdated
		func() { b.ChannelJoin("room") },                                                       // OnChannelUserJoined
		func() { b.ChannelLeave("room") },                                                      // OnChannelUserLeaved
		func() { a.MessageChannelSend("room", "hi", "to the room") },                           // OnMessageChannelReceive, OnMessageSendSuccess
		func() { a.MessageInstantSend("", 0, "hi", "to nobody") },                              // OnMessageSendError
		func() { b.MessageInstantSend("alice", 0, "hi", "") },                                  // OnMessageInstantReceive
		func() { a.ChannelQueryUserNum("room") },                                               // OnChannelQueryUserNumResult
		func() { a.QueryUserStatus("bob") },                                                    // OnQueryUserStatusResult
		func() { a.GetUserAttr("bob", "n") },                                                   // OnUserAttrResult
		func() { a.GetUserAttrAll("bob") },                                                     // OnUserAttrAllResult
		func() { a.Invoke("io.agora.signal.channel_query_num", `{"name":"room"}`, "invoked") }, // OnInvokeRet
		func() { a.ChannelInviteUser2("accepted", "bob", `{"x":1}`) },                          // OnInviteReceivedByPeer
		func() { b.ChannelInviteAccept("accepted", "alice", 0, "") },                           // OnInviteAcceptedByPeer
		func() { b.ChannelInviteDTMF("accepted", "alice", "12#") },                             // OnInviteMsg
		func() { a.ChannelInviteEnd("accepted", "bob", 0) },                                    // OnInviteEndByMyself
		func() { a.ChannelInviteUser("refused", "bob", 0) },
		func() { b.ChannelInviteRefuse("refused", "alice", 0, "") },                       // OnInviteRefusedByPeer
		func() { b.ChannelInviteUser("ended", "alice", 0) },                               // OnInviteReceived
		func() { b.ChannelInviteEnd("ended", "alice", 0) },                                // OnInviteEndByPeer
		func() { a.ChannelInviteUser2("failed", "nobody", `{"_require_peer_online":1}`) }, // OnInviteFailed
		func() { x.srv.Cut("alice") },                                                     // OnReconnecting, OnReconnected
		func() { time.Sleep(time.Second) },
		func() { a.ChannelLeave("room") },                             // OnChannelLeaved
		func() { x.ledger.note(ending{key: "logout"}, "", a.Logout) }, // OnLogout
		func() { time.Sleep(3 * time.Second) },
	}
}

// run makes the tour and destroys alice at its end.
func (x *tour) run() {
	for _, step := range x.steps() {
		step()
		synctest.Wait()
	}
	x.ledger.close()
	x.alice.Destroy()
}

// callbacks returns the names of all callbacks.
func callbacks() []string {
	var names []string
	for m := range reflect.TypeFor[signal.ICallBack]().Methods() {
		names = append(names, m.Name)
	}
	return names
}

// The tour is worth nothing unless it comes everywhere.
func TestInvariantsTourFiresEveryCallback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTour(t)
		x.run()
		fired := x.alice.Fired()
		for _, name := range callbacks() {
			assert.Positive(t, fired[name], name)
		}
		x.ledger.check(t, x.alice.All())
	})
}
