package signal_test

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// How what is pending ends, by its kind.
type verdict struct{ send, number, join, leave, invite signal.Code }

var (
	byLogout  = verdict{signal.SendMessageEOther, signal.QueryUserNumEByUser, signal.JoinChannelEOther, signal.LeaveChannelELogout, signal.InviteEOther}
	byLoss    = verdict{signal.SendMessageEOther, signal.QueryUserNumEOther, signal.JoinChannelEOther, signal.LeaveChannelELogout, signal.InviteENet}
	byTimeout = verdict{signal.SendMessageETimeout, signal.QueryUserNumETimeout, signal.JoinChannelEOther, signal.LeaveChannelEOther, signal.InviteENet}
	byNumber  = verdict{signal.SendMessageEOther, signal.QueryUserNumEOther, signal.JoinChannelEOther, signal.LeaveChannelEOther, signal.InviteEOther}
)

// askAll makes one request of each kind, but for the answers to a call that rings.
func (u user) askAll() {
	u.MessageInstantSend("bob", 0, "hi", "to bob")
	u.MessageChannelSendForce("room", "hi", "to room")
	u.ChannelQueryUserNum("room")
	u.ChannelJoin("other")
	u.ChannelLeave("another")
	u.ChannelInviteUser2("calls", "bob", `{"x":1}`)
	u.Invoke("io.agora.signal.channel_query_num", `{"name":"room"}`, "id")
	u.QueryUserStatus("bob")
	u.SetAttr("n", "v")
	u.GetAttr("n")
	u.GetAttrAll()
	u.GetUserAttr("bob", "n")
	u.GetUserAttrAll("bob")
	u.ChannelSetAttr("room", "n", "v")
	u.ChannelDelAttr("room", "n")
	u.ChannelClearAttr("room")
	u.ChannelInviteEnd("calls", "bob", 0)
	u.ChannelInviteDTMF("calls", "bob", "1")
}

// expectAll expects the end of what askAll began, all of it at the same time, which it returns.
func (u user) expectAll(t *testing.T, v verdict, desc string) time.Time {
	t.Helper()
	at := u.Expect(t, "OnMessageSendError", "to bob", int(v.send)).At
	ends := []recorder.Call{
		u.Expect(t, "OnMessageSendError", "to room", int(v.send)),
		u.Expect(t, "OnChannelQueryUserNumResult", "room", int(v.number), 0),
		u.Expect(t, "OnChannelJoinFailed", "other", int(v.join)),
		u.Expect(t, "OnChannelLeaved", "another", int(v.leave)),
		u.Expect(t, "OnInviteFailed", "calls", "bob", 0, int(v.invite), `{"x":1}`),
		u.Expect(t, "OnInvokeRet", "id", strconv.Itoa(int(signal.GeneralEFailed))),
	}
	for _, method := range []string{
		"queryUserStatus", "setAttr", "getAttr", "getAttrAll", "getUserAttr", "getUserAttrAll",
		"channelSetAttr", "channelDelAttr", "channelClearAttr",
		"channelInviteEnd", "channelInviteDTMF",
	} {
		c := u.Expect(t, "OnError", method, int(signal.GeneralEFailed))
		if v == byNumber && strings.HasPrefix(method, "channelInvite") {
			assert.Contains(t, c.Args[2], "no such call") // the invite failed at once
		} else {
			assert.Contains(t, c.Args[2], desc)
		}
		ends = append(ends, c)
	}
	for _, c := range ends {
		assert.Equal(t, at, c.At, "%v", c)
	}
	return at
}

// A request that is not answered fails after its time to the moment, whatever happens to the connection meanwhile.
func TestDeadline(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]time.Duration{"default": 0, "short": 3 * time.Second, "above the silence": time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				alice := online(t, srv, "alice", signal.WithCallTimeout(limit))
				srv.Stall(true)
				began := time.Now()
				alice.askAll()
				if limit == 0 {
					limit = 10 * time.Second
				}
				time.Sleep(limit - 1)
				for range alice.Count("OnReconnecting") {
					alice.Expect(t, "OnReconnecting")
				}
				alice.Quiet(t)
				assert.Equal(t, limit, alice.expectAll(t, byTimeout, "timeout").Sub(began))
				srv.Stall(false)
				time.Sleep(time.Minute)
				for _, c := range alice.All() { // what came true after that is undone without a word
					assert.NotContains(t, []string{"OnChannelJoined", "OnInviteReceivedByPeer", "OnMessageSendSuccess"}, c.Name)
				}
			})
		})
	}
}

