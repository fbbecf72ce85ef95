package signal_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A session outlives its socket by its user's _conn_timeout, which the login is told, to the moment.
func TestLimitsConnTimeout(t *testing.T) {
	t.Parallel()
	for attr, seconds := range map[string]int64{"": 120, "20": 20, "5": 20, "77": 77, "120": 120, "500": 120} {
		t.Run(attr, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lives := time.Duration(seconds) * time.Second
				srv := pipes(t)
				if attr != "" {
					u := online(t, srv, "alice")
					u.SetAttr("_conn_timeout", attr)
					u.GetAttr("_conn_timeout")
					u.Expect(t, "OnUserAttrResult", "alice", "_conn_timeout", fmt.Sprint(seconds))
					u.Logout()
					u.Expect(t, "OnLogout", int(signal.LogoutEUser))
				}
				bob := online(t, srv, "bob")
				bob.enter(t, "room")
				alice := newProbe(t, srv, "alice", wire.DeviceGo)
				told, _ := alice.ret.Get("conn_timeout").Int()
				assert.Equal(t, seconds, told)
				alice.ok(wire.FnJoin, "name", "room")
				bob.Expect(t, "OnChannelUserJoined", "alice", 0)
				status := func(want string) {
					t.Helper()
					bob.QueryUserStatus("alice")
					bob.Expect(t, "OnQueryUserStatusResult", "alice", want)
				}
				again := func() string { // the answer to a line_login
					t.Helper()
					l := wire.LineLogin{Line: alice.line, Resume: true, Channel: "room"}
					return dialProbe(t, srv, l.Append(nil)).ret.Get("result").Text()
				}
				srv.Cut("alice")
				silence(t, lives, bob)
				status("1")
				require.Equal(t, "ok", again()) // and the time begins anew
				synctest.Wait()
				srv.Cut("alice")
				silence(t, lives, bob)
				status("1")
				then()
				bob.Expect(t, "OnChannelUserLeaved", "alice", 0)
				status("0")
				assert.Equal(t, "failed", again())
				bob.Quiet(t)
			})
		})
	}
}

// A user's time is kept when he logs out, and the client that logs in again goes by it.
func TestLimitsConnTimeoutKeptByLogout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		way := newLane(srv)
		alice, bob := online(t, srv, "alice", signal.WithDialContext(way.dial)), online(t, srv, "bob")
		alice.SetAttr("_conn_timeout", "30")
		alice.Logout()
		alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
		alice.Login("app", "alice", signal.NoToken, 0, "")
		alice.Expect(t, "OnLoginSuccess", 0, 2)
		way.shut()
		srv.Cut("alice")
		silence(t, 30*time.Second)
		bob.QueryUserStatus("alice")
		bob.Expect(t, "OnQueryUserStatusResult", "alice", "1")
		then()
		bob.QueryUserStatus("alice")
		bob.Expect(t, "OnQueryUserStatusResult", "alice", "0")
		time.Sleep(10*time.Second - 1) // the client learned the time from its login
		assert.Equal(t, signal.LoginStateReconnecting, alice.GetStatus())
		then()
		assert.Equal(t, signal.LoginStateNotLogin, alice.GetStatus())
		alice.AwaitWithin(t, time.Second, "OnLogout", int(signal.LogoutENet))
	})
}

// The time that an invite waits ends with the callee's acknowledgement or answer, or with the caller's end: from then on
// it may ring or last for long.
func TestLimitsInviteTimersStop(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ fn, want string }{
		"ack":    {wire.FnInviteAck, "OnInviteReceivedByPeer"},
		"accept": {wire.FnInviteAccept, "OnInviteAcceptedByPeer"},
		"refuse": {wire.FnInviteRefuse, "OnInviteRefusedByPeer"},
		"bye":    {wire.FnInviteBye, "OnInviteEndByPeer"},
		"end":    {"", "OnInviteEndByMyself"},
	} {
		for _, extra := range []string{"", `{"_timeout":3}`, `{"_ring_timeout":0}`} {
			t.Run(name+extra, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const waits = 3 * time.Second
					srv := pipes(t)
					alice, bob := online(t, srv, "alice"), newRaw(t, srv, "bob")
					alice.ChannelInviteUser2("room", "bob", extra)
					silence(t, waits, alice)
					if tt.fn == "" {
						alice.ChannelInviteEnd("room", "bob", 0)
					} else {
						bob.reply(tt.fn)
					}
					alice.Expect(t, tt.want, "room", "bob", 0)
					time.Sleep(2 * time.Minute)
					alice.Quiet(t)
				})
			})
		}
	}
}
