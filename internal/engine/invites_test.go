package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestCallerHearsHowTheCallGoes(t *testing.T) {
	for _, c := range []struct {
		typ  string
		voip wire.Voip
		want string
	}{
		{wire.FnInviteRefuse, wire.Voip{Extra: `{"r":1}`}, `onInviteRefusedByPeer room bob {"r":1}`},
		{wire.TypeInviteFailed, wire.Voip{ECode: 704}, `onInviteFailed room bob 704 {"n":"c"}`},
		{wire.TypeInviteFailed, wire.Voip{}, `onInviteFailed room bob 700 {"n":"c"}`},
		{wire.FnInviteBye, wire.Voip{Extra: "dropped"}, `onInviteEndByPeer room bob ""`},
	} {
		h := loggedIn(t)
		h.call(engine.OpInvite, `{"n":"c"}`)
		h.ok(h.called(wire.FnInvite), `"call":"c"`)
		h.nextCall(wire.FnInviteAck, wire.Voip{Call: "c"})
		c.voip.Call = "c"
		h.nextCall(c.typ, c.voip)
		h.nextCall(c.typ, c.voip) // it has one end
		h.expect("onInviteReceivedByPeer room bob", c.want)
	}
}

func TestAcceptedCallTalksAndEnds(t *testing.T) {
	h := loggedIn(t)
	h.accepted("c")
	h.nextCall(wire.FnInviteMsg, wire.Voip{Call: "c", Extra: wire.DTMFExtra("12#")})
	h.nextCall(wire.FnInviteMsg, wire.Voip{Call: "c", Extra: `{"msgtype":"smile","msgdata":"x"}`})
	h.do(engine.Request{Op: engine.OpDTMF, Method: "channelInviteDTMF", Channel: room, Account: peer, Text: "9"})
	keys := h.called(wire.FnInviteMsg)
	assert.JSONEq(t, `{"msgtype":"dtmf","msgdata":"9"}`, keys.str("extra"))
	h.ok(keys, "")
	h.call(engine.OpEnd, "")
	h.ok(h.called(wire.FnInviteBye), `"call":"c"`)
	h.nextCall(wire.FnInviteBye, wire.Voip{Call: "c"})
	h.expect(`onInviteMsg room bob DTMF 12# ""`, `onInviteMsg room bob SMILE x ""`, "onInviteEndByMyself room bob")
}

func TestCalleeAcknowledgesByItself(t *testing.T) {
	h := loggedIn(t)
	h.nextCall(wire.FnInvite, wire.Voip{Call: "c", Extra: `{"a":1}`})
	h.expect(`onInviteReceived room bob {"a":1}`)
	ack := h.called(wire.FnInviteAck)
	assert.Equal(t, "c", ack.str("call"))
	h.nextCall(wire.FnInvite, wire.Voip{Call: "c"}) // the same again
	h.expect()
	h.ok(ack, "")
	h.call(engine.OpAccept, `{"yes":1}`)
	accept := h.called(wire.FnInviteAccept)
	assert.Equal(t, "c", accept.str("call"), "that call and no later one")
	h.ok(accept, `"call":"c"`)
	h.nextCall(wire.FnInviteBye, wire.Voip{Call: "c"})
	h.expect(`onInviteEndByPeer room bob ""`)
}

func TestAcknowledgementDoesNotWaitBehindWhatIsPaced(t *testing.T) {
	h := loggedIn(t)
	h.down()
	for range 200 {
		h.send("x")
	}
	h.up()
	h.take(wire.EventLineLogin)
	h.resume("")
	for range h.sent {
		h.called(wire.FnSendMsg)
	}
	h.nextCall(wire.FnInvite, wire.Voip{Call: "c"})
	assert.Equal(t, "c", h.called(wire.FnInviteAck).str("call"), "it rings now")
	h.silent()
}

func TestRefusedCallIsOver(t *testing.T) {
	h := loggedIn(t)
	h.invited()
	h.call(engine.OpRefuse, "")
	h.ok(h.called(wire.FnInviteRefuse), "")
	h.nextCall(wire.FnInviteBye, wire.Voip{Call: "c1"})
	h.call(engine.OpAccept, "")
	h.silent() // it would be taken for the answer to the next one
	h.expect("onError channelInviteAccept 1001 no such call")
}

