package cluster

import (
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

// alone returns a rig of one node that owns everything.
func alone(t *testing.T, partitions int, change func(*Config)) (*rig, *machine) {
	t.Helper()
	r := newRig(t, partitions, 0)
	m := r.begin(func(cfg *Config) {
		cfg.Alone = true
		change(cfg)
	})
	r.pass(time.Second)
	require.Zero(t, m.Unowned())
	return r, m
}

func unchanged(*Config) {}

// check says that a node has what the journals come to.
func (r *rig) check(m *machine) {
	r.t.Helper()
	for p := range m.slots {
		st, ok := m.Inspect(p)
		if !ok {
			continue
		}
		j := &r.journals[p]
		text, err := Replay(p, m.cfg.Core, nil, 0, func(yield func(uint64, []byte) bool) {
			for i, pos := range j.pos {
				if pos > st.Position || !yield(pos, append([]byte(nil), j.records[i]...)) {
					return
				}
			}
		}, st.Now)
		require.NoError(r.t, err)
		require.Equal(r.t, st.Text, text, "partition %d", p)
	}
}

func TestCallsAreRefusedWhileTheJournalTakesNothing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err   error
		after time.Duration
	}{
		"unavailable": {backend.ErrUnavailable, patience + 2*time.Second},
		"full":        {backend.ErrFull, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, m := alone(t, 1, unchanged)
			alice := r.dial(m, "alice")
			r.append = func(int) error { return tc.err }
			first := alice.ask(wire.FnJoin, "name", "room")
			if tc.after > 0 {
				require.Empty(t, first, "it may be in the journal")
				r.pass(tc.after)
			} else {
				require.Contains(t, strings.Join(first, ""), wire.ReasonUnavailable)
			}
			require.Contains(t, strings.Join(alice.ask(wire.FnJoin, "name", "room"), ""), wire.ReasonUnavailable)
			assert.NotZero(t, m.Figures().FailedAppends)

			// A login is cut, for nobody knows whether it is good.
			bob := &phone{rig: r}
			bob.Client = m.Login(bob, wire.Login{AppID: testApp, Account: "bob", Device: wire.DeviceGo}, false, false)
			assert.True(t, bob.cut)
			_, err := m.Wish(0, core.Entry{Kind: core.EntryKickUser, App: testApp, Account: "bob"}, func(int, error) {})
			assert.ErrorIs(t, err, backend.ErrUnavailable)

			r.append = nil
			r.pass(2 * time.Second)
			r.check(m)
			// What it makes next must not happen before what it was refused, should it not have heard that.
			alice.ask(wire.FnJoin, "name", "room")
			assert.True(t, alice.cut)
			r.settle()
			assert.NotEmpty(t, r.dial(m, "alice").ask(wire.FnJoin, "name", "room"))
			r.check(m)
		})
	}
}

// That there is no room now says nothing of an earlier try, of which nobody knows what came of it.
func TestNoRoomAfterAnUnknownOutcomeDropsNothing(t *testing.T) {
	t.Parallel()
	r, m := alone(t, 1, unchanged)
	alice := r.dial(m, "alice")
	s := m.slots[0]
	require.NoError(t, m.put(0, item{kind: itemInput, entry: (&core.Entry{
		Kind: core.EntryCall, Peer: alice.id, Frame: alice.text(1, wire.FnJoin, "name", "room"),
	}).Append(nil)}))
	a := m.Turn(0)
	require.Equal(t, Append, a.Do())
	pos, err := r.put(0, &a)
	require.NoError(t, err)
	a.Appended(0, backend.ErrUnavailable)
	r.now = r.now.Add(retryMost)
	a = m.Turn(0)
	require.Equal(t, Append, a.Do())
	a.Appended(0, backend.ErrFull)
	assert.Empty(t, alice.frames[1:], "no answer yet")
	r.now = r.now.Add(retryMost)
	a = m.Turn(0)
	require.Equal(t, Append, a.Do())
	a.Appended(pos, nil)
	assert.Contains(t, strings.Join(alice.frames, ""), `\"result\":\"ok\"`)
	assert.False(t, s.unsure)
	r.check(m)
}

