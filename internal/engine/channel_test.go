package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

func joins(account string) wire.ChannelEvent {
	return wire.ChannelEvent{Type: wire.TypeChannelJoin, Account: account}
}

func leaves(account string) wire.ChannelEvent {
	return wire.ChannelEvent{Type: wire.TypeChannelLeave, Account: account}
}

func sets(name, value, change string) wire.ChannelEvent {
	return wire.ChannelEvent{Type: wire.TypeChannelAttr, Account: peer, Name: name, Value: value, Change: change}
}

func TestJoinTellsListThenAttributesInOrder(t *testing.T) {
	h := loggedIn(t)
	h.join(room)
	h.ok(h.called(wire.FnJoin), roomState(10, `"b":"2","a":"1"`, me, peer))
	h.expect("onChannelJoined room", "onChannelUserList room [alice bob]",
		"onChannelAttrUpdated room a 1 update", "onChannelAttrUpdated room b 2 update")
	h.join(room) // again
	h.ok(h.called(wire.FnJoin), roomState(10, `"a":"1"`, me, peer))
	h.expect("onChannelJoined room", "onChannelUserList room [alice bob]", "onChannelAttrUpdated room a 1 update")
}

func TestJoinElsewhereLeavesFirst(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.join("den")
	join := h.called(wire.FnJoin)
	h.say(room, 11, "still here")
	h.ok(join, roomState(3, "", me))
	h.say(room, 12, "gone")
	h.say("den", 3, "before us")
	h.say("den", 4, "hi")
	h.expect("onMessageChannelReceive room bob still here", "onChannelLeaved room 602",
		"onChannelJoined den", "onChannelUserList den [alice]", "onMessageChannelReceive den bob hi")
}

func TestChannelEventsAreToldOnce(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, `"x":"1","_y":"2"`)
	h.channelEvent(room, 11, joins("carol"))
	h.channelEvent(room, 11, joins("carol"))
	h.channelEvent(room, 12, joins("carol")) // known already
	h.channelEvent(room, 13, leaves("carol"))
	h.channelEvent(room, 14, sets("z", "3", wire.AttrUpdate))
	h.channelEvent(room, 15, sets("z", "", wire.AttrDel))
	h.channelEvent(room, 16, sets("", "", wire.AttrClear))
	h.channelEvent(room, 17, wire.ChannelEvent{Type: "channel_new_kind"})
	h.frame(wire.AppendChannel(nil, room, 18, []byte("no line")))
	h.frame(wire.AppendChannel(nil, room, 19, []byte("msg-v2 bob room - channel_msg 1 no JSON")))
	h.say(room, 20, "x")
	h.expect("onChannelUserJoined room carol", "onChannelUserLeaved room carol", "onChannelAttrUpdated room z 3 update",
		`onChannelAttrUpdated room z "" del`, `onChannelAttrUpdated room "" "" clear`, "onMessageChannelReceive room bob x")
}

func TestJoinIsNewsWhereTheLeaveWasNot(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.channelEvent(room, 11, sets("_userNotification", "0", wire.AttrUpdate))
	h.channelEvent(room, 12, sets("_userNotification", "1", wire.AttrUpdate))
	h.channelEvent(room, 13, joins(peer))
	h.expect("onChannelAttrUpdated room _userNotification 0 update", "onChannelAttrUpdated room _userNotification 1 update",
		"onChannelUserJoined room bob")
	h.joined(room, `"_userNotification":"0"`)
	h.channelEvent(room, 12, sets("_userNotification", "", wire.AttrDel))
	h.channelEvent(room, 13, joins(peer))
	h.expect(`onChannelAttrUpdated room _userNotification "" del`, "onChannelUserJoined room bob")
}

func TestLeave(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.leave(room)
	h.ok(h.called(wire.FnLeave), "")
	h.say(room, 11, "gone")
	h.leave(room)
	h.fail(h.called(wire.FnLeave), "NotMember", 600)
	h.expect("onChannelLeaved room 602", "onChannelLeaved room 600")
}

func TestResumeInTheChannelJustGoesOn(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, `"a":"1"`)
	h.reconnect()
	h.resume(`"channel":"room"`)
	h.say(room, 11, "missed")
	h.expect("onReconnected 2", "onMessageChannelReceive room bob missed")
}