// While the connection is lost 1,000 requests wait; what comes then fails at once, and the rest goes out in order.
func TestWaitingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const waiting = 1000
		srv := pipes(t)
		way := newLane(srv)
		alice := online(t, srv, "alice", signal.WithDialContext(way.dial), signal.WithCallTimeout(time.Minute))
		bob := online(t, srv, "bob")
		way.shut()
		srv.Cut("alice")
		alice.Expect(t, "OnReconnecting", 1)
		began := time.Now()
		for n := range waiting {
			alice.MessageInstantSend("bob", 0, fmt.Sprint(n), fmt.Sprint(n))
		}
		alice.askAll()
		assert.Equal(t, began, alice.expectAll(t, byNumber, "too many"))
		way.reopen()
		alice.Expect(t, "OnReconnected", 2)
		for n := range waiting { // no faster than the server lets pass, so that nothing is refused
			alice.AwaitWithin(t, time.Minute, "OnMessageSendSuccess", fmt.Sprint(n))
			bob.Expect(t, "OnMessageInstantReceive", "alice", 0, fmt.Sprint(n))
		}
		assert.Zero(t, alice.Count("OnMessageSendError", "0"))
		alice.Quiet(t)
	})
}

// Logout ends what is pending, within 2 s.
func TestPendingAtLogout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice := online(t, srv, "alice")
		alice.enter(t, "room")
		srv.Stall(true)
		alice.askAll()
		began := time.Now()
		alice.Logout()
		assert.Equal(t, 2*time.Second, alice.expectAll(t, byLogout, "ended").Sub(began))
		alice.Expect(t, "OnChannelLeaved", "room", int(signal.LeaveChannelELogout))
		alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
		srv.Stall(false)
		time.Sleep(time.Minute)
		alice.Quiet(t)
	})
}

// Where the connection is lost there is nothing to wait for.
func TestPendingAtLogoutWhileAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice := online(t, srv, "alice")
		alice.enter(t, "room")
		srv.Refuse(true)
		srv.CutAll()
		alice.Expect(t, "OnReconnecting", 1)
		alice.askAll()
		began := time.Now()
		alice.Logout()
		assert.Equal(t, began, alice.expectAll(t, byLogout, "ended"))
		alice.Expect(t, "OnChannelLeaved", "room", int(signal.LeaveChannelELogout))
		alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
		srv.Refuse(false)
		time.Sleep(time.Minute)
		alice.Quiet(t)
	})
}

// A kick ends what is pending.
func TestPendingAtKick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		way := newLane(srv)
		alice := online(t, srv, "alice", signal.WithDialContext(way.dial))
		alice.enter(t, "room")
		way.shut()
		srv.CutAll()
		alice.Expect(t, "OnReconnecting", 1)
		alice.askAll()
		online(t, srv, "alice")
		way.reopen()
		alice.expectAll(t, byLogout, "ended")
		alice.Expect(t, "OnChannelLeaved", "room", int(signal.LeaveChannelEKicked))
		alice.Expect(t, "OnLogout", int(signal.LogoutEKicked))
		time.Sleep(time.Minute)
		alice.Quiet(t)
	})
}

