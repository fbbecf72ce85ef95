package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// calls judges invites: each has one outcome on each side, and the two fit.
type calls struct {
	*world
	numbers  int
	byNumber map[int]*call
	all      []*call
}

// call is one invite that a user made.
type call struct {
	n      int
	key    callKey // as the caller has it
	callee string
	at     time.Time
	tag    uint64 // of the request
	caller side
	called []*side // those who heard it ring, a client each
}

// side is what one party knows of a call.
type side struct {
	req      *engine.Request // of the caller's side
	id       string          // the call's own name, of a callee's side
	n        int
	client   *client
	key      callKey
	acked    bool
	accepted bool
	refuses  int // how often it refused the call and did not hear that it failed
	outcome  outcome
}

// name returns what the call is called. The caller's engine names it, and again when it makes it in another session.
func (s *side) name() string {
	if s.req != nil {
		return s.req.ID
	}
	return s.id
}

// ended returns the outcome. One who refuses a call is told nothing when that succeeds.
func (s *side) ended() outcome {
	if s.outcome == open && s.refuses > 0 {
		return wasRefused
	}
	return s.outcome
}

// outcome says how a call ended for one side.
type outcome string

const (
	open         outcome = ""
	failed       outcome = "failed"
	wasRefused   outcome = "refused"
	endByPeer    outcome = "ended by the peer"
	endByMyself  outcome = "ended by myself"
	sessionEnded outcome = "the session ended"
)

// callKey is what a user knows a call by.
type callKey struct {
	channel, peer string
	mine          bool
}

func (cs *calls) next() int {
	cs.numbers++
	return cs.numbers
}

// invite notes an invite.
func (cs *calls) invite(c *client, n int, channel, peer string) *call {
	k := &call{n: n, key: callKey{channel, peer, true}, callee: peer, at: cs.now}
	k.caller = side{n: n, client: c, key: k.key}
	cs.byNumber[n] = k
	cs.all = append(cs.all, k)
	return k
}

// sides returns what a client knows of calls, the oldest first.
func (cs *calls) sides(c *client) []*side {
	var all []*side
	for _, k := range cs.all {
		if k.caller.client == c {
			all = append(all, &k.caller)
		}
		for _, s := range k.called {
			if s.client == c {
				all = append(all, s)
			}
		}
	}
	return all
}

// openOf returns the calls that are open for a client.
func (cs *calls) openOf(c *client) []callKey {
	var keys []callKey
	for _, s := range cs.sides(c) {
		if s.ended() == open && !slices.Contains(keys, s.key) {
			keys = append(keys, s.key)
		}
	}
	return keys
}

// about returns the call that a client's engine takes an answer to be about.
func (cs *calls) about(c *client, r *engine.Request) *side {
	id := c.engine.CallFor(r)
	for _, s := range cs.sides(c) {
		if id != "" && s.name() == id {
			return s
		}
	}
	return nil
}

// number reads which call an extra belongs to.
func number(extra string) int {
	v, ok := wire.ParseObject(extra)
	if !ok {
		return 0
	}
	n, _ := v.Get("n").Int()
	return int(n)
}

// heard judges an event of a call.
func (cs *calls) heard(v *view, ev *engine.Event) {
	c := v.client
	key := callKey{channel: ev.Channel, peer: ev.Account}
	key.mine = strings.HasPrefix(ev.Channel, c.account+" calls ")
	switch ev.Kind {
	case engine.InviteReceived:
		cs.rings(c, key, ev)
	case engine.InviteReceivedByPeer:
		if s := cs.find(c, key, ev); s != nil {
			if s.acked {
				cs.fail("%s hears %s a second time", c, tell(ev))
			}
			s.acked = true
		}
	case engine.InviteAccepted:
		if s := cs.find(c, key, ev); s != nil {
			if s.accepted {
				cs.fail("%s hears %s a second time", c, tell(ev))
			}
			s.accepted = true
		}
	case engine.InviteRefused:
		cs.end(c, key, ev, wasRefused)
	case engine.InviteFailed:
		if ev.Request == 0 {
			cs.end(c, key, ev, failed)
		}
	case engine.InviteEndByPeer:
		cs.end(c, key, ev, endByPeer)
	case engine.InviteEndByMyself:
		cs.end(c, key, ev, endByMyself)
	case engine.Logout:
		cs.sessionOver(v)
	}
}

