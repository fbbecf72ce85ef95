package core_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

func (c *client) voip(fn, peer, extra string) int {
	c.w.t.Helper()
	return c.code(fn, "channelName", "room", "peer", peer, "extra", extra)
}

const dtmf = `{"msgtype":"dtmf","msgdata":"12#"}`

func pair(w *world) (a, b *client) {
	return w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
}

func TestCallFromInviteToEnd(t *testing.T) {
	each(t, func(w *world) {
		a, b := pair(w)
		ret := a.ok(wire.FnInvite, "channelName", "room", "peer", "bob", "extra", `={"x":1}`)
		id := ret.Get("call").Text()
		require.NotEmpty(w.t, id)
		b.expect(`#1 alice invite room {"x":1}`)
		assert.Equal(w.t, 701, a.voip(wire.FnInvite, "bob", ""))
		b.nothing()
		assert.Zero(w.t, b.voip(wire.FnInviteAck, "alice", ""))
		assert.Zero(w.t, b.voip(wire.FnInviteAck, "alice", ""), "twice does no harm")
		a.expect("#1 bob invite_ack room")
		assert.Zero(w.t, b.voip(wire.FnInviteAccept, "alice", `{"y":2}`))
		a.expect(`#2 bob invite_accept room {"y":2}`)
		assert.Equal(w.t, 1001, b.voip(wire.FnInviteAccept, "alice", ""))
		assert.Equal(w.t, 1001, b.voip(wire.FnInviteRefuse, "alice", ""))
		assert.Zero(w.t, b.voip(wire.FnInviteAck, "alice", ""), "late, and nothing to tell")
		assert.Zero(w.t, a.voip(wire.FnInviteMsg, "bob", dtmf))
		assert.Zero(w.t, b.voip(wire.FnInviteMsg, "alice", dtmf))
		a.expect("#3 bob invite_msg room " + dtmf)
		b.expect("#2 alice invite_msg room " + dtmf)
		w.wait(25 * time.Hour)
		a.take()
		assert.Zero(w.t, b.code(wire.FnInviteBye, "channelName", "room", "peer", "alice", "call", id))
		a.expect("#4 bob invite_bye room")
		for _, c := range []*client{a, b} {
			for _, fn := range []string{wire.FnInviteAck, wire.FnInviteAccept, wire.FnInviteRefuse, wire.FnInviteBye, wire.FnInviteMsg} {
				assert.Equal(w.t, 1001, c.voip(fn, map[string]string{"alice": "bob", "bob": "alice"}[c.account], ""), fn)
			}
		}
		a.nothing()
		b.nothing()
		assert.Zero(w.t, a.voip(wire.FnInvite, "bob", ""), "and anew")
	})
}

func TestCallIsNamedByItsID(t *testing.T) {
	each(t, func(w *world) {
		a, b := pair(w)
		id := a.ok(wire.FnInvite, "channelName", "room", "peer", "bob").Get("call").Text()
		assert.Equal(w.t, 1001, b.code(wire.FnInviteAccept, "channelName", "room", "peer", "alice", "call", "other"))
		assert.Equal(w.t, 1001, a.code(wire.FnInviteBye, "channelName", "room", "peer", "bob", "call", "other"))
		assert.Zero(w.t, b.code(wire.FnInviteAccept, "channelName", "room", "peer", "alice", "call", id))
	})
}

