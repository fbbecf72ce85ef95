package suite

import (
	"strings"
	"testing"

	signal "github.com/agora-signal-go/signal"
)

// ring has alice call bob, up to where it rings.
func (s *stage) ring(t *testing.T) (alice, bob *user, room string) {
	t.Helper()
	alice, bob, room = s.user(t, "alice"), s.user(t, "bob"), s.name("room")
	alice.ChannelInviteUser2(room, bob.account, `{"destMediaUid":7}`)
	bob.Expect(t, "OnInviteReceived", room, alice.account, 0, `{"destMediaUid":7}`)
	alice.Expect(t, "OnInviteReceivedByPeer", room, bob.account, 0)
	return alice, bob, room
}

// talk has bob accept as well.
func (s *stage) talk(t *testing.T) (alice, bob *user, room string) {
	t.Helper()
	alice, bob, room = s.ring(t)
	bob.ChannelInviteAccept(room, alice.account, 0, `{"ok":true}`)
	alice.Expect(t, "OnInviteAcceptedByPeer", room, bob.account, 0, `{"ok":true}`)
	return alice, bob, room
}

var inviteParts = []part{
	{"ChannelInviteUser", func(t *testing.T, s *stage) {
		alice, bob, room := s.user(t, "alice"), s.user(t, "bob"), s.name("room")
		alice.ChannelInviteUser(room, bob.account, 0)
		bob.Expect(t, "OnInviteReceived", room, alice.account, 0, "")
		alice.Expect(t, "OnInviteReceivedByPeer", room, bob.account, 0)
		alice.ChannelInviteUser(room, bob.account, 0)
		alice.Expect(t, "OnInviteFailed", room, bob.account, 0, int(signal.InviteEReinvite), "")
		alice.ChannelInviteUser(room, alice.account, 0)
		alice.Expect(t, "OnInviteFailed", room, alice.account, 0, int(signal.GeneralEWrongParam), "")
		alice.Logout() // ends the call: the callee stops ringing
		bob.Expect(t, "OnInviteEndByPeer", room, alice.account, 0, "")
		alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
	}},
	{"ChannelInviteUser2", func(t *testing.T, s *stage) {
		alice, bob, room := s.talk(t)
		bob.Logout() // ends the call
		alice.Expect(t, "OnInviteEndByPeer", room, bob.account, 0, "")

		online := `{"_require_peer_online":1}`
		alice.ChannelInviteUser2(room, bob.account, online)
		alice.Expect(t, "OnInviteFailed", room, bob.account, 0, int(signal.InviteEPeerOffline), online)
		soon := `{"_timeout":1}`
		alice.ChannelInviteUser2(room, bob.account, soon)
		alice.Expect(t, "OnInviteFailed", room, bob.account, 0, int(signal.InviteEPeerOffline), soon)
		for _, extra := range []string{"no JSON", `[]`, `{"_timeout":"x"}`, `{"_require_peer_online":2}`, "\xff"} {
			alice.ChannelInviteUser2(room, bob.account, extra)
			alice.Expect(t, "OnInviteFailed", room, bob.account, 0, int(signal.GeneralEWrongParam), extra)
		}
		fits := `{"x":"` + strings.Repeat("é", 8192/2-4) + `"}`
		large := strings.Replace(fits, "é", "ée", 1)
		alice.ChannelInviteUser2(room, bob.account, large)
		alice.Expect(t, "OnInviteFailed", room, bob.account, 0, int(signal.GeneralELargeParam), large)
		carol := s.user(t, "carol")
		alice.ChannelInviteUser2(room, carol.account, fits)
		carol.Expect(t, "OnInviteReceived", room, alice.account, 0, fits)

		rings := `{"_ring_timeout":1}`
		dave := s.user(t, "dave")
		alice.ChannelInviteUser2(room, dave.account, rings)
		alice.Await(t, "OnInviteFailed", room, dave.account, 0, int(signal.InviteETimeout), rings)
		dave.Expect(t, "OnInviteReceived", room, alice.account)
		dave.Expect(t, "OnInviteEndByPeer", room, alice.account, 0, "")
	}},
	{"ChannelInviteAccept", func(t *testing.T, s *stage) {
		alice, bob, room := s.talk(t)
		bob.ChannelInviteAccept(room, alice.account, 0, "")
		bob.Expect(t, "OnError", "channelInviteAccept", int(signal.GeneralEFailed))
		bob.ChannelInviteAccept(room, alice.account, 0, "no JSON")
		bob.Expect(t, "OnError", "channelInviteAccept", int(signal.GeneralEWrongParam))
		alice.Quiet(t)
	}},
	{"ChannelInviteRefuse", func(t *testing.T, s *stage) {
		alice, bob, room := s.ring(t)
		bob.ChannelInviteRefuse(room, alice.account, 0, `{"why":"busy"}`)
		alice.Expect(t, "OnInviteRefusedByPeer", room, bob.account, 0, `{"why":"busy"}`)
		bob.ChannelInviteRefuse(room, alice.account, 0, "")
		bob.Expect(t, "OnError", "channelInviteRefuse", int(signal.GeneralEFailed))
		bob.Quiet(t)
	}},
	{"ChannelInviteEnd", func(t *testing.T, s *stage) {
		alice, bob, room := s.talk(t)
		alice.ChannelInviteEnd(room, bob.account, 0)
		alice.Expect(t, "OnInviteEndByMyself", room, bob.account, 0)
		bob.Expect(t, "OnInviteEndByPeer", room, alice.account, 0, "")
		alice.ChannelInviteEnd(room, bob.account, 0)
		alice.Expect(t, "OnError", "channelInviteEnd", int(signal.GeneralEFailed))

		alice.ChannelInviteUser(room, bob.account, 0) // the same again, ended while it rings
		bob.Expect(t, "OnInviteReceived", room, alice.account, 0, "")
		alice.Expect(t, "OnInviteReceivedByPeer", room, bob.account, 0)
		alice.ChannelInviteEnd(room, bob.account, 0)
		alice.Expect(t, "OnInviteEndByMyself", room, bob.account, 0)
		bob.Expect(t, "OnInviteEndByPeer", room, alice.account, 0, "")
	}},
	{"ChannelInviteDTMF", func(t *testing.T, s *stage) {
		alice, bob, room := s.talk(t)
		keys := strings.Repeat("0123456789*#", 10) + "01234567"
		alice.ChannelInviteDTMF(room, bob.account, keys)
		bob.Expect(t, "OnInviteMsg", room, alice.account, 0, "DTMF", keys, "")
		for _, bad := range []string{"", "A", keys + "0"} {
			alice.ChannelInviteDTMF(room, bob.account, bad)
			alice.Expect(t, "OnError", "channelInviteDTMF", int(signal.GeneralEWrongParam))
		}
		alice.ChannelInviteDTMF(s.name("other"), bob.account, "1")
		alice.Expect(t, "OnError", "channelInviteDTMF", int(signal.GeneralEFailed))
	}},
}