func TestQueueHasABound(t *testing.T) {
	t.Parallel()
	_, m := alone(t, 2, unchanged)
	s := m.slots[0]
	for range queueItems {
		require.NoError(t, m.put(0, item{kind: itemWord, entry: (&core.Entry{Kind: core.EntryTick}).Append(nil)}))
	}
	call := (&core.Entry{Kind: core.EntryCall, Peer: core.PeerID{Node: 9, Socket: 9}, Frame: []byte("x")}).Append(nil)
	assert.ErrorIs(t, m.put(0, item{kind: itemInput, entry: call}), errBusy)
	assert.ErrorIs(t, m.put(0, item{kind: itemPost, from: 1, number: 1, entry: []byte{1}}), errBusy)
	assert.NoError(t, m.put(0, item{kind: itemWord, entry: []byte{byte(core.EntryTick)}}), "what has no answer is taken")
	m.turn(0)
	items, size, refused := s.held()
	assert.Equal(t, []int{0, 0, 1}, []int{items, size, refused})
	assert.ErrorIs(t, m.put(0, item{kind: itemInput, entry: call}), errRefused)
	down := (&core.Entry{Kind: core.EntryDown, Peer: core.PeerID{Node: 9, Socket: 9}}).Append(nil)
	require.NoError(t, m.put(0, item{kind: itemWord, entry: down}))
	_, _, refused = s.held()
	assert.Zero(t, refused)
}

// Calls are refused while other partitions do not take what is posted to them, and what has happened is acknowledged still.
func TestPostsHaveABound(t *testing.T) {
	t.Parallel()
	_, m := alone(t, 2, unchanged)
	r := m.slots[0].r
	m.slots[1].reset() // nobody takes them
	r.sends[1].add(post{number: 1, entry: make([]byte, unackedBytes+1)})
	require.NoError(t, m.put(0, item{kind: itemNudge}))
	m.turn(0)
	call := (&core.Entry{Kind: core.EntryCall, Peer: core.PeerID{Node: 9, Socket: 9}, Frame: []byte("x")}).Append(nil)
	assert.ErrorIs(t, m.put(0, item{kind: itemInput, entry: call}), errBusy)
	require.NoError(t, m.put(0, item{kind: itemPost, from: 1, number: 1, entry: (&core.Entry{Kind: core.EntryTick}).Append(nil)}))
	require.NoError(t, m.put(0, item{kind: itemAcked, from: 1, number: 1}))
	m.turn(0)
	assert.ErrorIs(t, m.put(0, item{kind: itemInput, entry: call}), errRefused)
}

func TestPostsThatComeAgain(t *testing.T) {
	t.Parallel()
	_, m := alone(t, 2, unchanged)
	s := m.slots[0]
	tick := (&core.Entry{Kind: core.EntryTick}).Append(nil)
	require.NoError(t, m.put(0, item{kind: itemPost, from: 1, number: 1, entry: tick}))
	for range 3 { // one acknowledgement is enough
		require.NoError(t, m.put(0, item{kind: itemPost, from: 1, number: 1, entry: tick}))
	}
	items, _, _ := s.held()
	assert.Equal(t, 2, items)
	assert.ErrorIs(t, m.put(0, item{kind: itemPost, from: 1, before: 2, number: 3, entry: tick}), errEarly)
	assert.ErrorIs(t, m.put(0, item{kind: itemPost, from: 1, before: 3, number: 4, entry: tick}), errBusy, "that was said")
	m.turn(0)
	require.NoError(t, m.put(0, item{kind: itemPost, from: 1, number: 1, entry: tick}))
	items, _, _ = s.held()
	assert.Equal(t, 1, items)
	_, other := alone(t, 1, unchanged)
	other.slots[0].reset()
	assert.ErrorIs(t, other.put(0, item{kind: itemNudge}), errNotOwner)
}