func TestGapIsReportedOnceThenTheStateAnew(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, `"same":"1","old":"2","changed":"3"`)
	h.reconnect()
	h.resume(`"channel":"room","channel_gap":true,` + roomState(99, `"same":"1","changed":"4","new":"5"`, "carol", me))
	h.channelEvent(room, 100, joins("carol")) // known from the list
	h.channelEvent(room, 101, joins("dave"))
	h.expect("onReconnected 2", "onError channel 1001", "onChannelUserList room [carol alice]",
		"onChannelAttrUpdated room changed 4 update", "onChannelAttrUpdated room new 5 update",
		`onChannelAttrUpdated room old "" del`, "onChannelUserJoined room dave")
}

func TestResumeElsewhereIsPutRight(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.reconnect()
	h.resume(`"channel":""`) // removed meanwhile
	h.expect("onReconnected 2", "onChannelLeaved room 604")
	h.silent()

	h.advance(6 * time.Second) // not a short life
	h.reconnect()
	h.resume(`"channel":"den"`) // where nobody here wants to be
	h.expect("onReconnected 3")
	leave := h.called(wire.FnLeave)
	h.ok(leave, "")
	h.expect()
}

func TestResumeWaitsForAMoveUnderWay(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.join("den")
	h.called(wire.FnJoin)
	h.reconnect()
	h.resume(`"channel":"den"`) // it came through, its answer did not
	h.say("den", 5, "too early")
	h.expect("onReconnected 2")
	h.ok(h.called(wire.FnJoin), roomState(5, "", me))
	h.expect("onChannelLeaved room 602", "onChannelJoined den", "onChannelUserList den [alice]")
}

func TestNewSessionRejoinsBeforeEverythingElse(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, `"a":"1"`)
	h.down()
	h.send("waits")
	h.up()
	h.take(wire.EventLineLogin)
	h.refuse(wire.ReasonLineInvalid)
	h.take(wire.EventLogin)
	h.flushEvents()
	h.admit("")
	rejoin := h.called(wire.FnJoin)
	h.called(wire.FnSendMsg)
	h.called(wire.FnGetMsg)
	h.say(room, 1, "before the answer")
	h.ok(rejoin, roomState(1, `"a":"1","b":"2"`, me))
	h.say(room, 2, "after")
	h.expect("onReconnected 2", "onError channel 1001", "onChannelUserList room [alice]", "onChannelAttrUpdated room b 2 update",
		"onMessageChannelReceive room bob after")
}

func TestRejoinThatFailsIsALeave(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.renew()
	h.fail(h.called(wire.FnJoin), "Full", 300)
	h.expect("onReconnected 2", "onChannelLeaved room 604")
}

func TestRejoinSurvivesAnotherLoss(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.renew()
	first := h.called(wire.FnJoin)
	h.sent = nil
	h.advance(6 * time.Second) // not a short life
	h.down()
	h.up()
	if c := h.take(wire.EventLineLogin); c.str("channel") != "" {
		t.Fatal("the server does not know yet that we are in")
	}
	h.flushEvents()
	h.resume(`"channel":"room"`)
	again := h.called(wire.FnJoin)
	require.Equal(t, string(first.ID), string(again.ID), "the same call: the server may have carried it out, and what came after it")
	h.ok(again, roomState(7, "", me))
	h.expect("onReconnected 3", "onError channel 1001", "onChannelUserList room [alice]")
}

// The answers to the rejoin and to a leave after it got lost, and the leave's time was up: it has left.
func TestRejoinThatWasLeftAgain(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.renew()
	h.called(wire.FnJoin)
	h.sent = nil
	h.leave(room)
	h.frame(wire.AppendPong(nil, 1))
	h.advance(10 * time.Second)
	h.sent = nil
	h.reconnect()
	h.resume(`"channel":""`)
	h.flushEvents()
	h.ok(h.called(wire.FnJoin), roomState(7, "", peer)+`,"in":false`)
	h.expect("onChannelLeaved room 604")
	h.leave(room)
	h.fail(h.called(wire.FnLeave), wire.ReasonNotMember, wire.LeaveChannelEOther)
	h.expect("onChannelLeaved room 600")
}

func TestLateJoinIsUndone(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.join("den")
	join := h.called(wire.FnJoin)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.expect("onChannelJoinFailed den 300")
	h.ok(join, roomState(1, "", me))
	h.expect("onChannelLeaved room 602") // the server moved us
	if c := h.called(wire.FnLeave); c.str("name") != "den" {
		t.Fatal("want den left again")
	}
}

