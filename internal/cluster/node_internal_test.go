package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server/backend"
)

// both returns a rig of two nodes that have shared the partitions.
func both(t *testing.T, partitions int) (r *rig, a, b *machine) {
	t.Helper()
	r = newRig(t, partitions, 2)
	r.pass(4 * time.Second)
	a, b = r.nodes[0], r.nodes[1]
	require.Equal(t, partitions, a.Owns()+b.Owns())
	require.NotZero(t, a.Owns())
	require.NotZero(t, b.Owns())
	return r, a, b
}

// other returns the node that does not own an account, and the account's partition.
func (r *rig) other(account string) (m *machine, p int) {
	p = core.Owner(testApp, account, len(r.journals))
	for _, m := range r.nodes {
		if m != r.owner(p) {
			return m, p
		}
	}
	return nil, p
}

func TestNodesShareAndLeave(t *testing.T) {
	t.Parallel()
	r, a, b := both(t, 8)
	assert.Equal(t, 4, a.Owns())
	assert.Equal(t, []string{"a", "b"}, a.Addresses())
	assert.True(t, a.HasHeirs())
	f := b.Figures()
	assert.Equal(t, []int{8, 4, 0, 2}, []int{f.Partitions, f.Owned, f.Unowned, f.Nodes})

	c := r.begin(unchanged)
	r.pass(4 * time.Second)
	assert.LessOrEqual(t, a.Owns(), 3)
	assert.NotZero(t, c.Owns())

	c.Drain()
	r.pass(2 * time.Second)
	assert.Zero(t, c.Owns())
	assert.Equal(t, []string{"a", "b"}, a.Addresses())
	b.Drain()
	r.pass(2 * time.Second)
	assert.Equal(t, 8, a.Owns())
	assert.False(t, a.HasHeirs())
	a.Drain()
	r.pass(time.Second)
	assert.Equal(t, 8, a.Owns(), "there is nobody to give it to")
	a.Leave()
	r.pass(time.Second)
	assert.Zero(t, a.Owns())
	assert.Equal(t, 8, b.Unowned())
}

func TestClientsOfADeadNodeAreCut(t *testing.T) {
	t.Parallel()
	r, _, _ := both(t, 4)
	m, p := r.other("alice")
	alice := r.dial(m, "alice")
	require.Contains(t, strings.Join(alice.ask(wire.FnJoin, "name", "room"), ""), "ok")
	owner := r.owner(p)
	owner.stopped = true
	r.pass(deadAfter + time.Second)
	assert.True(t, alice.cut)
	assert.Equal(t, 4, m.Owns())
	l := m.Load()
	assert.Zero(t, l.Clients+l.Homes+l.Links+l.Ears+l.Waiting)
	r.check(m)

	// It was only stopped: its sockets are down by now, and so are its claims, whoever asks.
	bob := &phone{rig: r}
	bob.Client = owner.Login(bob, wire.Login{AppID: testApp, Account: "alice", Device: wire.DeviceGo}, false, false)
	owner.stopped = false
	r.pass(4 * time.Second)
	assert.NotZero(t, owner.Figures().Fenced)
	assert.Zero(t, m.Unowned())
	assert.Zero(t, owner.Unowned())
	r.check(owner)
}

// A node that is not told of a new owner finds out by the beats of others.
func TestStaleOwnerIsTold(t *testing.T) {
	t.Parallel()
	r, a, b := both(t, 4)
	p := 0
	for r.owner(p) != b {
		p++
	}
	b.slots[p].setWant(true)
	r.journals[p].append(t, &record{claim: true, node: 7, now: r.now.UnixNano(), body: appendItem(nil, (&core.Entry{Kind: core.EntryTakeover}).Append(nil))})
	newest := uint64(len(r.journals[p].pos))
	a.learn(p, 7, newest)
	r.pass(2 * time.Second)
	assert.NotZero(t, b.Figures().Fenced)
	a.bury(7)
	r.pass(2*deadAfter + time.Second)
	assert.Zero(t, a.Unowned())
	r.check(a)
	r.check(b)
}

func (j *journal) append(t *testing.T, rec *record) {
	t.Helper()
	b := rec.append(nil)
	newest := j.pos[len(j.pos)-1]
	follow(b, newest)
	j.pos, j.ids, j.records = append(j.pos, newest+1), append(j.ids, ""), append(j.records, b)
}