// A record in several parts happens when the last is there, and not at all when its owner does not get there.
func TestRecordInParts(t *testing.T) {
	t.Parallel()
	small := func(cfg *Config) { cfg.MaxRecord = 150 }
	r, m := alone(t, 1, small)
	alice := r.dial(m, "alice")
	text := strings.Repeat("long ", 100)
	before := len(r.journals[0].pos)
	require.Contains(t, strings.Join(alice.ask(wire.FnSetAttr, "name", "n", "value", text), ""), "ok")
	assert.Greater(t, len(r.journals[0].pos)-before, 4)
	for _, b := range r.journals[0].records {
		assert.LessOrEqual(t, len(b), 150)
	}
	r.check(m)

	before = len(r.journals[0].pos)
	left := 2
	r.append = func(int) error {
		if left--; left < 0 {
			return backend.ErrUnavailable
		}
		return nil
	}
	assert.Empty(t, alice.ask(wire.FnSetAttr, "name", "n", "value", "another "+text))
	assert.Len(t, r.journals[0].pos, before+2)
	m.stopped, r.append = true, nil // a crash
	heir := r.begin(func(cfg *Config) { cfg.Alone = true; small(cfg) })
	r.pass(time.Second)
	r.check(heir)
	alice = r.dial(heir, "alice")
	assert.Contains(t, strings.Join(alice.ask(wire.FnGetAttr, "name", "n", "account", "alice"), ""), `"value\":\"`+text)
}

// No room in the middle of a record: what is there of it counts for nothing.
func TestNoRoomForTheSecondPart(t *testing.T) {
	t.Parallel()
	r, m := alone(t, 1, func(cfg *Config) { cfg.MaxRecord = 150 })
	alice := r.dial(m, "alice")
	left := 1
	r.append = func(int) error {
		if left--; left < 0 {
			return backend.ErrFull
		}
		return nil
	}
	heard := alice.ask(wire.FnSetAttr, "name", "n", "value", strings.Repeat("long ", 100))
	assert.Contains(t, strings.Join(heard, ""), wire.ReasonUnavailable)
	r.append = nil
	r.pass(2 * time.Second)
	r.check(m)
	alice.Down()
	alice = r.dial(m, "alice")
	assert.NotContains(t, strings.Join(alice.ask(wire.FnGetAttr, "name", "n", "account", "alice"), ""), "long")
	r.check(m)
}

// Snapshots are made when the journal has grown, and who begins with one has the same.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	r, m := alone(t, 3, func(cfg *Config) { cfg.SaveAfter = 1000 })
	alice, bob := r.dial(m, "alice"), r.dial(m, "bob")
	for range 30 {
		alice.ask(wire.FnJoin, "name", "room")
		bob.ask(wire.FnJoin, "name", "room")
		alice.ask(wire.FnChannelSend, "name", "room", "msg", "hi")
	}
	saved := 0
	for p := range r.shots {
		st, ok := m.Inspect(p)
		require.True(t, ok)
		if r.shots[p].pos == 0 {
			continue
		}
		saved++
		j := &r.journals[p]
		text, err := Replay(p, m.cfg.Core, r.shots[p].data, r.shots[p].pos, func(yield func(uint64, []byte) bool) {
			for i, pos := range j.pos {
				if pos > r.shots[p].pos && !yield(pos, append([]byte(nil), j.records[i]...)) {
					return
				}
			}
		}, st.Now)
		require.NoError(t, err)
		assert.Equal(t, st.Text, text)

		frozen, err := m.slots[p].r.freeze()
		require.NoError(t, err)
		thawed, err := thaw(p, m.cfg.Core, frozen)
		require.NoError(t, err)
		again, err := thawed.freeze()
		require.NoError(t, err)
		assert.Equal(t, frozen, again)
		for n := 0; n < len(frozen); n += 7 {
			_, err := thaw(p, m.cfg.Core, frozen[:n])
			require.Error(t, err)
		}
		_, err = thaw(p, core.Config{Cores: 4}, frozen)
		assert.Error(t, err)
		_, err = thaw(p, m.cfg.Core, append([]byte{9}, frozen[1:]...))
		assert.Error(t, err)
	}
	assert.NotZero(t, saved)
}