func TestLateJoinIsUndoneWhenTheServerIsBack(t *testing.T) {
	for _, again := range []bool{false, true} {
		h := loggedIn(t)
		h.join(room)
		join := h.called(wire.FnJoin)
		h.advance(10 * time.Second)
		h.skipBeats()
		h.expect("onChannelJoinFailed room 300")
		h.ok(join, roomState(1, "", me))
		h.fail(h.called(wire.FnLeave), wire.ReasonUnavailable, wire.GeneralEFailed)
		if again {
			h.join(room)
			h.ok(h.called(wire.FnJoin), roomState(1, "", me))
			h.expect("onChannelJoined room", "onChannelUserList room [alice]")
		}
		h.advance(time.Second)
		h.skipBeats()
		if !again {
			h.called(wire.FnLeave)
		}
		h.silent()
	}
}

func TestLateLeaveCounts(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.leave(room)
	leave := h.called(wire.FnLeave)
	h.advance(10 * time.Second)
	h.expect("onChannelLeaved room 600")
	h.ok(leave, "")
	h.say(room, 11, "gone")
	h.logout()
	h.downOf(h.conn)
	h.expect("onChannelLeaved room 602", "onLogout 101") // and no third leave
}

func TestPendingLeaveIsTheOneLeave(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.leave(room)
	h.frame(wire.AppendClose(nil, wire.CloseKick))
	h.expect("onChannelLeaved room 603", "onLogout 103")
}

func TestLateJoinIsNotUndoneWhenAskedForAgain(t *testing.T) {
	h := loggedIn(t)
	h.join(room)
	first := h.called(wire.FnJoin)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.join(room)
	second := h.called(wire.FnJoin)
	h.ok(first, roomState(1, "", me))
	h.silent() // a leave would come after the second join, and undo that
	h.ok(second, roomState(1, "", me))
	h.say(room, 2, "x")
	h.expect("onChannelJoinFailed room 300", "onChannelJoined room", "onChannelUserList room [alice]", "onMessageChannelReceive room bob x")
}

func TestLateJoinOfTheChannelOneIsInChangesNothing(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.join(room)
	join := h.called(wire.FnJoin)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.ok(join, roomState(10, "", me))
	h.say(room, 11, "x")
	h.expect("onChannelJoinFailed room 300", "onMessageChannelReceive room bob x")
	h.silent()
}

func TestLateJoinIsUndoneOnTheWayElsewhere(t *testing.T) {
	h := loggedIn(t)
	h.join("den")
	late := h.called(wire.FnJoin)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.join(room)
	join := h.called(wire.FnJoin)
	h.ok(late, roomState(1, "", me))
	leave := h.called(wire.FnLeave)
	assert.Equal(t, "den", leave.str("name"))
	h.ok(join, roomState(1, "", me))
	h.fail(leave, "NotMember", 600) // the join was first
	h.expect("onChannelJoinFailed den 300", "onChannelJoined room", "onChannelUserList room [alice]")
}

func TestLateLeaveThenJoin(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.leave(room)
	leave := h.called(wire.FnLeave)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.join(room)
	join := h.called(wire.FnJoin)
	h.ok(leave, "")
	h.ok(join, roomState(20, "", me))
	h.say(room, 21, "x")
	h.expect("onChannelLeaved room 600", "onChannelLeaved room 602",
		"onChannelJoined room", "onChannelUserList room [alice]", "onMessageChannelReceive room bob x")
}

func TestResumeElsewhereKeepsTheOrderOfWhatWaits(t *testing.T) {
	h := loggedIn(t)
	h.send("sent")
	h.called(wire.FnSendMsg)
	h.down()
	for range 100 {
		h.send("waits")
	}
	h.up()
	h.take(wire.EventLineLogin)
	h.resume(`"channel":"den"`)
	var sent []string
	for len(sent) < 102 {
		for _, c := range h.sent {
			sent = append(sent, c.Func+" "+c.str("content"))
			h.ok(c, "")
		}
		if h.sent = nil; len(sent) == 54 {
			h.advance(999 * time.Millisecond) // paced
		}
		h.advance(h.Next().Sub(h.now))
	}
	assert.Equal(t, wire.FnSendMsg+" sent", sent[0])
	assert.Equal(t, wire.FnLeave+" ", sent[101])
}

