package core_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

var peer = core.PeerID{Node: 7, Socket: 1 << 40}

// entries is one of each kind, with all that it may have.
func entries() []core.Entry {
	var limits core.Limits
	filled(reflect.ValueOf(&limits).Elem(), new(int))
	var m core.Message
	filled(reflect.ValueOf(&m).Elem(), new(int))
	m.Ret, m.To.Target, m.Op = nil, core.ToSession, core.OpAnswer
	return []core.Entry{
		{Kind: core.EntryTick},
		{
			Kind: core.EntryLogin, Peer: peer, MayWatch: true, ByID: true,
			Login: wire.Login{AppID: "app", Account: "alice", Device: "go", Instance: "i", Seq: -3},
		},
		{
			Kind: core.EntryLineLogin, Peer: peer,
			Line: wire.LineLogin{Line: "line", Resume: true, VerClear: 9, Channel: "room", MsgID: 1 << 60},
		},
		{Kind: core.EntryCall, Peer: peer, Frame: []byte(`["call2",["f",1,{}]]`)},
		{Kind: core.EntryAck, Peer: peer, ID: -1},
		{Kind: core.EntryDown, Peer: peer},
		{Kind: core.EntryExtReturn, Ext: core.ExtReturn{Session: 1, Request: 2, Ret: "ret", Reason: "No", Code: -7}},
		{Kind: core.EntryMessage, Partition: 2, Number: 1 << 50, Message: &m},
		{Kind: core.EntryKickUser, Node: 1, Token: 2, App: "app", Account: "alice"},
		{Kind: core.EntryCloseApp, Node: 1, Token: 2, App: "app"},
		{Kind: core.EntryKickFrom, Node: 1, Token: 2, App: "app", Channel: "room", Account: "alice"},
		{Kind: core.EntrySystem, Node: 1, Token: 2, App: "app", Account: "alice", Text: "hi", TTL: time.Hour},
		{Kind: core.EntrySystemRoom, Node: 1, Token: 2, App: "app", Channel: "room", Text: "hi"},
		{Kind: core.EntryTakeover, Node: 1, Limits: limits},
	}
}

// filled gives every field a value of its own that is not zero.
func filled(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(string(rune('a' + *n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) * 1_000_001)
	case reflect.Uint8:
		v.SetUint(uint64(*n))
	case reflect.Uint64:
		v.SetUint(uint64(*n) << 40)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range 3 {
			filled(v.Index(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			filled(v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i), n)
		}
	default:
		panic(v.Kind())
	}
}

func TestEntriesAreReadAsTheyWereWritten(t *testing.T) {
	var e core.Entry
	for _, want := range entries() {
		b := want.Append([]byte("before"))
		require.Equal(t, "before", string(b[:6]))
		e.Message = nil
		require.NoError(t, core.ParseEntry(b[6:], &e), "kind %d", want.Kind)
		assert.Equal(t, want, e)
		for n := 6; n < len(b); n++ {
			e.Message = nil
			err := core.ParseEntry(b[6:n], &e)
			if want.Kind == core.EntryCall && n >= len("before")+len("\x04\x07\x80\x80\x80\x80\x80\x20") {
				assert.NoError(t, err, "a text of any length may follow")
				continue
			}
			assert.ErrorIs(t, err, core.ErrDamaged, "kind %d, %d of %d bytes", want.Kind, n-6, len(b)-6)
		}
		if want.Kind != core.EntryCall {
			e.Message = nil
			assert.ErrorIs(t, core.ParseEntry(append(b, 0)[6:], &e), core.ErrDamaged, "kind %d with a byte more", want.Kind)
		}
	}
	assert.ErrorIs(t, core.ParseEntry([]byte{200}, &e), core.ErrKind)
	assert.ErrorIs(t, core.ParseEntry(nil, &e), core.ErrDamaged)
}

func TestATokenIsNeverWritten(t *testing.T) {
	e := core.Entry{Kind: core.EntryLogin, Login: wire.Login{AppID: "app", Account: "alice", Token: "the token"}}
	b := e.Append(nil)
	assert.NotContains(t, string(b), "the token")
	require.NoError(t, core.ParseEntry(b, &e))
	assert.Empty(t, e.Login.Token)
}

// A Message that a Core gave is used for what comes next, and nothing of the one before is left in it.
func TestMessagesAreReadIntoThoseThatWereUsed(t *testing.T) {
	c := core.New(core.Config{}, 0)
	var full, empty core.Message
	filled(reflect.ValueOf(&full).Elem(), new(int))
	full.Ret, full.To.Target, full.Op = nil, core.ToAccount, core.OpSend
	empty.To.Target, empty.Op = core.ToAccount, core.OpSend
	m := c.NewMessage()
	for range 3 {
		require.NoError(t, core.ParseMessage(core.AppendMessage(nil, &full), m))
		assert.Equal(t, full, *m)
		c.Recycle(m)
		used := c.NewMessage()
		assert.Same(t, m, used)
		require.NoError(t, core.ParseMessage(core.AppendMessage(nil, &empty), m))
		assert.Empty(t, m.Body)
		m.Body = nil
		assert.Equal(t, empty, *m)
		c.Recycle(m)
		m = c.NewMessage()
	}
}

// To who gets an answer it is the same whether it is a Ret or a Body.
func TestARetIsReadAsABody(t *testing.T) {
	m := core.Message{To: core.Address{Target: core.ToSession}, Op: core.OpAnswer, Ret: []byte("{}")}
	var got core.Message
	require.NoError(t, core.ParseMessage(core.AppendMessage(nil, &m), &got))
	m.Ret, m.Body = nil, m.Ret
	assert.Equal(t, m, got)
}

// Explicit fills in what is not said and leaves what is.
func TestLimitsSaidOutAreTheSame(t *testing.T) {
	l := core.Limits{Messages: 5, Keys: -1}.Explicit()
	assert.Equal(t, 5, l.Messages)
	assert.Equal(t, -1, l.Keys)
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		assert.NotZero(t, v.Field(i).Int(), "%s", v.Type().Field(i).Name)
	}
	for _, cores := range []int{1, 7} {
		implicit := core.New(core.Config{Cores: cores, Limits: core.Limits{Messages: 5, Keys: -1}}, 0)
		explicit := core.New(core.Config{Cores: cores, Limits: l}, 0)
		assert.Equal(t, implicit.Freeze(nil), explicit.Freeze(nil))
	}
}

