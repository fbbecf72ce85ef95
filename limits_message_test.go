package signal_test

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// A message for one who is offline is kept for its time, to the moment.
func TestLimitsMessageTTL(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		flag  string // "": as the client sends it
		limit time.Duration
		kept  time.Duration
	}{
		"client":     {"", 0, day},
		"none":       {"v1:E:0", 0, 0},
		"one second": {"v1:E:1", 0, time.Second},
		"one hour":   {"v1:E:3600", 0, time.Hour},
		"30 days":    {"v1:E:2592000", 0, 30 * day},
		"31 days":    {"v1:E:2678400", 0, 30 * day},
		"for ever":   {"v1:E:99999999999999999999", 0, 30 * day},
		"own cap":    {"v1:E:3600", time.Minute, time.Minute},
		"client cap": {"", time.Minute, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := signaltest.NewPipeServer(t, server.WithLimits(server.Limits{MessageTTL: tt.limit}))
				accounts := []string{"early", "late"}
				if tt.flag == "" {
					alice := online(t, srv, "alice")
					for _, a := range accounts {
						alice.MessageInstantSend(a, 0, "hi", a)
						alice.Expect(t, "OnMessageSendSuccess", a)
					}
					alice.Logout()
					alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
				} else {
					p := newProbe(t, srv, "alice", wire.DeviceWeb)
					for _, a := range accounts {
						p.ok(wire.FnSendMsg, "peer", a, "flag", tt.flag, "t", "instant", "content", "hi")
					}
					p.ok(wire.FnLogout)
				}
				if tt.kept > 0 {
					time.Sleep(tt.kept - 1)
					early := online(t, srv, "early")
					early.Expect(t, "OnMessageInstantReceive", "alice", 0, "hi")
					then()
				}
				late := online(t, srv, "late")
				time.Sleep(time.Minute)
				late.Quiet(t)
			})
		})
	}
}

// A personal list takes 1,000 messages; who sends one more is told so, and nothing older is thrown away.
func TestLimitsMessagesPerAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 1000
		srv := pipes(t)
		alice := online(t, srv, "alice")
		for n := range most {
			if n > 0 && n%60 == 0 {
				time.Sleep(time.Second)
			}
			alice.MessageInstantSend("bob", 0, fmt.Sprint(n), fmt.Sprint(n))
			alice.Expect(t, "OnMessageSendSuccess", fmt.Sprint(n))
		}
		refused := func() {
			t.Helper()
			time.Sleep(time.Second)
			alice.MessageInstantSend("bob", 0, "too much", "too much")
			alice.Expect(t, "OnMessageSendError", "too much", int(signal.SendMessageEOther))
		}
		refused()
		refused()
		alice.MessageInstantSend("carol", 0, "hi", "to carol") // each account for itself
		alice.Expect(t, "OnMessageSendSuccess", "to carol")
		bob := online(t, srv, "bob")
		for n := range most {
			bob.Expect(t, "OnMessageInstantReceive", "alice", 0, fmt.Sprint(n))
		}
		time.Sleep(2 * time.Second) // by then they are acknowledged
		alice.MessageInstantSend("bob", 0, "last", "last")
		alice.Expect(t, "OnMessageSendSuccess", "last")
		bob.Expect(t, "OnMessageInstantReceive", "alice", 0, "last")
		alice.Quiet(t)
		bob.Quiet(t)
	})
}

