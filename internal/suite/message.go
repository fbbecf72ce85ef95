package suite

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

var messageParts = []part{
	{"MessageInstantSend", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		alice.MessageInstantSend(bob.account, 0, "hello\nworld ☎", "m1")
		alice.Expect(t, "OnMessageSendSuccess", "m1")
		bob.Expect(t, "OnMessageInstantReceive", alice.account, 0, "hello\nworld ☎")

		alice.MessageInstantSend(bob.account, 0, "", "") // an empty message is legal, and gets an ID
		id := alice.Expect(t, "OnMessageSendSuccess").Args[0]
		assert.Len(t, id, 36, "a UUID")
		bob.Expect(t, "OnMessageInstantReceive", alice.account, 0, "")

		alice.MessageInstantSend(alice.account, 0, "note to self", "m1") // an ID used twice loses nothing
		alice.Await(t, "OnMessageInstantReceive", alice.account, 0, "note to self")

		carol := s.visitor(t, "carol") // away: her messages wait
		for _, text := range []string{"1", "2", "3"} {
			alice.MessageInstantSend(carol.account, 0, text, "to carol")
		}
		alice.Await(t, "OnMessageSendSuccess", "to carol")
		alice.Await(t, "OnMessageSendSuccess", "to carol")
		alice.Await(t, "OnMessageSendSuccess", "to carol")
		carol.logIn(t)
		for _, text := range []string{"1", "2", "3"} {
			carol.Expect(t, "OnMessageInstantReceive", alice.account, 0, text)
		}
		carol.Quiet(t)
	}},
	{"MessageChannelSend", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		room := s.name("room")
		alice.join(t, room)
		bob.join(t, room)
		alice.Expect(t, "OnChannelUserJoined", bob.account, 0)
		alice.MessageChannelSend(room, "hi all", "m1")
		bob.Expect(t, "OnMessageChannelReceive", room, alice.account, 0, "hi all")
		one, two := alice.Next(t), alice.Next(t) // the sender gets both, in either order
		if one.Name != "OnMessageSendSuccess" {
			one, two = two, one
		}
		assert.True(t, one.Is("OnMessageSendSuccess", "m1"), "%v", one)
		assert.True(t, two.Is("OnMessageChannelReceive", room, alice.account, 0, "hi all"), "%v", two)

		alice.MessageChannelSend(s.name("elsewhere"), "hi", "m2")
		alice.Expect(t, "OnMessageSendError", "m2", int(signal.SendMessageEOther))
	}},
	{"MessageChannelSendForce", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		room := s.name("a room with spaces 100%")
		bob.join(t, room)
		alice.MessageChannelSendForce(room, "from outside", "m1")
		alice.Expect(t, "OnMessageSendSuccess", "m1")
		bob.Expect(t, "OnMessageChannelReceive", room, alice.account, 0, "from outside")
		alice.Quiet(t)
	}},
}

// Sizes at which a message is the last that passes and the first that does not.
var sizes = []struct {
	name string
	send func(u *user, text, id string)
	fits int
}{
	{"instant", func(u *user, text, id string) { u.MessageInstantSend(u.account, 0, text, id) }, 8196},
	{"channel", func(u *user, text, id string) { u.MessageChannelSendForce("sizes", text, id) }, 8192},
}

var codeCases = []struct {
	name string
	play func(t *testing.T, s *stage)
}{
	{"message sizes", func(t *testing.T, s *stage) {
		u := s.user(t, "alice")
		for _, c := range sizes {
			wide := strings.Repeat("é", c.fits/2) // two bytes each: exactly full
			for _, text := range []string{strings.Repeat("x", c.fits), wide, strings.Repeat("\x00", c.fits)} {
				c.send(u, text, "fits")
				u.Await(t, "OnMessageSendSuccess", "fits")
			}
			for _, text := range []string{strings.Repeat("x", c.fits+1), wide[:c.fits-1] + "é"} {
				c.send(u, text, "too large")
				u.Await(t, "OnMessageSendError", "too large", int(signal.GeneralELargeParam))
			}
			c.send(u, "\xff", "no UTF-8")
			u.Await(t, "OnMessageSendError", "no UTF-8", int(signal.GeneralEWrongParam))
		}
		u.MessageInstantSend(u.account, 0, "x", strings.Repeat("i", 128))
		u.Await(t, "OnMessageSendSuccess", strings.Repeat("i", 128))
		u.MessageInstantSend(u.account, 0, "x", strings.Repeat("i", 129))
		u.Await(t, "OnMessageSendError", strings.Repeat("i", 129), int(signal.GeneralEWrongParam))
		u.MessageInstantSend("with space", 0, "x", "m")
		u.Await(t, "OnMessageSendError", "m", int(signal.GeneralEWrongParam))
	}},
	{"accounts at login", func(t *testing.T, s *stage) {
		u := s.visitor(t, "alice")
		for _, account := range []string{"", "a b", "a\tb", "a\u00a0b", "a\x00", "\xff", strings.Repeat("x", 129), strings.Repeat("x", 127) + "é"} {
			u.Login(OpenApp, account, signal.NoToken, 0, "")
			u.Expect(t, "OnLoginFailed", int(signal.LoginEInvalidUser))
		}
		u.Login(OpenApp, strings.Repeat("é", 64), signal.NoToken, 0, "")
		u.Expect(t, "OnLoginSuccess", recorder.Any)
	}},
}