func TestCallThatWasOverBeforeItWasSeenStopsRinging(t *testing.T) {
	h := loggedIn(t)
	h.nextCall(wire.FnInvite, wire.Voip{Call: "c"})
	h.fail(h.called(wire.FnInviteAck), "NoSuchCall", 1001)
	h.expect(`onInviteReceived room bob ""`, `onInviteEndByPeer room bob ""`)
}

func TestEventMayOvertakeTheAnswerToItsInvite(t *testing.T) {
	for name, lose := range map[string]func(*host) sent{
		"on one connection": func(h *host) sent { return h.called(wire.FnInvite) },
		"after a resume": func(h *host) sent {
			h.called(wire.FnInvite)
			h.reconnect()
			h.resume("") // what was missed comes first, the answer when it is asked for again
			h.flushEvents()
			return h.called(wire.FnInvite)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.call(engine.OpInvite, "")
			invite := lose(h)
			call := invite.str("call")
			h.nextCall(wire.FnInviteAck, wire.Voip{Call: call})
			h.nextCall(wire.FnInviteRefuse, wire.Voip{Call: call})
			h.ok(invite, `"call":"`+call+`"`)
			h.nextCall(wire.FnInviteRefuse, wire.Voip{Call: call})
			h.expect("onInviteReceivedByPeer room bob", `onInviteRefusedByPeer room bob ""`)
			h.destroy()
			h.downOf(h.conn)
			h.expect() // nothing is open
		})
	}
}

// One invite failed while the connection was away, a second one to the same peer waits: what is heard late of the first
// is not of the second.
func TestLateEventIsNotThatOfTheNextInvite(t *testing.T) {
	h := loggedIn(t)
	h.call(engine.OpInvite, `{"n":1}`)
	first := h.called(wire.FnInvite).str("call")
	h.down()
	h.advance(9 * time.Second)
	h.call(engine.OpInvite, `{"n":2}`)
	h.advance(time.Second)
	h.up()
	h.take(wire.EventLineLogin)
	h.resume("")
	second := h.called(wire.FnInvite)
	require.NotEqual(t, first, second.str("call"))
	h.flushEvents()
	h.nextCall(wire.FnInviteAccept, wire.Voip{Call: first})
	assert.Equal(t, first, h.called(wire.FnInviteBye).str("call"), "it is ended there")
	h.nextCall(wire.FnInviteMsg, wire.Voip{Call: first})
	h.fail(second, "Reinvite", wire.InviteEReinvite)
	h.expect(`onInviteFailed room bob 701 {"n":2}`)
}

// The server answers the End of a call before the invite, which had further to go.
// The session was lost before the invite was answered: it is made again in the next one, as another call.
func TestInviteIsMadeAnewInANewSession(t *testing.T) {
	h := loggedIn(t)
	h.call(engine.OpInvite, `{"n":1}`)
	first := h.called(wire.FnInvite).str("call")
	h.renew()
	h.flushEvents()
	second := h.called(wire.FnInvite)
	require.NotEqual(t, first, second.str("call"))
	h.called(wire.FnGetMsg)
	h.nextCall(wire.FnInviteRefuse, wire.Voip{Call: first}) // what became of it then
	h.ok(second, `"call":"`+second.str("call")+`"`)
	h.nextCall(wire.FnInviteAck, wire.Voip{Call: second.str("call")})
	h.expect("onInviteReceivedByPeer room bob")
}

func TestEndOfAnInviteThatFailedMeanwhile(t *testing.T) {
	h := loggedIn(t)
	h.call(engine.OpInvite, `{"n":1}`)
	h.frame(wire.AppendPong(nil, 1))
	h.advance(9 * time.Second)
	h.call(engine.OpEnd, "")
	h.advance(time.Second)
	invite := h.called(wire.FnInvite)
	h.ok(h.called(wire.FnInviteBye), `"call":"`+invite.str("call")+`"`)
	h.expect(`onInviteFailed room bob 702 {"n":1}`, "onError channelInviteEnd 1001 no such call")
}