// A user sends 60 messages a second, of whatever kind, all of them at once if he likes.
func TestLimitsUserMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 60
		srv := pipes(t)
		u, bob := online(t, srv, "alice"), listen(online(t, srv, "bob"))
		u.enter(t, "room")
		alice := listen(u)
		sent := 0
		burst := func(n, pass int) {
			t.Helper()
			began := sent
			for range n {
				id := strconv.Itoa(sent)
				switch sent++; sent % 3 {
				case 0:
					alice.MessageInstantSend("bob", 0, id, id)
				case 1:
					alice.MessageChannelSend("room", id, id)
				case 2:
					alice.MessageChannelSendForce("room", id, id)
				}
			}
			came := alice.news()
			instant := bob.news()
			assert.Equal(t, pass, count(came, "OnMessageSendSuccess"))
			assert.Equal(t, n-pass, count(came, "OnMessageSendError"))
			for i := began; i < sent; i++ {
				id := strconv.Itoa(i)
				delivered := count(instant, "OnMessageInstantReceive", "alice", 0, id) + count(came, "OnMessageChannelReceive", "room", "alice", 0, id)
				if i < began+pass {
					assert.Equal(t, 1, delivered)
					continue
				}
				assert.Zero(t, delivered)
				assert.Equal(t, 1, count(came, "OnMessageSendError", id, int(signal.SendMessageEOther)))
			}
			refused := 0
			for _, method := range []string{"messageInstantSend", "messageChannelSend", "messageChannelSendForce"} {
				refused += count(came, "OnError", method, int(signal.GeneralEFailed))
			}
			assert.Equal(t, n-pass, refused)
			for _, c := range came {
				if c.Name == "OnError" {
					assert.Contains(t, c.Args[2], wire.ReasonRateLimited)
				}
			}
		}
		burst(most+1, most)
		burst(1, 0)
		time.Sleep(time.Second / most) // earned one
		burst(2, 1)
		time.Sleep(time.Second)
		burst(most+2, most)
		time.Sleep(time.Hour) // no more than a second's worth is saved up
		burst(most+1, most)
		for range 5 * most { // that much goes on for ever
			time.Sleep(time.Second/most + 1)
			burst(1, 1)
		}
		time.Sleep(time.Second / 2)
		burst(most, most/2)
	})
}

// To log in again is no way around it, and one user's messages are not another's.
func TestLimitsUserMessagesAfterLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 60
		srv := pipes(t)
		u, carol := online(t, srv, "alice"), online(t, srv, "carol")
		alice := listen(u)
		for n := range most {
			alice.MessageInstantSend("bob", 0, "", fmt.Sprint(n))
		}
		assert.Equal(t, most, count(alice.news(), "OnMessageSendSuccess"))
		alice.Logout()
		alice.Login("app", "alice", signal.NoToken, 0, "")
		synctest.Wait()
		alice.MessageInstantSend("bob", 0, "", "too much")
		came := alice.news()
		assert.Equal(t, 1, count(came, "OnMessageSendError", "too much", int(signal.SendMessageEOther)))
		wasLimited(t, came, "messageInstantSend", 1)
		carol.MessageInstantSend("bob", 0, "", "carol's")
		carol.Expect(t, "OnMessageSendSuccess", "carol's")
	})
}

// A channel takes 200 messages a second, or as many as its attribute says, from all its senders together.
func TestLimitsChannelMessages(t *testing.T) {
	t.Parallel()
	for attr, most := range map[string]int{"": 200, "1": 1, "7": 7, "250": 250} {
		t.Run(attr, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				member := online(t, srv, "member")
				member.enter(t, "room")
				if attr != "" {
					member.ChannelSetAttr("room", "_sendmsg_limit", attr)
				}
				var senders []*ear
				for n := range 5 {
					senders = append(senders, listen(online(t, srv, fmt.Sprint(n))))
				}
				hearer := listen(member)
				burst := func(n, pass int) {
					t.Helper()
					for i := range n {
						senders[i%len(senders)].MessageChannelSendForce("room", "hi", fmt.Sprint(i))
					}
					var came []recorder.Call
					for _, s := range senders {
						came = append(came, s.news()...)
					}
					assert.Equal(t, pass, count(hearer.news(), "OnMessageChannelReceive", "room"))
					assert.Equal(t, pass, count(came, "OnMessageSendSuccess"))
					assert.Equal(t, n-pass, count(came, "OnMessageSendError", recorder.Any, int(signal.SendMessageEOther)))
					wasLimited(t, came, "messageChannelSendForce", n-pass)
				}
				burst(most+1, most)
				time.Sleep(time.Second / time.Duration(most))
				burst(2, 1)
				time.Sleep(time.Second)
				burst(most+2, most)
				senders[0].MessageChannelSendForce("other", "hi", "elsewhere")
				assert.Equal(t, 1, count(senders[0].news(), "OnMessageSendSuccess", "elsewhere"))
				if attr != "" { // without the attribute it is as it was
					member.ChannelDelAttr("room", "_sendmsg_limit")
					time.Sleep(time.Minute)
					hearer.news()
					burst(201, 200)
				}
			})
		})
	}
}