// FuzzParseEntry reads anything as an entry. What can be read is written again in the same way, and no Core panics at it.
func FuzzParseEntry(f *testing.F) {
	for _, e := range entries() {
		e.Peer = core.PeerID{Node: 1, Socket: 2} // alice's
		e.App, e.Account, e.Channel, e.Login.AppID = app, "alice", "room", app
		f.Add(e.Append(nil))
	}
	for op := core.OpSend; op <= core.OpWatch; op++ {
		m := core.Message{
			To: core.Address{App: app, Name: "alice", Session: 2}, From: core.Origin{Session: 1, Request: 2, Account: "bob", Core: 1}, Op: op,
			Channel: "room", Call: "id9", Flag: "v1:E:60", Name: "n", Value: "v", Join: 1, Account: "alice", Fn: wire.FnQueryListAll,
		}
		for _, m.To.Target = range []core.Target{core.ToAccount, core.ToChannel, core.ToSession, core.ToCore} {
			if m.To.Target == core.ToChannel {
				m.To.Name = "room"
			}
			f.Add((&core.Entry{Kind: core.EntryMessage, Message: &m}).Append(nil))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var e core.Entry
		if err := core.ParseEntry(b, &e); err != nil {
			require.True(t, errors.Is(err, core.ErrDamaged) || errors.Is(err, core.ErrKind), "%v", err)
			return
		}
		again := e.Append(nil)
		var same core.Entry
		require.NoError(t, core.ParseEntry(again, &same))
		require.Equal(t, again, same.Append(nil))
		if _, err := wire.ParseClientFrame(e.Frame); e.Kind == core.EntryCall && err != nil {
			return
		}
		cfg := core.Config{}
		w := newWorldOf(t, 3, cfg)
		tw := twinned(w, cfg, rand.New(rand.NewPCG(1, 1)))
		bob, alice := w.login("bob", wire.DeviceGo), w.login("alice", wire.DeviceGo)
		for _, c := range []*client{bob, alice} {
			c.ok(wire.FnJoin, "name", "room")
			c.post(wire.FnExtCall, "package", "p", "func", "f")
		}
		bob.ok(wire.FnInvite, "channelName", "room", "peer", "alice", "call", "id9")
		for i := range 100 {
			tw.ids = append(tw.ids, "drawn"+strconv.Itoa(i))
		}
		if e.Kind == core.EntryTick {
			return
		}
		in, home := tw.input(&e), alice.core
		if e.Peer == bob.peer.ID() {
			home = bob.core
		}
		for i := range tw.cores {
			if e.Peer != (core.PeerID{}) && i != home {
				continue // a socket belongs to one Core
			}
			if m, ok := in.(*core.Message); ok { // each Core wants one of its own
				require.NoError(t, core.ParseMessage(core.AppendMessage(nil, same.Message), m))
			}
			tw.cores[i].Step(w.now, in)
			tw.cores[i].Tick(w.now.Add(40 * 24 * time.Hour))
		}
	})
}
