package suite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

var sessionParts = []part{
	{"CallbackSet", func(t *testing.T, s *stage) {
		u := s.user(t, "alice")
		second := recorder.New()
		u.CallbackSet(second)
		u.GetAttr("x")
		second.Expect(t, "OnUserAttrResult", u.account, "x", "")
		u.CallbackSet(nil)
		u.GetAttr("y")
		u.CallbackSet(u.Recorder)
		u.GetAttr("z")
		u.Await(t, "OnUserAttrResult", u.account, "z", "")
		assert.Zero(t, u.Count("OnUserAttrResult", u.account, "x"), "the first one was no longer asked")
	}},
	{"CallbackGet", func(t *testing.T, s *stage) {
		u := s.visitor(t, "alice")
		assert.Same(t, u.Recorder, u.CallbackGet())
		u.CallbackSet(nil)
		assert.Nil(t, u.CallbackGet())
	}},
	{"Login", func(t *testing.T, s *stage) {
		u := s.visitor(t, "alice")
		u.Login(OpenApp, u.account, signal.NoToken, 0, "")
		assert.NotEqual(t, signal.LoginStateNotLogin, u.GetStatus(), "it begins before the method returns")
		u.Expect(t, "OnLoginSuccess", 0, 1)
		assert.Equal(t, signal.LoginStateLogined, u.GetStatus())
		u.Login(OpenApp, u.account, signal.NoToken, 0, "")
		u.Expect(t, "OnError", "login", int(signal.LoginEAlreadyLogin))
		assert.Equal(t, signal.LoginStateLogined, u.GetStatus(), "the session is untouched")
	}},
	{"Login2", func(t *testing.T, s *stage) {
		u := s.visitor(t, "alice")
		u.Login2(SecuredApp, u.account, tokenFor(u.account, time.Now().Add(time.Minute)), 0, "", 5, 2)
		u.Expect(t, "OnLoginSuccess", 0, 1)
		u.Login2(SecuredApp, u.account, "", 0, "", 0, 0)
		u.Expect(t, "OnError", "login2", int(signal.LoginEAlreadyLogin))

		away := s.visitor(t, "bob")
		away.net.cut(true)
		away.Login2(OpenApp, away.account, signal.NoToken, 0, "", 30, 1)
		away.Expect(t, "OnLoginFailed", int(signal.LoginENet))
		assert.Equal(t, signal.LoginStateNotLogin, away.GetStatus())
	}},
	{"Logout", func(t *testing.T, s *stage) {
		u := s.user(t, "alice")
		ch := s.name("room")
		u.join(t, ch)
		u.Logout()
		u.Expect(t, "OnChannelLeaved", ch, int(signal.LeaveChannelELogout))
		u.Expect(t, "OnLogout", int(signal.LogoutEUser))
		u.Logout()
		u.Expect(t, "OnLogout", int(signal.LogoutEAlreadyLogout))
	}},
	{"GetStatus", func(t *testing.T, s *stage) {
		u := s.visitor(t, "alice")
		assert.Equal(t, signal.LoginStateNotLogin, u.GetStatus())
		u.logIn(t)
		u.net.cut(true)
		u.Await(t, "OnReconnecting", 1)
		assert.Equal(t, signal.LoginStateReconnecting, u.GetStatus())
		u.net.cut(false)
		u.Await(t, "OnReconnected", 2)
		assert.Equal(t, signal.LoginStateLogined, u.GetStatus())
		u.Destroy()
		assert.Equal(t, signal.LoginStateNotLogin, u.GetStatus())
	}},
	{"GetSdkVersion", func(t *testing.T, s *stage) {
		version := s.visitor(t, "alice").GetSdkVersion()
		assert.GreaterOrEqual(t, version, 1010404000)
		assert.Less(t, version, 1010405000)
	}},
	{"Destroy", func(t *testing.T, s *stage) {
		u, peer := s.user(t, "alice"), s.user(t, "bob")
		u.net.cut(true)
		u.Await(t, "OnReconnecting")
		u.MessageInstantSend(peer.account, 0, "too late", "m")
		u.Destroy()
		u.Await(t, "OnMessageSendError", "m", int(signal.SendMessageEOther))
		before := len(u.All())
		u.Destroy()
		u.MessageInstantSend(peer.account, 0, "into the void", "n")
		u.Login(OpenApp, u.account, signal.NoToken, 0, "")
		assert.Equal(t, signal.LoginStateNotLogin, u.GetStatus())
		assert.Len(t, u.All(), before, "every later call is a no-op")

		polite := s.user(t, "carol")
		polite.Destroy()
		require.Zero(t, polite.Count("OnLogout"), "nothing beyond what was pending")
		peer.QueryUserStatus(polite.account)
		peer.Expect(t, "OnQueryUserStatusResult", polite.account, "0") // it has logged out at the server too
	}},
}