// Each row: what alice asks for, what bob does when, and what both see when, in seconds after the invite.
func TestInviteTimers(t *testing.T) {
	type do map[float64]string
	for _, tt := range []struct {
		name  string
		extra string
		bob   string // "online", "offline", "away" (socket down), "python"
		steps do
		alice do
		sees  do // bob
	}{
		{name: "no ack", bob: "online",
			alice: do{20: "bob invite_failed room 704"}, sees: do{20: "alice invite_bye room"}},
		{name: "offline", bob: "offline",
			alice: do{20: "bob invite_failed room 703"}},
		{name: "away", bob: "away",
			alice: do{20: "bob invite_failed room 704"}},
		{name: "never polled", bob: "python",
			alice: do{20: "bob invite_failed room 704"}},
		{name: "timeout", extra: `{"_timeout":5.5}`, bob: "online",
			alice: do{5.5: `bob invite_failed room {"_timeout":5.5} 704`}, sees: do{5.5: "alice invite_bye room"}},
		{name: "timeout above", extra: `{"_timeout":31}`, bob: "offline",
			alice: do{30: `bob invite_failed room {"_timeout":31} 703`}},
		{name: "timeout below", extra: `{"_timeout":0.2}`, bob: "offline",
			alice: do{1: `bob invite_failed room {"_timeout":0.2} 703`}},
		{name: "timeout zero", extra: `{"_timeout":0}`, bob: "offline",
			alice: do{20: `bob invite_failed room {"_timeout":0} 703`}},
		{name: "rings for a day", bob: "online", steps: do{19: wire.FnInviteAck},
			alice: do{19: "bob invite_ack room", 19 + 24*3600: "bob invite_failed room 704"},
			sees:  do{19 + 24*3600: "alice invite_bye room"}},
		{name: "rings for a while", extra: `{"_ring_timeout":7}`, bob: "online", steps: do{3: wire.FnInviteAck},
			alice: do{3: "bob invite_ack room", 10: `bob invite_failed room {"_ring_timeout":7} 704`},
			sees:  do{10: "alice invite_bye room"}},
		{name: "ring at most", extra: `{"_ring_timeout":9999}`, bob: "online", steps: do{0: wire.FnInviteAck},
			alice: do{0: "bob invite_ack room", 600: `bob invite_failed room {"_ring_timeout":9999} 704`},
			sees:  do{600: "alice invite_bye room"}},
		{name: "accept without ack", extra: `{"_ring_timeout":7}`, bob: "online", steps: do{19: wire.FnInviteAccept},
			alice: do{19: "bob invite_accept room"}},
		{name: "accepted while it rings", extra: `{"_ring_timeout":7}`, bob: "online",
			steps: do{1: wire.FnInviteAck, 2: wire.FnInviteAccept},
			alice: do{1: "bob invite_ack room", 2: "bob invite_accept room"}},
		{name: "refuse without ack", bob: "online", steps: do{5: wire.FnInviteRefuse},
			alice: do{5: "bob invite_refuse room"}},
		{name: "refused while it rings", bob: "online", steps: do{5: wire.FnInviteAck, 6: wire.FnInviteRefuse},
			alice: do{5: "bob invite_ack room", 6: "bob invite_refuse room"}},
		{name: "callee ends it at once", bob: "online", steps: do{5: wire.FnInviteBye},
			alice: do{5: "bob invite_bye room"}},
		{name: "comes late", bob: "offline", steps: do{15: "login", 18: "poll"},
			alice: do{38: "bob invite_failed room 704"}, sees: do{38: "alice invite_bye room"}},
		{name: "comes late, takes it", bob: "offline", steps: do{15: "login", 18: "poll", 37: wire.FnInviteAck},
			alice: do{37: "bob invite_ack room", 37 + 24*3600: "bob invite_failed room 704"},
			sees:  do{37 + 24*3600: "alice invite_bye room"}},
		{name: "comes late, never asks", bob: "offline", steps: do{15: "login"},
			alice: do{35: "bob invite_failed room 704"}},
		{name: "back in time", bob: "away", steps: do{10: "resume"},
			alice: do{20: "bob invite_failed room 704"},
			sees:  do{10: "alice invite room", 20: "alice invite_bye room"}},
		{name: "caller ends", bob: "online", steps: do{5: "bye"}, sees: do{5: "alice invite_bye room"}},
		{name: "caller ends, nobody saw it", bob: "away", steps: do{5: "bye", 6: "resume"}},
		{name: "caller goes, nobody saw it", bob: "away", steps: do{5: "out", 6: "resume"}},
		{name: "caller goes", bob: "online", steps: do{5: "out"}, sees: do{5: "alice invite_bye room"}},
		{name: "caller is kicked", bob: "online", steps: do{5: "kicked"}, sees: do{5: "alice invite_bye room"}},
		{name: "callee goes", bob: "online", steps: do{5: "bob out"}, alice: do{5: "bob invite_failed room 703"}},
		{name: "callee expires", bob: "away", extra: `{"_timeout":30}`, steps: do{}, alice: do{29.5: `bob invite_failed room {"_timeout":30} 703`}},
		{name: "callee goes after accepting", bob: "online", steps: do{4: wire.FnInviteAccept, 5: "bob out"},
			alice: do{4: "bob invite_accept room", 5: "bob invite_bye room"}},
		{name: "caller goes after accepting", bob: "online", steps: do{4: wire.FnInviteAccept, 5: "out"},
			alice: do{4: "bob invite_accept room"}, sees: do{5: "alice invite_bye room"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(w *world) {
				a := w.login("alice", wire.DeviceGo)
				var b *client
				switch tt.bob {
				case "online":
					b = w.login("bob", wire.DeviceGo)
				case "python":
					b = w.login("bob", python)
				case "away":
					b = w.login("bob", wire.DeviceGo)
					b.ok(wire.FnSetAttr, "name", "_conn_timeout", "value", "50")
					if tt.name == "callee expires" {
						b.down()
						w.at(20500 * time.Millisecond)
					} else {
						b.down()
					}
					w.start = w.now
				}
				require.Zero(w.t, a.voip(wire.FnInvite, "bob", tt.extra))
				if b != nil {
					got := b.take()
					if tt.bob == "online" {
						require.Len(w.t, got, 1)
					}
				}
				gotA, gotB := do{}, do{}
				look := func(at float64) {
					for _, e := range a.take() {
						if _, text, ok := strings.Cut(e, " "); ok && strings.HasPrefix(e, "#") {
							gotA[at] += text
						}
					}
					if b == nil {
						return
					}
					for _, e := range b.take() {
						if _, text, ok := strings.Cut(e, " "); ok && strings.HasPrefix(e, "#") {
							gotB[at] += text
						}
					}
				}
				times := map[float64]bool{}
				for _, m := range []do{tt.steps, tt.alice, tt.sees} {
					for at := range m {
						times[at] = true
					}
				}
				var order []float64
				for at := range times {
					order = append(order, at)
				}
				order = append(order, 40, 2*24*3600)
				slices.Sort(order)
				for _, at := range order {
					d := time.Duration(at * float64(time.Second))
					if d > 0 {
						w.at(d - 1)
						look(at - 1e-9)
					}
					w.at(d)
					look(at)
					switch step := tt.steps[at]; step {
					case "":
						continue
					case "login":
						b = w.login("bob", wire.DeviceGo)
					case "poll":
						_, msgs := b.poll(0)
						assert.Len(w.t, msgs, 1)
					case "resume":
						b, _ = b.resume(wire.LineLogin{Resume: true})
					case "bye":
						assert.Zero(w.t, a.voip(wire.FnInviteBye, "bob", ""))
					case "out":
						a.ok(wire.FnLogout)
					case "kicked":
						a = w.login("alice", wire.DeviceGo)
					case "bob out":
						b.ok(wire.FnLogout)
					default:
						assert.Zero(w.t, b.voip(step, "alice", ""), step)
					}
					look(at)
				}
				want := func(m do) do {
					if m == nil {
						return do{}
					}
					return m
				}
				assert.Equal(w.t, want(tt.alice), gotA, "alice")
				assert.Equal(w.t, want(tt.sees), gotB, "bob")
			})
		})
	}
}