// A connection that does not come back within the user's _conn_timeout and 10 s is lost for good: that ends what is
// pending, the channel, the calls and the login, to the moment.
func TestLostForGood(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		attr  string // "": not set
		after time.Duration
	}{{"", 130 * time.Second}, {"20", 30 * time.Second}, {"60", 70 * time.Second}, {"5", 30 * time.Second}, {"500", 130 * time.Second}} {
		t.Run(tt.attr, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				alice, bob := online(t, srv, "alice", signal.WithCallTimeout(time.Hour)), online(t, srv, "bob")
				if tt.attr != "" {
					alice.SetAttr("_conn_timeout", tt.attr)
				}
				alice.enter(t, "room")
				alice.ChannelInviteUser2("accepted", "bob", `{"x":2}`)
				alice.Expect(t, "OnInviteReceivedByPeer", "accepted")
				bob.ChannelInviteAccept("accepted", "alice", 0, "")
				alice.Expect(t, "OnInviteAcceptedByPeer", "accepted")
				alice.ChannelInviteUser2("ringing", "bob", `{"x":3}`)
				alice.Expect(t, "OnInviteReceivedByPeer", "ringing")
				bob.ChannelInviteUser("received", "alice", 0)
				alice.Expect(t, "OnInviteReceived", "received")
				synctest.Wait()

				began := time.Now()
				srv.Refuse(true)
				srv.Cut("alice")
				synctest.Wait()
				alice.askAll()
				time.Sleep(tt.after - 1)
				for n := range alice.Count("OnReconnecting") {
					alice.Expect(t, "OnReconnecting", n+1)
				}
				assert.Equal(t, signal.LoginStateReconnecting, alice.GetStatus())
				alice.Quiet(t)
				assert.Equal(t, tt.after, alice.expectAll(t, byLoss, "lost").Sub(began))
				assert.Equal(t, signal.LoginStateNotLogin, alice.GetStatus())
				alice.Expect(t, "OnChannelLeaved", "room", int(signal.LeaveChannelEDisconn))
				calls := []recorder.Call{alice.Next(t), alice.Next(t), alice.Next(t)}
				assert.Condition(t, func() bool {
					return has(calls, "OnInviteEndByPeer", "accepted", "bob", 0, "") &&
						has(calls, "OnInviteEndByPeer", "received", "bob", 0, "") &&
						has(calls, "OnInviteFailed", "ringing", "bob", 0, int(signal.InviteENet), `{"x":3}`)
				}, "%v", calls)
				c := alice.Expect(t, "OnLogout", int(signal.LogoutENet))
				assert.Equal(t, tt.after, c.At.Sub(began))

				// At the server it was over 10 s before, and bob was told so.
				for _, want := range []recorder.Call{
					bob.Await(t, "OnInviteEndByPeer", "accepted", "alice", 0, ""), bob.Await(t, "OnInviteEndByPeer", "ringing", "alice", 0, ""),
				} {
					assert.Equal(t, tt.after-10*time.Second, want.At.Sub(began))
				}
				assert.Equal(t, 1, bob.Count("OnInviteFailed", "received", "alice", 0, int(signal.InviteEPeerOffline), ""))
				srv.Refuse(false)
				time.Sleep(time.Hour)
				alice.Quiet(t)
			})
		})
	}
}

func has(calls []recorder.Call, name string, args ...any) bool {
	for _, c := range calls {
		if c.Is(name, args...) {
			return true
		}
	}
	return false
}

// A server that falls silent is left after 25 s, and tried again until it answers.
func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		began := time.Now()
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		alice.enter(t, "room")
		time.Sleep(12 * time.Second) // the last that it says is the answer to the ping after 10 s
		srv.Stall(true)
		c := alice.AwaitWithin(t, time.Minute, "OnReconnecting", 1)
		assert.Equal(t, 35*time.Second, c.At.Sub(began))
		assert.Equal(t, signal.LoginStateReconnecting, alice.GetStatus())
		time.Sleep(30 * time.Second)
		assert.Greater(t, alice.Count("OnReconnecting"), 2)
		srv.Stall(false)
		alice.AwaitWithin(t, 20*time.Second, "OnReconnected", 2)
		bob.AwaitWithin(t, 20*time.Second, "OnReconnected", 2)
		bob.MessageChannelSendForce("room", "again", "m")
		alice.Expect(t, "OnMessageChannelReceive", "room", "bob", 0, "again")
		time.Sleep(10 * time.Minute)
		alice.Quiet(t)
	})
}

// Where nobody answers, Login2 tries within its limits, and then it is over, to the moment.
func TestLoginTries(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		time, count int
		dials       int
		least, most time.Duration
	}{
		"default":        {0, 0, 7, 30 * time.Second, 30 * time.Second}, // at once and 0.5, 1, 2, 4, 8, 8 s give or take a fifth
		"time":           {10, 0, 5, 10 * time.Second, 10 * time.Second},
		"one second":     {1, 0, 2, time.Second, time.Second},
		"count":          {0, 3, 3, 1200 * time.Millisecond, 1800 * time.Millisecond},
		"one try":        {0, 1, 1, 0, 0},
		"count and time": {1, 3, 2, time.Second, time.Second},
		"negative":       {-5, -5, 7, 30 * time.Second, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				srv.Refuse(true)
				var dials atomic.Int32
				alice := visitor(t, srv, signal.WithDialContext(func(ctx context.Context, network, addr string) (net.Conn, error) {
					dials.Add(1)
					return srv.Dial(ctx, network, addr)
				}))
				began := time.Now()
				alice.Login2("app", "alice", signal.NoToken, 0, "", tt.time, tt.count)
				c := alice.AwaitWithin(t, time.Hour, "OnLoginFailed", int(signal.LoginENet))
				assert.GreaterOrEqual(t, c.At.Sub(began), tt.least)
				assert.LessOrEqual(t, c.At.Sub(began), tt.most)
				assert.InDelta(t, tt.dials, dials.Load(), 1)
				if tt.count > 0 && tt.time == 0 {
					assert.EqualValues(t, tt.count, dials.Load())
				}
				before := dials.Load()
				srv.Refuse(false)
				time.Sleep(time.Hour)
				assert.Equal(t, before, dials.Load())
				alice.Quiet(t)
			})
		})
	}
}