// A journal that was trimmed after the snapshot was loaded is not taken for a whole one.
func TestJournalWithAHole(t *testing.T) {
	t.Parallel()
	r, m := alone(t, 1, unchanged)
	r.dial(m, "alice")
	j := &r.journals[0]
	s := newSlot(0, 9, m.cfg.Core, m.cfg.MaxRecord)
	require.NoError(t, s.restore(nil, 0))
	assert.ErrorIs(t, s.replay(j.pos[1], j.records[1]), errGap)
	assert.ErrorIs(t, s.replay(1, []byte{1, 2}), errRecord)
	bad := record{node: 9, after: 0, body: []byte{200, 1}}
	assert.ErrorIs(t, s.replay(1, bad.append(nil)), errRecord)
	bad.body = appendItem(nil, []byte{250})
	bad.after = 1
	assert.ErrorIs(t, s.replay(2, bad.append(nil)), errRecord)

	heir := r.begin(func(cfg *Config) { cfg.Alone = true })
	m.stopped = true
	j.pos, j.records, j.ids = j.pos[1:], j.records[1:], j.ids[1:]
	r.pass(time.Second)
	assert.NotZero(t, heir.Figures().FailedRecoveries)
	assert.Zero(t, heir.Figures().Owned)
	_, ok := heir.Inspect(0)
	assert.False(t, ok)
	_, err := Replay(0, m.cfg.Core, []byte{1}, 0, nil, r.now)
	assert.Error(t, err)
}

// Whoever waits for something that was not journaled is told when the node gives the partition up, or loses it.
func TestWhatWaitsIsAbandoned(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(r *rig, m *machine){
		"released": func(_ *rig, m *machine) { m.slots[0].setWant(false) },
		"fenced":   func(r *rig, _ *machine) { r.append = func(int) error { return backend.ErrFenced } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, m := alone(t, 1, unchanged)
			alice := r.dial(m, "alice")
			bob := &phone{rig: r}
			lose(r, m)
			alice.Call(alice.text(1, wire.FnJoin, "name", "room"))
			bob.Client = m.Login(bob, wire.Login{AppID: testApp, Account: "bob", Device: wire.DeviceGo}, false, false)
			var failed error
			_, err := m.Wish(0, core.Entry{Kind: core.EntryKickUser, App: testApp, Account: "bob"}, func(_ int, err error) { failed = err })
			require.NoError(t, err)
			looked := true
			if name == "released" {
				require.NoError(t, m.put(0, item{kind: itemLook, look: func(c *core.Core) { looked = c != nil }}))
			}
			r.settle()
			assert.True(t, alice.cut)
			assert.True(t, bob.cut)
			assert.ErrorIs(t, failed, backend.ErrUnavailable)
			assert.Equal(t, name == "fenced", looked)
			_, owns := m.slots[0].owner()
			assert.False(t, owns)
		})
	}
}

func TestRefusalOfWhatIsNoCall(t *testing.T) {
	t.Parallel()
	for _, e := range []core.Entry{{Kind: core.EntryTick}, {Kind: core.EntryCall, Frame: []byte("{")}} {
		assert.Empty(t, refusal(e.Append(nil)))
	}
	assert.Empty(t, refusal(nil))
	outs := refusal((&core.Entry{Kind: core.EntryCloseApp, Node: 3, Token: 4}).Append(nil))
	require.Len(t, outs, 1)
	assert.True(t, errors.Is(outs[0].err, backend.ErrUnavailable) && outs[0].node == 3 && outs[0].token == 4)
}