func TestInviteOfOnePeerWhoMustBeOnline(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		ret := a.call(wire.FnInvite, "channelName", "room", "peer", "bob", "extra", `{"_require_peer_online":1}`)
		assert.Equal(w.t, 703, codeOf(ret))
		assert.Equal(w.t, "PeerOffline", ret.Get("reason").Text())
		w.wait(time.Minute)
		a.nothing()
		w.login("bob", wire.DeviceGo)
		assert.Zero(w.t, a.voip(wire.FnInvite, "bob", `{"_require_peer_online":1}`))
	})
}

func TestCallsBothWays(t *testing.T) {
	setup := func(w *world) (a, b *client) {
		a, b = pair(w)
		require.Zero(w.t, a.voip(wire.FnInvite, "bob", ""))
		require.Zero(w.t, b.voip(wire.FnInvite, "alice", ""))
		a.take()
		b.take()
		return a, b
	}
	each(t, func(w *world) { // neither accepted: one's own
		a, b := setup(w)
		assert.Zero(w.t, a.voip(wire.FnInviteMsg, "bob", dtmf))
		assert.Zero(w.t, a.voip(wire.FnInviteBye, "bob", ""))
		b.expect("#2 alice invite_msg room "+dtmf, "#3 alice invite_bye room")
		assert.Equal(w.t, 1001, b.voip(wire.FnInviteAccept, "alice", ""))
		assert.Zero(w.t, a.voip(wire.FnInviteAccept, "bob", ""))
		b.expect("#4 alice invite_accept room")
	})
	each(t, func(w *world) { // the one that alice accepted
		a, b := setup(w)
		assert.Zero(w.t, a.voip(wire.FnInviteAccept, "bob", ""))
		assert.Zero(w.t, a.voip(wire.FnInviteBye, "bob", ""))
		b.expect("#2 alice invite_accept room", "#3 alice invite_bye room")
		assert.Zero(w.t, b.voip(wire.FnInviteAccept, "alice", ""))
		a.expect("#2 bob invite_accept room")
	})
	each(t, func(w *world) { // the one that bob accepted, which is alice's own
		a, b := setup(w)
		assert.Zero(w.t, b.voip(wire.FnInviteAccept, "alice", ""))
		assert.Zero(w.t, a.voip(wire.FnInviteBye, "bob", ""))
		b.expect("#2 alice invite_bye room")
		assert.Zero(w.t, a.voip(wire.FnInviteRefuse, "bob", ""))
		b.expect("#3 alice invite_refuse room")
	})
}