// The time in which nobody can be heard is nobody's silence.
func TestNobodyIsBuriedWhileNothingCanBeHeard(t *testing.T) {
	t.Parallel()
	r, a, b := both(t, 4)
	r.deaf, a.away, b.away = true, true, true
	r.pass(20 * time.Second)
	r.deaf, a.away, b.away = false, false, false
	r.pass(time.Second)
	assert.Equal(t, 2, a.Figures().Nodes)
	assert.Zero(t, a.Figures().Fenced+b.Figures().Fenced)

	b.stopped = true
	r.pass(2 * time.Second)
	b.stopped = false
	r.now = r.now.Add(10 * time.Second) // both stood still
	r.pass(time.Second)
	assert.Equal(t, 2, b.Figures().Nodes)
}

func TestLoginWaitsForAnOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2, 1)
	m := r.nodes[0]
	k := &phone{rig: r}
	k.Client = m.Login(k, wire.Login{AppID: testApp, Account: "alice", Device: wire.DeviceGo}, false, false)
	r.settle()
	assert.False(t, k.told)
	r.pass(settle + time.Second)
	assert.Equal(t, "alice", k.in)

	line := &phone{rig: r}
	c, ok := m.LineLogin(line, wire.LineLogin{Line: k.line})
	require.True(t, ok)
	line.Client = c
	r.settle()
	assert.Equal(t, "alice", line.in)
	assert.NotZero(t, k.closed)
	_, ok = m.LineLogin(line, wire.LineLogin{Line: "none"})
	assert.False(t, ok)

	m.Leave()
	r.pass(time.Second)
	late := &phone{rig: r}
	late.Client = m.Login(late, wire.Login{AppID: testApp, Account: "bob", Device: wire.DeviceGo}, false, false)
	gone := &phone{rig: r}
	gone.Client = m.Login(gone, wire.Login{AppID: testApp, Account: "bob", Device: wire.DeviceGo}, false, false)
	gone.Down()
	r.pass(loginPatience + time.Second)
	assert.True(t, late.cut)
	assert.False(t, gone.cut)
	assert.Equal(t, uint64(1), m.Figures().LateLogins)
	assert.Zero(t, m.Load().Waiting)
}

// That a socket is down may come before its login, and before that is decided.
func TestDownBeforeTheLoginIsDecided(t *testing.T) {
	t.Parallel()
	r, m := alone(t, 1, unchanged)
	down := core.Entry{Kind: core.EntryDown, Peer: core.PeerID{Node: m.ID(), Socket: 77}}
	login := core.Entry{Kind: core.EntryLogin, Peer: down.Peer, Login: wire.Login{AppID: testApp, Account: "alice", Device: wire.DeviceGo}}
	require.NoError(t, m.put(0, item{kind: itemWord, entry: down.Append(nil)}))
	require.NoError(t, m.put(0, item{kind: itemInput, entry: login.Append(nil)}))
	r.settle()
	assert.Empty(t, m.slots[0].r.peers, "the node said so again")

	rep := newReplica(0, m.cfg.Core)
	p := rep.newPeer(down.Peer)
	require.NoError(t, rep.do(down.Append(nil)))
	require.NoError(t, rep.do((&core.Entry{Kind: core.EntryAck, Peer: down.Peer}).Append(nil)))
	require.NoError(t, rep.do((&core.Entry{Kind: core.EntryCall, Peer: down.Peer, Frame: []byte("{")}).Append(nil)))
	frozen, err := rep.freeze()
	require.NoError(t, err)
	again, err := thaw(0, m.cfg.Core, frozen)
	require.NoError(t, err)
	assert.Empty(t, again.peers, "of a login that no core knows")
	rep.decided(p, true, "alice")
	rep.begin(r.now)
	assert.Empty(t, rep.peers)
}

// What was lost on a link costs the sockets that rested on it, of either end, and nothing else.
func TestGapInALink(t *testing.T) {
	t.Parallel()
	r, _, _ := both(t, 4)
	m, p := r.other("alice")
	alice := r.dial(m, "alice")
	alice.ask(wire.FnJoin, "name", "room")
	owner := r.owner(p)
	r.deaf = true
	alice.ask(wire.FnLeave, "name", "room")
	r.deaf = false
	alice.ask(wire.FnJoin, "name", "room") // must not happen, for what was before it is lost
	r.pass(2 * time.Second)
	assert.True(t, alice.cut)
	assert.NotZero(t, owner.Figures().Gaps)
	assert.Empty(t, owner.slots[p].r.peersOf(m.ID()))
	again := r.dial(m, "alice")
	assert.Contains(t, strings.Join(again.ask(wire.FnJoin, "name", "room"), ""), "ok")
	r.check(owner)
	r.check(m)

	owner.HearPiece([]byte("short"))
	owner.HearBeat([]byte("no beat"))
	owner.HearBeat((&beat{node: 99, partitions: 5}).bytes())
	assert.Equal(t, 2, owner.Figures().Nodes)
}

