package suite

//lint:file-ignore SA1019 what is deprecated is what is tested here

import (
	"strings"
	"testing"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

var deprecatedParts = []part{
	{"MessageDTMFSend", func(t *testing.T, s *stage) {
		alice := s.user(t, "alice")
		alice.MessageDTMFSend(0, "12#", "m1")
		alice.Expect(t, "OnMessageSendError", "m1", int(signal.GeneralEFailed))
		alice.Expect(t, "OnError", "messageDTMFSend", int(signal.GeneralEFailed))
	}},
	{"ChannelInvitePhone", func(t *testing.T, s *stage) {
		alice, gateway, room := s.user(t, "alice"), s.user(t, "phone"), s.name("room")
		alice.ChannelInvitePhone(room, gateway.account, 0)
		gateway.Expect(t, "OnInviteReceived", room, alice.account, 0, recorder.Any)
	}},
	{"ChannelInvitePhone2", func(t *testing.T, s *stage) {
		alice, gateway, room := s.user(t, "alice"), s.user(t, "phone"), s.name("room")
		alice.ChannelInvitePhone2(room, gateway.account, "+4930")
		gateway.Expect(t, "OnInviteReceived", room, alice.account, 0, `{"srcNum":"+4930"}`)
	}},
	{"ChannelInvitePhone3", func(t *testing.T, s *stage) {
		alice, gateway, room := s.user(t, "alice"), s.user(t, "phone"), s.name("room")
		alice.ChannelInvitePhone3(room, gateway.account, "+4930", `{"a":[1, 2.0]}`)
		c := gateway.Expect(t, "OnInviteReceived", room, alice.account, 0)
		if extra := c.Args[3].(string); !strings.Contains(extra, `"a":[1, 2.0]`) || !strings.Contains(extra, `"srcNum":"+4930"`) {
			t.Fatalf("want both members in extra, got %s", extra)
		}
	}},
	{"IsOnline", func(t *testing.T, s *stage) {
		alice := s.visitor(t, "alice")
		if alice.IsOnline() {
			t.Fatal("want offline before login")
		}
		alice.logIn(t)
		if !alice.IsOnline() {
			t.Fatal("want online after login")
		}
	}},
}