// find returns the call that an event is about.
func (cs *calls) find(c *client, key callKey, ev *engine.Event) *side {
	for _, s := range cs.sides(c) {
		if s.name() == ev.ID && s.key == key && s.outcome == open {
			return s
		}
	}
	cs.fail("%s hears %s, and has no such call", c, tell(ev))
	return nil
}

func (cs *calls) end(c *client, key callKey, ev *engine.Event, as outcome) {
	if s := cs.find(c, key, ev); s != nil {
		s.outcome = as
	}
}

// rings notes that a call rings at somebody's.
func (cs *calls) rings(c *client, key callKey, ev *engine.Event) {
	k := cs.byNumber[number(ev.Extra)]
	switch {
	case k == nil || k.callee != c.account || k.key.channel != ev.Channel || k.caller.client.account != ev.Account:
		cs.fail("%s hears %s, and nobody called", c, tell(ev))
		return
	case slices.ContainsFunc(k.called, func(s *side) bool { return s.client == c && s.ended() == open }):
		cs.fail("%s hears %s a second time", c, tell(ev))
	}
	k.called = append(k.called, &side{id: ev.ID, n: k.n, client: c, key: key})
}

// refusedInvite is the outcome of an invite that never came to be.
func (cs *calls) refusedInvite(k *call, ev *engine.Event) {
	if ev.Kind != engine.InviteFailed {
		cs.fail("%s hears %s as the outcome of an invite", k.caller.client, tell(ev))
	}
	if k.caller.outcome != open {
		cs.fail("%s hears %s: call %d was %s", k.caller.client, tell(ev), k.n, k.caller.outcome)
	}
	k.caller.outcome = failed
}

// sessionOver: whoever is out of his session hears no more of his calls.
func (cs *calls) sessionOver(v *view) {
	for _, s := range cs.sides(v.client) {
		if s.outcome == open {
			s.outcome = sessionEnded
		}
	}
}

// calm says that a call that is open for one side is open for the other, and that ends fit.
func (cs *calls) calm() {
	for _, k := range cs.all {
		for i, s := range k.called {
			// One who loses his session while he invites, invites again in the next: then it rings a second time.
			if i == len(k.called)-1 && !fits(&k.caller, s) {
				cs.fail("call %d of %s: for the caller %s it is %q (accepted %t), for %s it is %q",
					k.n, k.key.channel, k.caller.client, k.caller.outcome, k.caller.accepted, s.client, s.ended())
			}
		}
		if k.caller.outcome == open && !k.caller.acked && !k.caller.accepted && k.caller.client.view.asked[k.tag] == nil {
			cs.fail("call %d of %s has been waiting for its acknowledgement since %v", k.n, k.key.channel, k.at.Sub(start))
		}
		if k.caller.accepted && len(k.called) == 0 {
			cs.fail("call %d of %s was accepted by nobody", k.n, k.key.channel)
		}
	}
}

// fits says whether the two sides of a call tell the same.
func fits(caller, callee *side) bool {
	switch callee.ended() {
	case open:
		return caller.outcome == open
	case sessionEnded:
		return true
	}
	return caller.outcome != open
}

// endOpen has a client end every call that is open for it.
func (cs *calls) endOpen(c *client) {
	for _, key := range cs.openOf(c) {
		c.endCall(key)
	}
}

// over says that no call is open.
func (cs *calls) over() {
	for _, k := range cs.all {
		for _, s := range append([]*side{&k.caller}, k.called...) {
			if s.ended() == open {
				cs.fail("call %d of %s is open for %s, and it was ended", k.n, k.key.channel, s.client)
			}
		}
	}
}