func TestOrders(t *testing.T) {
	t.Parallel()
	r, a, _ := both(t, 4)
	m, p := r.other("alice")
	alice := r.dial(m, "alice")
	room := core.Owner(testApp, "room", 4)
	alice.ask(wire.FnJoin, "name", "room")
	for _, n := range r.nodes { // of whichever owns it
		wish := func(p int, e core.Entry) (code int, err error) {
			answered := false
			_, err = n.Wish(p, e, func(c int, failed error) { answered, code, err = true, c, failed })
			require.NoError(t, err)
			r.settle()
			require.True(t, answered)
			return code, err
		}
		_, err := wish(p, core.Entry{Kind: core.EntrySystem, App: testApp, Account: "alice", Text: "hi", TTL: time.Hour})
		assert.NoError(t, err)
		_, err = wish(room, core.Entry{Kind: core.EntrySystemRoom, App: testApp, Channel: "room", Text: "hi"})
		assert.NoError(t, err)
		_, err = wish(p, core.Entry{Kind: core.EntryKickUser, App: testApp, Account: "nobody"})
		assert.ErrorIs(t, err, core.ErrNotFound)
		_, err = wish(room, core.Entry{Kind: core.EntryKickFrom, App: testApp, Channel: "room", Account: "nobody"})
		assert.ErrorIs(t, err, core.ErrNotFound)
		code, err := wish(p, core.Entry{Kind: core.EntryCloseApp, App: "another"})
		assert.NoError(t, err)
		assert.Zero(t, code)
	}
	assert.Len(t, alice.frames, 5)
	assert.Zero(t, a.Load().Asks)

	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, n := range r.nodes {
		_, err := n.Order(over, p, core.Entry{Kind: core.EntryKickUser, App: testApp, Account: "nobody"})
		assert.ErrorIs(t, err, context.Canceled)
		n.routes[p].Store(new(route))
		_, err = n.Order(t.Context(), p, core.Entry{Kind: core.EntryKickUser, App: testApp, Account: "nobody"})
		assert.ErrorIs(t, err, backend.ErrUnavailable)
		_, _, err = n.Sessions(t.Context(), p, testApp, "", 10)
		assert.ErrorIs(t, err, backend.ErrUnavailable)
	}
	r.settle()
}

func TestLooks(t *testing.T) {
	t.Parallel()
	r, _, _ := both(t, 4)
	m, p := r.other("alice")
	alice := r.dial(m, "alice")
	alice.ask(wire.FnJoin, "name", "room")
	room := core.Owner(testApp, "room", 4)
	for _, n := range r.nodes {
		var answers []answer
		ask := func(p int, text string) answer {
			token, forget := n.await(func(a answer) { answers = append(answers, a) })
			defer forget()
			msg := message{kind: sayLook, partition: p, token: token, data: []byte(text)}
			if owner := r.owner(p); owner == n {
				n.lookFor(n.ID(), &msg)
			} else {
				n.say(owner.ID(), &msg)
			}
			r.settle()
			require.NotEmpty(t, answers)
			return answers[len(answers)-1]
		}
		assert.Contains(t, string(ask(p, `{"App":"app","Limit":10}`).data), `"alice"`)
		assert.Contains(t, string(ask(room, `{"Channels":true,"App":"app","Limit":10}`).data), `"room"`)
		assert.Error(t, ask(p, `{`).err)
	}
	// A question that waits is asked by another goroutine; here nobody turns meanwhile.
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, n := range r.nodes {
		_, _, err := n.Channels(over, room, testApp, "", 10)
		assert.ErrorIs(t, err, context.Canceled)
	}
	r.settle()
	m.slots[0].reset()
	asked := answer{}
	token, _ := m.await(func(a answer) { asked = a })
	m.lookFor(m.ID(), &message{partition: 0, token: token, data: []byte("{}")})
	assert.ErrorIs(t, asked.err, backend.ErrUnavailable)
}

func TestErrorsTravelAsTexts(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, core.ErrNotFound, core.ErrFull, backend.ErrUnavailable} {
		assert.Equal(t, err, errOf(textOf(err)))
	}
	assert.EqualError(t, errOf(textOf(errors.New("other"))), "other")
}

func TestShutApps(t *testing.T) {
	t.Parallel()
	r, a, b := both(t, 2)
	a.Shut(testApp, true)
	r.settle()
	assert.True(t, a.IsShut(testApp))
	assert.True(t, b.IsShut(testApp))
	assert.False(t, b.IsShut("other"))
	a.Shut(testApp, false)
	r.settle()
	assert.False(t, b.IsShut(testApp))
}