func TestBothEndAtOnce(t *testing.T) {
	for _, first := range []string{"alice", "bob"} {
		w := newWorld(t, 3, core.Limits{})
		a := w.login("alice", wire.DeviceGo)
		b := w.login(elsewhere(w, a.core), wire.DeviceGo)
		require.Zero(t, a.voip(wire.FnInvite, b.account, ""))
		require.Zero(t, b.voip(wire.FnInviteAccept, "alice", ""))
		a.take()
		b.take()
		w.held = true
		if first == "alice" {
			a.post(wire.FnInviteBye, "channelName", "room", "peer", b.account)
			b.post(wire.FnInviteBye, "channelName", "room", "peer", "alice")
		} else {
			b.post(wire.FnInviteBye, "channelName", "room", "peer", "alice")
			a.post(wire.FnInviteBye, "channelName", "room", "peer", b.account)
		}
		w.deliver()
		a.expect("ret 2 0")
		b.expect("ret 2 0")
		assert.Zero(t, a.voip(wire.FnInvite, b.account, ""), "the call is over at both ends")
	}
}

// An invite that is ended before its answer is back leaves nothing behind.
func TestPipelinedInviteAndEnd(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	b := w.login(elsewhere(w, a.core), wire.DeviceGo)
	w.held = true
	a.post(wire.FnInvite, "channelName", "room", "peer", b.account)
	a.post(wire.FnInviteBye, "channelName", "room", "peer", b.account)
	a.post(wire.FnInvite, "channelName", "room", "peer", b.account)
	w.deliver()
	assert.ElementsMatch(t, []string{"ret 1 0", "ret 2 0", "ret 3 0"}, a.take())
	b.expect("#1 alice invite room", "#2 alice invite_bye room", "#3 alice invite room")
}