// A server that is reached but does not answer the login counts as one that is not reached.
func TestLoginStalled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		srv.Stall(true)
		alice := visitor(t, srv)
		began := time.Now()
		alice.Login("app", "alice", signal.NoToken, 0, "")
		c := alice.AwaitWithin(t, time.Minute, "OnLoginFailed", int(signal.LoginENet))
		assert.Equal(t, 30*time.Second, c.At.Sub(began))
		alice.Login("app", "alice", signal.NoToken, 0, "")
		time.Sleep(20 * time.Second)
		srv.Stall(false)
		alice.AwaitWithin(t, 30*time.Second, "OnLoginSuccess", 0, 1)
	})
}

const certificate = "fe1a0437bf217bdd34cd65053fb0fe1d"

// A refusal is final at once.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t, server.WithApp("app", certificate))
		alice := visitor(t, srv)
		hour := time.Now().Add(time.Hour)
		began := time.Now()
		for _, tt := range []struct {
			app, account, token string
			want                signal.Code
		}{
			{"app", "alice", signal.NoToken, signal.LoginETokenWrong},
			{"app", "alice", signal.NewToken("app", certificate, "bob", hour), signal.LoginETokenWrong},
			{"app", "alice", signal.NewToken("app", "another", "alice", hour), signal.LoginETokenWrong},
			{"app", "alice", signal.NewToken("app", certificate, "alice", time.Now().Add(-time.Second)), signal.LoginETokenExpired},
			{"unknown", "alice", signal.NoToken, signal.LoginEFailed},
			{"app", "a b", signal.NoToken, signal.LoginEInvalidUser},
		} {
			alice.Login(tt.app, tt.account, tt.token, 0, "")
			alice.Expect(t, "OnLoginFailed", int(tt.want))
			assert.Equal(t, signal.LoginStateNotLogin, alice.GetStatus())
		}
		assert.Zero(t, time.Since(began))
		alice.Login("app", "alice", signal.NewToken("app", certificate, "alice", time.Now()), 0, "") // its last second
		alice.Expect(t, "OnLoginSuccess")
		time.Sleep(time.Hour) // a token that runs out ends nothing
		alice.Quiet(t)
	})
}

// A session that is lost is begun anew, with the token: when that is refused, it is over.
func TestRefusedAfterLostSession(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		valid time.Duration
		other server.Option // of the server that is there afterwards
		want  signal.Code
	}{
		"expired":     {10 * time.Second, server.WithApp("app", certificate), signal.LogoutETokenExpired},
		"wrong":       {time.Hour, server.WithApp("app", "another"), signal.LogoutETokenWrong},
		"unknown app": {time.Hour, server.WithApp("other", ""), signal.LogoutEOther},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := signaltest.NewPipeServer(t, server.WithApp("app", certificate))
				way := newLane(srv)
				alice := visitor(t, srv, signal.WithDialContext(way.dial))
				alice.Login("app", "alice", signal.NewToken("app", certificate, "alice", time.Now().Add(tt.valid)), 0, "")
				alice.Expect(t, "OnLoginSuccess")
				alice.enter(t, "room")
				time.Sleep(time.Minute)
				srv.CutAll()
				alice.Expect(t, "OnReconnecting", 1)
				alice.Expect(t, "OnReconnected", 2) // the session does not ask for the token
				time.Sleep(time.Minute)
				way.lead(signaltest.NewPipeServer(t, tt.other))
				srv.CutAll()
				alice.Expect(t, "OnReconnecting", 1)
				alice.Expect(t, "OnChannelLeaved", "room", int(signal.LeaveChannelEDisconn))
				alice.Expect(t, "OnLogout", int(tt.want))
				time.Sleep(time.Hour)
				alice.Quiet(t)
			})
		})
	}
}