func TestEndedBeforeTheInviteIsAnswered(t *testing.T) {
	for name, late := range map[string]func(*host, sent){
		"answered later": func(h *host, invite sent) { h.ok(invite, `"call":"`+invite.str("call")+`"`) },
		"never answered": func(h *host, _ sent) { h.advance(11 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.call(engine.OpInvite, "")
			h.call(engine.OpEnd, "")
			invite, end := h.called(wire.FnInvite), h.called(wire.FnInviteBye)
			h.ok(end, `"call":"`+invite.str("call")+`"`)
			late(h, invite)
			h.skipBeats()
			h.silent()
			h.frame(wire.AppendClose(nil, wire.CloseKick))
			h.expect("onInviteEndByMyself room bob", "onLogout 103")
		})
	}
}

func TestEventOfAnEarlierSessionIsNotThatOfAnInviteUnderWay(t *testing.T) {
	h := loggedIn(t)
	h.call(engine.OpInvite, "")
	invite := h.called(wire.FnInvite)
	h.nextCall(wire.TypeInviteFailed, wire.Voip{Call: "old", ECode: 703})
	h.ok(invite, `"call":"new"`)
	h.nextCall(wire.FnInviteAck, wire.Voip{Call: "new"})
	h.expect("onInviteReceivedByPeer room bob")
}

// What is left over from a session before is not taken for news of an invite that is under way.
func TestEventOfAnotherCallIsNotOfTheInviteUnderWay(t *testing.T) {
	h := loggedIn(t)
	h.call(engine.OpInvite, "")
	invite := h.called(wire.FnInvite)
	h.nextCall(wire.FnInviteRefuse, wire.Voip{Call: "old"})
	h.nextCall(wire.FnInviteAccept, wire.Voip{Call: "old"})
	assert.Equal(t, "old", h.called(wire.FnInviteBye).str("call"))
	h.ok(invite, `"call":"new"`)
	h.nextCall(wire.FnInviteAck, wire.Voip{Call: "new"})
	h.expect("onInviteReceivedByPeer room bob")
}

func TestEventOfTheLostSessionIsNotThatOfAnInviteSentAnew(t *testing.T) {
	h := loggedIn(t)
	h.call(engine.OpInvite, "")
	h.called(wire.FnInvite)
	h.reconnect()
	h.refuse(wire.ReasonLineInvalid)
	h.take(wire.EventLogin)
	h.admit("")
	invite := h.called(wire.FnInvite)
	h.nextCall(wire.TypeInviteFailed, wire.Voip{Call: "old", ECode: 703})
	h.ok(invite, `"call":"new"`)
	h.nextCall(wire.FnInviteAck, wire.Voip{Call: "new"})
	h.expect("onReconnected 2", "onInviteReceivedByPeer room bob")
}

func TestUnknownCallsAreNoNews(t *testing.T) {
	h := loggedIn(t)
	for _, typ := range []string{wire.FnInviteBye, wire.FnInviteMsg, wire.FnInviteRefuse, wire.TypeInviteFailed} {
		h.nextCall(typ, wire.Voip{Call: "stranger"})
	}
	h.pushNext("msg-v2 bob alice - voip_invite 1 no JSON")
	h.expect()
	h.silent()
	h.nextCall(wire.FnInviteAck, wire.Voip{Call: "stranger"}) // it rings there, nobody here knows
	assert.Equal(t, "stranger", h.called(wire.FnInviteBye).str("call"))
}

func TestLateInviteIsEndedQuietly(t *testing.T) {
	h := loggedIn(t)
	h.call(engine.OpInvite, "")
	invite := h.called(wire.FnInvite)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.expect(`onInviteFailed room bob 702 ""`)
	h.ok(invite, `"call":"c"`)
	bye := h.called(wire.FnInviteBye)
	assert.Equal(t, "c", bye.str("call"))
	h.fail(bye, "NoSuchCall", 1001)
	h.expect()
}

// What the engine takes back by itself it takes back, also when the server can do nothing for a while.
func TestLateInviteIsEndedWhenTheServerIsBack(t *testing.T) {
	h := loggedIn(t)
	h.call(engine.OpInvite, "")
	invite := h.called(wire.FnInvite)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.expect(`onInviteFailed room bob 702 ""`)
	h.ok(invite, `"call":"c"`)
	for range 3 {
		h.fail(h.called(wire.FnInviteBye), wire.ReasonUnavailable, 1001)
		h.silent()
		h.advance(time.Second)
		h.skipBeats()
	}
	h.ok(h.called(wire.FnInviteBye), `"call":"c"`)
	h.advance(5 * time.Second)
	h.skipBeats()
	h.silent()
	h.expect()
}