func TestOpenCallsAreBounded(t *testing.T) {
	eachWith(t, core.Limits{OpenCalls: 2}, func(w *world) {
		a, b, c := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo), w.login("carol", wire.DeviceGo)
		invite := func(from *client, channel, to string) int {
			return from.code(wire.FnInvite, "channelName", channel, "peer", to)
		}
		assert.Zero(w.t, invite(a, "1", "bob"))
		assert.Zero(w.t, invite(a, "2", "bob"))
		assert.Equal(w.t, 700, invite(a, "3", "carol"))
		assert.Equal(w.t, 705, invite(c, "1", "bob"))
		assert.Zero(w.t, invite(b, "1", "carol"))
		b.ok(wire.FnInviteRefuse, "channelName", "1", "peer", "alice")
		assert.Zero(w.t, invite(c, "1", "bob"))
	})
	eachWith(t, core.Limits{Invites: 1}, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		invite := func(channel string) int { return a.code(wire.FnInvite, "channelName", channel, "peer", "bob") }
		assert.Zero(w.t, invite("1"))
		assert.Equal(w.t, 705, invite("2"))
		assert.Equal(w.t, 705, invite("2"), "and not 701")
		b := w.login("bob", wire.DeviceGo)
		b.poll(0)
		assert.Zero(w.t, invite("2"), "the first one has been delivered")
	})
	eachWith(t, core.Limits{CallEvents: 2, Messages: 1}, func(w *world) {
		a, b := pair(w)
		assert.Zero(w.t, a.voip(wire.FnInvite, "bob", ""))
		assert.Zero(w.t, a.voip(wire.FnInviteMsg, "bob", dtmf))
		assert.Equal(w.t, 1001, a.voip(wire.FnInviteMsg, "bob", dtmf), "what is said in a call counts as a message")
		assert.Zero(w.t, a.voip(wire.FnInviteBye, "bob", ""))
		assert.Equal(w.t, 705, a.voip(wire.FnInvite, "bob", ""), "bob does not take what is in his list")
		b.poll(3)
		assert.Zero(w.t, a.voip(wire.FnInvite, "bob", ""))
	})
}

// A client that logs in later and finds an old invite in its list must not ring.
func TestInviteOfAnEarlierSessionIsFollowedByItsEnd(t *testing.T) {
	each(t, func(w *world) {
		a, _ := pair(w)
		require.Zero(w.t, a.voip(wire.FnInvite, "bob", ""))
		b := w.login("bob", wire.DeviceGo)
		_, msgs := b.poll(0)
		assert.Equal(w.t, []string{"#1 alice invite room", "#2 alice invite_bye room"}, msgs)
		a.expect("#1 bob invite_failed room 703")

		require.Zero(w.t, a.voip(wire.FnInvite, "bob", ""))
		b.take()
		b.poll(3)
		b.ok(wire.FnLogout)
		b = w.login("bob", wire.DeviceGo)
		_, msgs = b.poll(0)
		assert.Empty(w.t, msgs, "an invite that was acknowledged is gone")
	})
}

func TestAccountWithAnOpenCallIsRemembered(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		require.Zero(w.t, a.voip(wire.FnInvite, "bob", ""))
		assert.Equal(w.t, 2, w.accounts())
		w.wait(20 * time.Second)
		assert.Equal(w.t, 1, w.accounts())
		for i := range 3 {
			require.Zero(w.t, a.code(wire.FnInvite, "channelName", strconv.Itoa(i), "peer", "bob"))
		}
		a.ok(wire.FnLogout)
		w.wait(24 * time.Hour)
		assert.Zero(w.t, w.accounts(), "with its last event, unread")
	})
}
