package signal_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/server"
)

// What the server's owner does reaches the handlers as what it is.
func TestLimitsRemoveFromChannel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		a, b := h.online(t, "alice"), h.online(t, "bob")
		a.enter(t, "room")
		b.enter(t, "room")
		alice, bob := listen(a), listen(b)
		require.NoError(t, h.RemoveFromChannel(t.Context(), "app", "room", "alice"))
		came := alice.news()
		assert.Len(t, came, 1)
		assert.True(t, has(came, "OnChannelLeaved", "room", int(signal.LeaveChannelEKicked)))
		came = bob.news()
		assert.Len(t, came, 1)
		assert.True(t, has(came, "OnChannelUserLeaved", "alice", 0))
		assert.Equal(t, signal.LoginStateLogined, alice.GetStatus())
		alice.MessageChannelSend("room", "hi", "m")
		assert.True(t, has(alice.news(), "OnMessageSendError", "m", int(signal.SendMessageEOther)))
		require.ErrorIs(t, h.RemoveFromChannel(t.Context(), "app", "room", "alice"), server.ErrNotFound)
		alice.ChannelJoin("room") // nothing keeps her from that
		assert.True(t, has(alice.news(), "OnChannelJoined", "room"))
		assert.True(t, has(bob.news(), "OnChannelUserJoined", "alice", 0))
		bob.MessageChannelSend("room", "hi", "m")
		assert.True(t, has(alice.news(), "OnMessageChannelReceive", "room", "bob", 0, "hi"))
	})
}

// A session that the owner ends is over; its user may log in again.
func TestLimitsKick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		a, b := h.online(t, "alice"), h.online(t, "bob")
		a.enter(t, "room")
		b.enter(t, "room")
		alice, bob := listen(a), listen(b)
		require.NoError(t, h.Kick(t.Context(), "app", "alice"))
		came := alice.news()
		require.Len(t, came, 2)
		assert.True(t, came[0].Is("OnChannelLeaved", "room", int(signal.LeaveChannelEDisconn)))
		assert.True(t, came[1].Is("OnLogout", int(signal.LogoutEOther)))
		came = bob.news()
		assert.Len(t, came, 1)
		assert.True(t, has(came, "OnChannelUserLeaved", "alice", 0))
		time.Sleep(time.Hour)
		assert.Empty(t, alice.news())
		require.ErrorIs(t, h.Kick(t.Context(), "app", "alice"), server.ErrNotFound)
		alice.Login("app", "alice", signal.NoToken, 0, "")
		assert.True(t, has(alice.news(), "OnLoginSuccess"))
	})
}

// Who was away finds out when the connection is back.
func TestLimitsOwnerWhileAway(t *testing.T) {
	t.Parallel()
	leaved := func(code signal.Code) recorder.Call { return failure("OnChannelLeaved", "room", int(code)) }
	for name, tt := range map[string]struct {
		do   func(t *testing.T, h *house) error
		want []recorder.Call
	}{
		"removed": {
			func(t *testing.T, h *house) error {
				t.Helper()
				return h.RemoveFromChannel(t.Context(), "app", "room", "alice")
			},
			[]recorder.Call{failure("OnReconnected", 2), leaved(signal.LeaveChannelEKicked)},
		},
		"kicked": {
			func(t *testing.T, h *house) error { t.Helper(); return h.Kick(t.Context(), "app", "alice") },
			[]recorder.Call{leaved(signal.LeaveChannelEDisconn), failure("OnLogout", int(signal.LogoutEOther))},
		},
		"closed": {
			func(t *testing.T, h *house) error { t.Helper(); _, err := h.CloseApp(t.Context(), "app"); return err },
			[]recorder.Call{leaved(signal.LeaveChannelEDisconn), failure("OnLogout", int(signal.LogoutEOther))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				u := h.online(t, "alice")
				u.enter(t, "room")
				alice := listen(u)
				h.setAway(true)
				synctest.Wait()
				require.NoError(t, tt.do(t, h))
				assert.Zero(t, count(alice.news(), "OnChannelLeaved"))
				h.setAway(false)
				time.Sleep(time.Minute)
				var came []recorder.Call
				for _, c := range alice.news() {
					if c.Name != "OnReconnecting" {
						came = append(came, c)
					}
				}
				require.Len(t, came, len(tt.want), "%v", came)
				for i, w := range tt.want {
					assert.True(t, came[i].Is(w.Name, w.Args...), "%v", came[i])
				}
			})
		})
	}
}

// An app that is closed ends all its sessions, and takes no logins until it is opened.
func TestLimitsCloseApp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const users = 9
		h := newHouse(t)
		var all []*ear
		for n := range users {
			u := h.online(t, fmt.Sprint(n))
			u.enter(t, fmt.Sprint("room", n))
			all = append(all, listen(u))
		}
		stranger := h.visitor(t)
		stranger.Login("other", "alice", signal.NoToken, 0, "")
		stranger.Expect(t, "OnLoginSuccess")
		n, err := h.CloseApp(t.Context(), "app")
		require.NoError(t, err)
		assert.Equal(t, users, n)
		for n, u := range all {
			came := u.news()
			require.Len(t, came, 2)
			assert.True(t, came[0].Is("OnChannelLeaved", fmt.Sprint("room", n), int(signal.LeaveChannelEDisconn)))
			assert.True(t, came[1].Is("OnLogout", int(signal.LogoutEOther)))
			assert.Equal(t, signal.LoginStateNotLogin, u.GetStatus())
		}
		all[0].Login("app", "0", signal.NoToken, 0, "")
		assert.True(t, has(all[0].news(), "OnLoginFailed", int(signal.LoginEFailed)))
		h.OpenApp("app")
		all[0].Login("app", "0", signal.NoToken, 0, "")
		assert.True(t, has(all[0].news(), "OnLoginSuccess"))
		time.Sleep(time.Minute)
		stranger.Quiet(t)
	})
}

// Messages of the server itself come from nobody. One who is offline gets them within a day.
func TestLimitsSendSystem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		h := newHouse(t)
		u := h.online(t, "alice")
		u.enter(t, "room")
		alice := listen(u)
		for range 300 { // no rate holds them back
			require.NoError(t, h.SendSystem(t.Context(), "app", "alice", "to you"))
			require.NoError(t, h.SendSystemChannel(t.Context(), "app", "room", "to all"))
		}
		came := alice.news()
		assert.Len(t, came, 600)
		assert.Equal(t, 300, count(came, "OnMessageInstantReceive", "", 0, "to you"))
		assert.Equal(t, 300, count(came, "OnMessageChannelReceive", "room", "", 0, "to all"))
		require.ErrorIs(t, h.SendSystemChannel(t.Context(), "app", "nowhere", "to all"), server.ErrNotFound)
		dash := h.online(t, "-") // a user may be called that
		dash.MessageInstantSend("alice", 0, "hi", "")
		assert.True(t, has(alice.news(), "OnMessageInstantReceive", "-", 0, "hi"))
		dash.Logout()
		alice.Logout()
		for _, account := range []string{"early", "late"} {
			require.NoError(t, h.SendSystem(t.Context(), "app", account, "hi"))
		}
		time.Sleep(day - 1)
		h.online(t, "early").Expect(t, "OnMessageInstantReceive", "", 0, "hi")
		then()
		late := h.online(t, "late")
		time.Sleep(time.Minute)
		late.Quiet(t)
	})
}
