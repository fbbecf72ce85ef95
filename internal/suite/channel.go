package suite

import (
	"testing"

	"github.com/stretchr/testify/assert"

	signal "github.com/agora-signal-go/signal"
)

var channelParts = []part{
	{"ChannelJoin", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		room, other := s.name("room"), s.name("other")
		alice.ChannelSetAttr(room, "b", "2") // attributes of a room that nobody is in yet
		alice.ChannelSetAttr(room, "a", "1")
		alice.ChannelJoin(room)
		alice.Expect(t, "OnChannelJoined", room)
		alice.Expect(t, "OnChannelUserList", []string{alice.account}, []int{0})
		alice.Expect(t, "OnChannelAttrUpdated", room, "a", "1", "update")
		alice.Expect(t, "OnChannelAttrUpdated", room, "b", "2", "update")
		bob.ChannelJoin(room)
		bob.Expect(t, "OnChannelJoined", room)
		bob.Expect(t, "OnChannelUserList", []string{bob.account, alice.account}, []int{0, 0})
		alice.Expect(t, "OnChannelUserJoined", bob.account, 0)

		alice.ChannelJoin(room) // again: told again, nobody else is
		alice.Expect(t, "OnChannelJoined", room)
		alice.Expect(t, "OnChannelUserList")
		alice.Expect(t, "OnChannelAttrUpdated", room, "a", "1", "update")
		alice.Expect(t, "OnChannelAttrUpdated", room, "b", "2", "update")

		alice.ChannelJoin(other) // one channel per user
		alice.Expect(t, "OnChannelLeaved", room, int(signal.LeaveChannelEByUser))
		alice.Expect(t, "OnChannelJoined", other)
		alice.Expect(t, "OnChannelUserList", []string{alice.account}, []int{0})
		bob.Await(t, "OnChannelUserLeaved", alice.account, 0)
		assert.Zero(t, bob.Count("OnChannelUserJoined"))

		alice.ChannelJoin("")
		alice.Expect(t, "OnChannelJoinFailed", "", int(signal.GeneralEWrongParam))
	}},
	{"ChannelLeave", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		room := s.name("room")
		alice.join(t, room)
		bob.join(t, room)
		bob.ChannelLeave(room)
		bob.Expect(t, "OnChannelLeaved", room, int(signal.LeaveChannelEByUser))
		alice.Await(t, "OnChannelUserLeaved", bob.account, 0)
		bob.ChannelLeave(room)
		bob.Expect(t, "OnChannelLeaved", room, int(signal.LeaveChannelEOther))
		bob.Quiet(t)
	}},
	{"ChannelQueryUserNum", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		room := s.name("room")
		alice.join(t, room)
		bob.ChannelQueryUserNum(room)
		bob.Expect(t, "OnChannelQueryUserNumResult", room, int(signal.Success), 1)
		bob.ChannelQueryUserNum(s.name("unknown"))
		c := bob.Expect(t, "OnChannelQueryUserNumResult")
		assert.Equal(t, []any{int(signal.Success), 0}, c.Args[1:])
		bob.ChannelQueryUserNum("")
		bob.Expect(t, "OnChannelQueryUserNumResult", "", int(signal.GeneralEWrongParam), 0)
	}},
	{"ChannelSetAttr", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		room := s.name("room")
		alice.join(t, room)
		bob.ChannelSetAttr(room, "topic", "gophers") // any user may, a member or not
		alice.Expect(t, "OnChannelAttrUpdated", room, "topic", "gophers", "update")
		alice.ChannelSetAttr(room, "topic", "")
		alice.Expect(t, "OnChannelAttrUpdated", room, "topic", "", "update")
		bob.ChannelSetAttr(room, "", "x")
		bob.Expect(t, "OnError", "channelSetAttr", int(signal.GeneralEWrongParam))
	}},
	{"ChannelDelAttr", func(t *testing.T, s *stage) {
		alice := s.user(t, "alice")
		room := s.name("room")
		alice.join(t, room)
		alice.ChannelDelAttr(room, "topic") // not there: no event, no error
		alice.ChannelSetAttr(room, "topic", "x")
		alice.Expect(t, "OnChannelAttrUpdated", room, "topic", "x", "update")
		alice.ChannelDelAttr(room, "topic")
		alice.Expect(t, "OnChannelAttrUpdated", room, "topic", "", "del")
		alice.ChannelDelAttr(room, "")
		alice.Expect(t, "OnError", "channelDelAttr", int(signal.GeneralEWrongParam))
	}},
	{"ChannelClearAttr", func(t *testing.T, s *stage) {
		alice := s.user(t, "alice")
		room := s.name("room")
		alice.join(t, room)
		alice.ChannelClearAttr(room) // empty: no event, no error
		alice.ChannelSetAttr(room, "topic", "x")
		alice.Expect(t, "OnChannelAttrUpdated", room, "topic", "x", "update")
		alice.ChannelClearAttr(room)
		alice.Expect(t, "OnChannelAttrUpdated", room, "", "", "clear")
		alice.ChannelClearAttr("")
		alice.Expect(t, "OnError", "channelClearAttr", int(signal.GeneralEWrongParam))
	}},
}
