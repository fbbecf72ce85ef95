package signal_test

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// reports checks that a watcher of a special channel heard that of users just now, and nothing else.
// Each is the event, the account, and the channel if the event has one.
func (e *ear) reports(t *testing.T, special string, want ...[3]string) {
	t.Helper()
	came := e.news()
	require.Len(t, came, len(want), "%v", came)
	for i, w := range want {
		require.True(t, came[i].Is("OnMessageChannelReceive", special, w[1], 0), "%v", came[i])
		text, _ := came[i].Args[3].(string)
		var event map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &event))
		assert.Equal(t, map[string]any{
			"event": w[0], "account": w[1], "channel": w[2], "ts": float64(time.Now().UnixMilli()),
		}, event)
	}
}

// watch logs a user in that watches a special channel.
func watch(t *testing.T, srv *signaltest.Server, account, special string) *ear {
	t.Helper()
	u := online(t, srv, account)
	u.ChannelJoin(special)
	u.Expect(t, "OnChannelJoined", special)
	u.Expect(t, "OnChannelUserList")
	return listen(u)
}

// Logins and the ends of sessions are told in __agora_user_online at the moment; what comes and goes in between is not.
func TestLimitsUserOnline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const special = wire.ChannelUserOnline
		srv := pipes(t)
		ops := watch(t, srv, "ops", special)
		way := newLane(srv)
		alice := online(t, srv, "alice", signal.WithDialContext(way.dial))
		ops.reports(t, special, [3]string{"online", "alice", ""})
		alice.SetAttr("_conn_timeout", "20")
		alice.enter(t, "room")
		alice.ChannelLeave("room")
		srv.Cut("alice")
		alice.Await(t, "OnReconnected", 2)
		ops.reports(t, special)
		taker := online(t, srv, "alice", signal.WithDialContext(way.dial)) // a takeover is no event
		alice.Await(t, "OnLogout", int(signal.LogoutEKicked))
		ops.reports(t, special)
		taker.Logout()
		ops.reports(t, special, [3]string{"offline", "alice", ""})
		taker.Login("app", "alice", signal.NoToken, 0, "")
		ops.reports(t, special, [3]string{"online", "alice", ""})
		way.shut()
		srv.Cut("alice")
		time.Sleep(20*time.Second - 1)
		ops.reports(t, special)
		then()
		ops.reports(t, special, [3]string{"offline", "alice", ""})

		// Of its own members it says what it says of all, but not that they join and leave it.
		second := watch(t, srv, "second", special)
		ops.reports(t, special, [3]string{"online", "second", ""})
		second.ChannelLeave(special)
		ops.reports(t, special)
		assert.True(t, has(second.news(), "OnChannelLeaved", special, int(signal.LeaveChannelEByUser)))
		second.ChannelJoin(special)
		second.news()
		second.Logout()
		ops.reports(t, special, [3]string{"offline", "second", ""})
	})
}

// Joins and leaves of all ordinary channels are told in __agora_channel_event.
func TestLimitsChannelEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const special = wire.ChannelEvents
		srv := pipes(t)
		ops := watch(t, srv, "ops", special)
		way := newLane(srv)
		alice := online(t, srv, "alice", signal.WithDialContext(way.dial))
		ops.reports(t, special)
		alice.SetAttr("_conn_timeout", "20")
		alice.ChannelJoin("room")
		ops.reports(t, special, [3]string{"join", "alice", "room"})
		alice.ChannelJoin("room")
		ops.reports(t, special)
		alice.ChannelSetAttr("room", "_userNotification", "0") // speaks of the members
		alice.ChannelLeave("room")
		ops.reports(t, special, [3]string{"leave", "alice", "room"})
		alice.ChannelJoin("room")
		ops.reports(t, special, [3]string{"join", "alice", "room"})
		alice.ChannelJoin("second")
		synctest.Wait()
		came := ops.news() // two channels, in whichever order
		assert.Equal(t, 2, count(came, "OnMessageChannelReceive", special, "alice", 0))
		assert.Len(t, came, 2)
		alice.ChannelJoin(wire.ChannelUserOnline) // to join a special one leaves the other
		ops.reports(t, special, [3]string{"leave", "alice", "second"})
		assert.Equal(t, 1, alice.Count("OnChannelLeaved", "second", int(signal.LeaveChannelEByUser)))
		alice.ChannelJoin("room")
		ops.reports(t, special, [3]string{"join", "alice", "room"})
		way.shut()
		srv.Cut("alice")
		time.Sleep(20*time.Second - 1)
		ops.reports(t, special)
		then()
		ops.reports(t, special, [3]string{"leave", "alice", "room"})

		watch(t, srv, "second", special)
		ops.reports(t, special)
	})
}