func TestLateEndAndAcceptCount(t *testing.T) {
	h := loggedIn(t)
	h.invited()
	h.call(engine.OpAccept, "")
	accept := h.called(wire.FnInviteAccept)
	h.advance(10 * time.Second)
	h.skipBeats()
	h.expect("onError channelInviteAccept 1001 timeout")
	h.ok(accept, `"call":"c1"`)
	h.sent = nil // the acknowledgement of the invite, as a message
	h.call(engine.OpEnd, "")
	bye := h.called(wire.FnInviteBye)
	h.frame(wire.AppendPong(nil, 1))
	h.advance(10 * time.Second)
	h.expect("onError channelInviteEnd 1001 timeout")
	h.ok(bye, `"call":"c1"`)
	h.expect("onInviteEndByMyself room bob") // the call's own end, late as it is
}

func TestServerWithoutCallNamesHasOneCallPerDirection(t *testing.T) {
	h := loggedIn(t)
	h.nextCall(wire.FnInvite, wire.Voip{})
	h.ok(h.called(wire.FnInviteAck), "")
	h.call(engine.OpInvite, "")
	h.ok(h.called(wire.FnInvite), "")
	h.nextCall(wire.FnInviteAccept, wire.Voip{}) // of the one that goes out
	h.flushEvents()
	h.call(engine.OpEnd, "") // the accepted one
	h.ok(h.called(wire.FnInviteBye), "")
	h.expect("onInviteEndByMyself room bob")
	h.call(engine.OpRefuse, "")
	h.ok(h.called(wire.FnInviteRefuse), "")
	h.call(engine.OpEnd, "")
	h.silent()
	h.expect("onError channelInviteEnd 1001 no such call")
}

// Whether a call is over must be known, also when the answer got lost and the End or the Refuse was reported as failed.
func TestLostAnswerToAnEndIsAskedForAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		op          engine.Op
		fn, timeout string
	}{
		"end":    {engine.OpEnd, wire.FnInviteBye, "onError channelInviteEnd 1001 timeout"},
		"refuse": {engine.OpRefuse, wire.FnInviteRefuse, "onError channelInviteRefuse 1001 timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.invited()
			h.call(tc.op, "")
			lost := h.called(tc.fn)
			h.frame(wire.AppendPong(nil, 1))
			h.advance(10 * time.Second)
			h.expect(tc.timeout)
			h.sent = nil // the acknowledgement of the invite, as a message
			h.reconnect()
			h.resume("")
			h.flushEvents()
			again := h.called(tc.fn)
			assert.Equal(t, lost.ID, again.ID, "the server knows that it has done it")
			h.ok(again, `"call":"c1"`)
			h.expect("onInviteEndByMyself room bob")

			h.invited() // another one
			h.call(tc.op, "")
			h.called(tc.fn)
			h.frame(wire.AppendPong(nil, 1))
			h.advance(10 * time.Second)
			h.flushEvents()
			h.sent = nil
			h.renew() // a new session has no calls, and is asked for none
			h.skipBeats()
			h.called(wire.FnGetMsg)
			h.silent()
		})
	}
}

func TestLossForGoodEndsTheCalls(t *testing.T) {
	h := loggedIn(t)
	h.invited()
	h.accepted("c2")
	h.call(engine.OpInvite, `{"n":"c3"}`)
	h.ok(h.called(wire.FnInvite), `"call":"c3"`)
	h.renew()
	h.expect("onReconnected 2", `onInviteEndByPeer room bob ""`, `onInviteEndByPeer room bob ""`,
		`onInviteFailed room bob 702 {"n":"c3"}`)
}

func TestOwnLogoutReportsNoneOfItsCalls(t *testing.T) {
	h := loggedIn(t)
	h.invited()
	h.accepted("c2")
	h.logout()
	h.downOf(h.conn)
	h.expect("onLogout 101")
}

func TestInviteKnownByItsEventsHasOneEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		then func(*host)
		want []string
	}{
		"answer too late": {
			func(h *host) { h.advance(15 * time.Second); h.nextCall(wire.FnInviteRefuse, wire.Voip{Call: "id1"}) },
			[]string{`onInviteRefusedByPeer room bob ""`},
		},
		"ended before the answer": {
			func(h *host) {
				h.nextCall(wire.TypeInviteFailed, wire.Voip{Call: "id1", ECode: 704})
				h.advance(15 * time.Second)
			},
			[]string{`onInviteFailed room bob 704 {"n":1}`},
		},
		"kicked": {
			func(h *host) { h.frame(wire.AppendClose(nil, wire.CloseKick)) },
			[]string{`onInviteFailed room bob 700 {"n":1}`, "onLogout 103"},
		},
		"lost for good": {
			func(h *host) { h.frame(wire.AppendClose(nil, wire.CloseExpired)) },
			[]string{`onInviteFailed room bob 702 {"n":1}`, "onLogout 102"},
		},
		"accepted, then kicked": {
			func(h *host) {
				h.nextCall(wire.FnInviteAccept, wire.Voip{Call: "id1"})
				h.frame(wire.AppendClose(nil, wire.CloseKick))
			},
			[]string{`onInviteAcceptedByPeer room bob ""`, `onInviteEndByPeer room bob ""`, "onLogout 103"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.call(engine.OpInvite, `{"n":1}`)
			h.called(wire.FnInvite)
			h.reconnect()
			h.resume("")
			h.flushEvents()
			h.nextCall(wire.FnInviteAck, wire.Voip{Call: "id1"})
			h.expect("onInviteReceivedByPeer room bob")
			tc.then(h)
			h.expect(tc.want...)
		})
	}
}

func TestEndMeansTheAcceptedCallElseOnesOwn(t *testing.T) {
	// Both invite each other on one channel. The server's answer names no call, so that decision 29 is the client's
	// to follow: what is ended is heard of no more, what is not still is.
	both := func(t *testing.T) *host {
		h := loggedIn(t)
		h.ring("z-mine")
		h.invited() // c1
		return h
	}
	end := func(h *host) {
		h.call(engine.OpEnd, "")
		h.ok(h.called(wire.FnInviteBye), "")
		h.expect("onInviteEndByMyself room bob")
	}
	heard := func(h *host, call string) bool {
		h.nextCall(wire.FnInviteBye, wire.Voip{Call: call})
		told := len(h.events) > 0
		h.flushEvents()
		return told
	}
	t.Run("one's own", func(t *testing.T) {
		h := both(t)
		end(h)
		assert.False(t, heard(h, "z-mine"))
		assert.True(t, heard(h, "c1"))
	})
	t.Run("the accepted one", func(t *testing.T) {
		h := both(t)
		h.call(engine.OpAccept, "")
		h.ok(h.called(wire.FnInviteAccept), "")
		end(h)
		assert.False(t, heard(h, "c1"))
		assert.True(t, heard(h, "z-mine"))
	})
	t.Run("the other, as a last resort", func(t *testing.T) {
		h := both(t)
		end(h)
		end(h)
		assert.False(t, heard(h, "c1"))
	})
	t.Run("what the server says", func(t *testing.T) {
		h := both(t)
		h.call(engine.OpEnd, "")
		h.ok(h.called(wire.FnInviteBye), `"call":"c1"`)
		h.flushEvents()
		assert.False(t, heard(h, "c1"))
		assert.True(t, heard(h, "z-mine"))
	})
}

// That it rings is said again; one that was ended meanwhile need not be told.
func TestRingingIsSaidAgainWhenTheServerIsBack(t *testing.T) {
	for _, ended := range []bool{false, true} {
		h := loggedIn(t)
		h.nextCall(wire.FnInvite, wire.Voip{Call: "c"})
		h.fail(h.called(wire.FnInviteAck), wire.ReasonUnavailable, wire.GeneralEFailed)
		want := []string{`onInviteReceived room bob ""`}
		if ended {
			h.nextCall(wire.FnInviteBye, wire.Voip{Call: "c"})
			want = append(want, `onInviteEndByPeer room bob ""`)
		}
		h.advance(time.Second)
		h.skipBeats()
		h.called(wire.FnGetMsg)
		if !ended {
			h.called(wire.FnInviteAck)
		}
		h.silent()
		h.expect(want...)
	}
}