func TestCallsOfTheEmbeddingProgram(t *testing.T) {
	t.Parallel()
	var calls []core.ExtCall
	var replies []func(core.ExtReturn)
	var events int
	r, m := alone(t, 2, func(cfg *Config) {
		cfg.Ext = func(c core.ExtCall, reply func(core.ExtReturn)) {
			calls, replies = append(calls, c), append(replies, reply)
		}
		cfg.Core.Observe = func(core.Event) { events++ }
	})
	alice := r.dial(m, "alice")
	assert.NotZero(t, events)
	alice.ask(wire.FnExtCall, "package", "p", "func", "f", "args", "x")
	require.Len(t, calls, 1)
	replies[0](core.ExtReturn{Session: calls[0].Session, Request: calls[0].Request, Ret: `"done"`})
	r.settle()
	assert.Contains(t, strings.Join(alice.frames, ""), "done")

	alice.ask(wire.FnExtCall, "package", "p", "func", "f", "args", "y")
	m.stopped = true
	seen := events
	heir := r.begin(func(cfg *Config) {
		cfg.Alone = true
		cfg.Ext = func(core.ExtCall, func(core.ExtReturn)) { assert.Fail(t, "what happens again calls nobody") }
		cfg.Core.Observe = func(core.Event) { events++ }
	})
	r.pass(time.Second)
	assert.Equal(t, 2, heir.Owns())
	assert.Equal(t, seen, events, "nor is anybody told")
}

// A target that missed what was given up sends its sockets away, and hears that they are down.
func TestSocketsAreSentAwayForWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	r, m := alone(t, 2, unchanged)
	p := core.Owner(testApp, "alice", 2)
	alice := r.dial(m, "alice")
	tick := (&core.Entry{Kind: core.EntryTick}).Append(nil)
	require.NoError(t, m.put(p, item{kind: itemPost, from: 1 - p, number: 1, entry: tick, lost: true}))
	m.turn(p)
	r.settle()
	assert.True(t, alice.cut)
	assert.Empty(t, m.slots[p].r.peers)
	require.NoError(t, m.put(p, item{kind: itemFan, from: 1 - p, number: 2, entry: tick}))
	r.settle()
	assert.Error(t, m.slots[p].r.fan(tick), "that was no message")
	assert.Error(t, m.slots[p].r.fan([]byte{200}))
	r.check(m)
}

// An owner who writes nothing finds out all the same that somebody has come, taken the partition and gone.
func TestIdleOwnerAsksTheJournal(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(r *rig){
		"in time": func(r *rig) { r.pass(probeAfter + 2*time.Second) },
		"at once after it stood still": func(r *rig) {
			r.now = r.now.Add(2 * pause)
			r.pass(time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, m := alone(t, 1, unchanged)
			r.journals[0].append(t, &record{claim: true, node: 7, now: r.now.UnixNano()})
			wait(r)
			assert.Equal(t, uint64(1), m.Figures().Fenced)
			r.pass(deadAfter)
			assert.Equal(t, 1, m.Owns())
			r.check(m)
		})
	}
}

// A journal of which little comes is short after an hour all the same.
func TestSnapshotEveryHour(t *testing.T) {
	r := newRig(t, 1, 1)
	r.pass(settle + time.Second)
	require.Zero(t, r.shots[0].pos)
	r.pass(saveEvery - time.Minute)
	assert.Zero(t, r.shots[0].pos)
	r.pass(2 * time.Minute)
	first := r.shots[0].pos
	assert.NotZero(t, first, "the owner's own records are something")
	r.pass(saveEvery + time.Minute)
	assert.Greater(t, r.shots[0].pos, first)
}

// What a socket says to an owner before this one is not taken: it has to resume first.
func TestInputsAreForOneOwner(t *testing.T) {
	r := newRig(t, 1, 1)
	r.pass(settle + time.Second)
	s := r.nodes[0].slots[0]
	claim, ok := s.owner()
	require.True(t, ok)
	e := core.Entry{Kind: core.EntryAck, Peer: core.PeerID{Node: 1, Socket: 1}}
	for _, kind := range []itemKind{itemInput, itemWord} {
		_, err := s.put(item{kind: kind, entry: e.Append(nil), claim: claim + 1})
		require.ErrorIs(t, err, errNotOwner)
		for _, good := range []uint64{0, claim} {
			_, err = s.put(item{kind: kind, entry: e.Append(nil), claim: good})
			require.NoError(t, err)
		}
	}
}