// A session makes 200 calls a second, of whatever function.
func TestLimitsCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 200
		srv := pipes(t)
		alice := listen(online(t, srv, "alice"))
		burst := func(n, pass int) {
			t.Helper()
			for range n {
				alice.QueryUserStatus("bob")
			}
			came := alice.news()
			assert.Equal(t, pass, count(came, "OnQueryUserStatusResult"))
			wasLimited(t, came, "queryUserStatus", n-pass)
		}
		burst(most+1, most)
		time.Sleep(time.Second/most - 1)
		burst(1, 0)
		then()
		burst(2, 1)
		time.Sleep(time.Second)
		burst(most+2, most)
		time.Sleep(time.Hour)
		burst(most+1, most)

		// How each kind says so.
		alice.ChannelJoin("room")
		alice.ChannelLeave("room")
		alice.ChannelQueryUserNum("room")
		alice.ChannelInviteUser2("room", "bob", `{"x":1}`)
		alice.Invoke("io.agora.signal.channel_query_num", `{"name":"room"}`, "id")
		alice.MessageInstantSend("bob", 0, "", "m")
		alice.SetAttr("n", "v")
		came := alice.news()
		failed := int(signal.GeneralEFailed)
		assert.True(t, has(came, "OnChannelJoinFailed", "room", failed))
		assert.True(t, has(came, "OnChannelLeaved", "room", failed))
		assert.True(t, has(came, "OnChannelQueryUserNumResult", "room", failed, 0))
		assert.True(t, has(came, "OnInviteFailed", "room", "bob", 0, failed, `{"x":1}`))
		assert.True(t, has(came, "OnInvokeRet", "id", strconv.Itoa(failed)))
		assert.True(t, has(came, "OnMessageSendError", "m", int(signal.SendMessageEOther)))
		for _, method := range []string{"channelJoin", "channelLeave", "channelQueryUserNum", "channelInviteUser2", "invoke", "messageInstantSend", "setAttr"} {
			wasLimited(t, came, method, 1)
		}
	})
}

// What waited for a connection goes out no faster than the server takes it, whatever was sent just before.
func TestLimitsPacedAfterResume(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"resumed": true, "new session": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const messages, queries = 200, 700
				srv := pipes(t)
				way := newLane(srv)
				u := online(t, srv, "alice", signal.WithDialContext(way.dial), signal.WithCallTimeout(time.Minute))
				alice := listen(u)
				for n := range 60 {
					alice.MessageInstantSend("bob", 0, "", fmt.Sprint("before ", n))
				}
				for range 140 {
					alice.QueryUserStatus("bob")
				}
				came := alice.news()
				assert.Equal(t, 60, count(came, "OnMessageSendSuccess"))
				assert.Equal(t, 140, count(came, "OnQueryUserStatusResult"))
				way.shut()
				srv.Restart(keep)
				for range queries {
					alice.QueryUserStatus("bob")
				}
				for n := range messages {
					alice.MessageInstantSend("bob", 0, "", fmt.Sprint(n))
				}
				began := time.Now()
				way.reopen()
				alice.AwaitWithin(t, time.Minute, "OnMessageSendSuccess", fmt.Sprint(messages-1))
				assert.InDelta(t, messages/60+queries/200, time.Since(began).Seconds(), 2)
				came = alice.news()
				assert.Equal(t, messages, count(came, "OnMessageSendSuccess"))
				assert.Equal(t, queries, count(came, "OnQueryUserStatusResult"))
				assert.Zero(t, count(came, "OnError"))
				assert.Zero(t, count(came, "OnMessageSendError"))
			})
		})
	}
}