// Nobody sends to a special channel or sets its attributes; questions are answered, and it never ends.
func TestLimitsSpecialReadOnly(t *testing.T) {
	t.Parallel()
	for _, special := range []string{wire.ChannelUserOnline, wire.ChannelEvents} {
		t.Run(special, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				for range 2 {
					ops := watch(t, srv, "ops", special)
					ops.MessageChannelSend(special, "hi", "member")
					ops.MessageChannelSendForce(special, "hi", "force")
					ops.ChannelSetAttr(special, "n", "v")
					ops.ChannelDelAttr(special, "n")
					ops.ChannelClearAttr(special)
					ops.ChannelSetAttr(special, "_channel_ttl", "0")
					ops.ChannelQueryUserNum(special)
					ops.Invoke("io.agora.signal.channel_query_userlist", `{"name":"`+special+`"}`, "list")
					came := ops.news()
					assert.True(t, has(came, "OnMessageSendError", "member", int(signal.SendMessageEOther)))
					assert.True(t, has(came, "OnMessageSendError", "force", int(signal.SendMessageEOther)))
					assert.Equal(t, 2, count(came, "OnError", "channelSetAttr", int(signal.GeneralEWrongParam)))
					assert.Equal(t, 1, count(came, "OnError", "channelDelAttr", int(signal.GeneralEWrongParam)))
					assert.Equal(t, 1, count(came, "OnError", "channelClearAttr", int(signal.GeneralEWrongParam)))
					assert.True(t, has(came, "OnChannelQueryUserNumResult", special, 0, 1))
					assert.Equal(t, 1, count(came, "OnInvokeRet", "list", ""))
					assert.Len(t, came, 8)
					ops.Logout()
					synctest.Wait()
					time.Sleep(30 * 24 * time.Hour)
				}
			})
		})
	}
}

// Who may join a special channel is said by an option of the server; without it all may where logins need no token.
func TestLimitsSpecialAccounts(t *testing.T) {
	t.Parallel()
	open, secured := server.WithApp("app", ""), server.WithApp("app", certificate)
	for name, tt := range map[string]struct {
		opts []server.Option
		may  []string
	}{
		"no app":      {nil, []string{"ops", "alice"}},
		"open":        {[]server.Option{open}, []string{"ops", "alice"}},
		"secured":     {[]server.Option{secured}, nil},
		"named":       {[]server.Option{server.WithEventAccounts("ops", "other")}, []string{"ops"}},
		"named, open": {[]server.Option{open, server.WithEventAccounts("ops")}, []string{"ops"}},
		"named there": {[]server.Option{secured, server.WithEventAccounts("ops")}, []string{"ops"}},
		"nobody":      {[]server.Option{server.WithEventAccounts()}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := signaltest.NewPipeServer(t, tt.opts...)
				for _, account := range []string{"ops", "alice"} {
					u := visitor(t, srv)
					u.Login("app", account, signal.NewToken("app", certificate, account, time.Now().Add(time.Hour)), 0, "")
					u.Expect(t, "OnLoginSuccess")
					u.enter(t, "room")
					who := listen(u)
					for _, special := range []string{wire.ChannelUserOnline, wire.ChannelEvents} {
						who.ChannelJoin(special)
						came := who.news()
						if assert.Len(t, came, 1+2*count(came, "OnChannelJoined")); slices.Contains(tt.may, account) {
							assert.True(t, has(came, "OnChannelJoined", special))
							assert.Equal(t, 1, count(came, "OnChannelLeaved"))
						} else {
							assert.True(t, has(came, "OnChannelJoinFailed", special, int(signal.JoinChannelEOther)))
						}
					}
				}
			})
		})
	}
}