func TestRejoinTellsWhatClearLeftStanding(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, `"_ttl":"1","a":"1","b":"2"`)
	h.channelEvent(room, 11, sets("", "", wire.AttrClear))
	h.channelEvent(room, 12, sets("b", "2", wire.AttrUpdate))
	h.flushEvents()
	h.renew()
	h.ok(h.called(wire.FnJoin), roomState(1, `"_ttl":"1","a":"1"`, me))
	h.expect("onReconnected 2", "onError channel 1001", "onChannelUserList room [alice]",
		"onChannelAttrUpdated room a 1 update", `onChannelAttrUpdated room b "" del`)
}

func TestRejoinGivesWayToWhatTheApplicationAskedFor(t *testing.T) {
	for name, tc := range map[string]struct {
		ask  func(*host)
		fn   string
		want []string
	}{
		"leave": {func(h *host) { h.leave(room) }, wire.FnLeave, []string{"onChannelLeaved room 602"}},
		"join": {
			func(h *host) { h.join("den") }, wire.FnJoin,
			[]string{"onChannelLeaved room 602", "onChannelJoined den", "onChannelUserList den [alice]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.joined(room, "")
			h.down()
			tc.ask(h)
			h.flushEvents()
			h.up()
			h.take(wire.EventLineLogin)
			h.refuse(wire.ReasonLineInvalid)
			h.take(wire.EventLogin)
			h.admit("")
			h.ok(h.called(wire.FnJoin), roomState(1, "", me))
			h.ok(h.called(tc.fn), roomState(1, "", me))
			h.expect(append([]string{"onReconnected 2", "onError channel 1001", "onChannelUserList room [alice]"}, tc.want...)...)
		})
	}
}

func TestThrownOutOfTheChannel(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.frame(wire.AppendKicked(nil, "den")) // not where we are
	h.frame(wire.AppendKicked(nil, room))
	h.say(room, 11, "gone")
	h.expect("onChannelLeaved room 601")

	h.joined(room, "")
	h.reconnect()
	h.resume(`"channel":"","channel_kicked":"room"`) // while away
	h.expect("onReconnected 2", "onChannelLeaved room 601")
}

// The server had moved the user out and has him in anew by a join that was reported as failed: what happened in between
// he was never told.
func TestLateJoinOfTheSameChannelTellsTheGap(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.join(room)
	join := h.called(wire.FnJoin)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.flushEvents()
	h.ok(join, roomState(13, `"a":"1"`, me))
	h.say(room, 14, "x")
	h.expect("onError channel 1001", "onChannelUserList room [alice]", "onChannelAttrUpdated room a 1 update",
		"onMessageChannelReceive room bob x")
}

// A leave was carried out, its answer got lost and it was reported as failed: the next one finds nothing to leave.
func TestLeaveOfWhatWasLeft(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.leave(room)
	h.fail(h.called(wire.FnLeave), wire.ReasonNotMember, wire.LeaveChannelEOther)
	h.say(room, 11, "gone")
	h.expect("onChannelLeaved room 602")
}

// What a resumed session says about the channel counts once no join or leave is under way.
func TestChannelIsSettledBehindWhatIsUnderWay(t *testing.T) {
	for name, tc := range map[string]struct {
		at     string // where the server has the user
		ask    func(*host)
		fn     string
		answer func(*host, sent)
		left   string // by the engine itself
		want   []string
	}{
		"refused, and in another": {
			"den", func(h *host) { h.join("hall") }, wire.FnJoin,
			func(h *host, c sent) { h.fail(c, "NotAllowed", wire.JoinChannelEOther) },
			"den", []string{"onChannelJoinFailed hall 300", "onChannelLeaved room 604"},
		},
		"left another": {
			"den", func(h *host) { h.leave("den") }, wire.FnLeave, func(h *host, c sent) { h.ok(c, "") },
			"", []string{"onChannelLeaved den 602", "onChannelLeaved room 604"},
		},
		"joined": {
			"", func(h *host) { h.join("hall") }, wire.FnJoin, func(h *host, c sent) { h.ok(c, roomState(1, "", me)) },
			"", []string{"onChannelLeaved room 602", "onChannelJoined hall", "onChannelUserList hall [alice]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.joined(room, "")
			tc.ask(h)
			h.called(tc.fn)
			h.reconnect()
			h.resume(`"channel":"` + tc.at + `"`)
			h.flushEvents()
			tc.answer(h, h.called(tc.fn))
			h.expect(tc.want...)
			if tc.left != "" {
				require.Equal(t, tc.left, h.called(wire.FnLeave).str("name"))
			}
			h.silent()
		})
	}
}
