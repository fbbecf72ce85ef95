package core_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A twin is a second set of Cores beside those of a world. They get the same inputs as bytes and nothing else, are written down
// and read back now and then, and have to say the same: every frame and closing, post, answer and event, in order.
type twin struct {
	w          *world
	rnd        *rand.Rand
	cfg        core.Config
	cores      []*core.Core
	peers      map[core.PeerID]*core.Peer
	want, got  diary    // what the Cores and their twins say to one input
	ids        []string // that the Core drew and its twin is yet to draw
	entry      core.Entry
	thaws      int
	comparison *core.Comparison // nil: bytes are enough
}

// twinned gives a world a twin. cfg is what the world was made of.
func twinned(w *world, cfg core.Config, rnd *rand.Rand) *twin {
	tw := &twin{w: w, rnd: rnd, cfg: cfg, peers: make(map[core.PeerID]*core.Peer)}
	w.twin = tw
	for i := range w.cores {
		tw.cores = append(tw.cores, core.New(tw.config(i), i))
	}
	return tw
}

// config is that of the twin of a Core. Who may watch and who speaks by id it learns from its entries.
func (tw *twin) config(i int) core.Config {
	return core.Config{
		Cores: len(tw.w.cores), Limits: tw.cfg.Limits,
		NewID: func() string {
			require.NotEmpty(tw.w.t, tw.ids, "an id that the Core did not draw")
			id := tw.ids[0]
			tw.ids = tw.ids[1:]
			return id
		},
		Post: func(to int, m *core.Message) {
			tw.got.post(to, m)
			tw.cores[i].Recycle(m)
		},
		ExtCall: func(x core.ExtCall) { tw.got.add("%+v", x) },
		Observe: func(e core.Event) { tw.got.event(e) },
	}
}

// A diary is what Cores say.
type diary []string

func (d *diary) add(format string, args ...any) { *d = append(*d, fmt.Sprintf(format, args...)) }

func (d *diary) post(to int, m *core.Message) {
	d.add("post to %d: %s", to, hex.EncodeToString(core.AppendMessage(nil, m)))
}

func (d *diary) event(e core.Event) {
	at := e.At.UnixNano()
	e.At = time.Time{}
	d.add("%d %+v", at, e)
}

// A tap is a socket whose words are in a diary, and may go on to another.
type tap struct {
	*diary
	id   core.PeerID
	next core.Conn
}

func (p *tap) Send(frame []byte) {
	p.add("to %v: %s", p.id, frame)
	if p.next != nil {
		p.next.Send(frame)
	}
}

func (p *tap) Close(code int) {
	p.add("close %v: %d", p.id, code)
	if p.next != nil {
		p.next.Close(code)
	}
}

// happen lets an input happen in a Core and, as bytes, in its twin. nil: time passes.
func (tw *twin) happen(i int, in core.Input) {
	w := tw.w
	if m, ok := in.(*core.Message); ok && m.IsFanout() && tw.rnd.IntN(2) == 0 {
		tw.fanout(i, m)
		return
	}
	e := tw.entryOf(in)
	written := e.Append(nil)
	c, other, now := w.cores[i], tw.cores[i], time.Unix(0, w.now.UnixNano())
	if e.Kind == core.EntryTick {
		c.Tick(w.now)
	} else {
		c.Step(w.now, tw.told(in))
	}
	if tw.entry.Message == nil {
		tw.entry.Message = other.NewMessage()
	}
	require.NoError(w.t, core.ParseEntry(written, &tw.entry))
	if e.Kind == core.EntryTick {
		other.Tick(now)
	} else {
		other.Step(now, tw.input(&tw.entry))
	}
	for j := range written {
		written[j] = '!' // nobody may hold on to the bytes
	}
	if q, ok := in.(core.Query); ok {
		c.Ask(tw.query(q, &tw.want))
		other.Ask(tw.query(q, &tw.got))
	}
	tw.compare(i)
}

// fanout lets a frame be delivered, which nothing may change by.
func (tw *twin) fanout(i int, m *core.Message) {
	before := tw.w.cores[i].Freeze(nil)
	written := core.AppendMessage(nil, m)
	answer := &core.Message{To: core.Address{Target: core.ToSession}, Op: core.OpAnswer}
	require.False(tw.w.t, tw.w.cores[i].Deliver(answer), "it is to be journaled")
	require.True(tw.w.t, tw.w.cores[i].Deliver(m))
	n := tw.cores[i].NewMessage()
	require.NoError(tw.w.t, core.ParseMessage(written, n))
	require.True(tw.w.t, tw.cores[i].Deliver(n))
	require.Equal(tw.w.t, before, tw.w.cores[i].Freeze(nil))
	tw.compare(i)
}

// compare looks at what both said and, now and then, at what they are, and has the twin begin anew from what was written down.
func (tw *twin) compare(i int) {
	t := tw.w.t
	require.Equal(t, tw.want, tw.got)
	require.Empty(t, tw.ids, "ids that the twin did not draw")
	tw.want, tw.got = nil, nil
	at, due := tw.w.cores[i].Next()
	otherAt, otherDue := tw.cores[i].Next()
	require.Equal(t, due, otherDue)
	require.True(t, at.Equal(otherAt))
	if tw.rnd.IntN(4) == 0 {
		tw.rethaw(i)
	}
}

func (tw *twin) rethaw(i int) {
	t := tw.w.t
	frozen := tw.w.cores[i].Freeze([]byte("before"))[len("before"):]
	require.Equal(t, frozen, tw.cores[i].Freeze(nil), "one that had the same entries is not the same")
	written := append([]byte(nil), frozen...)
	thawed, peers, err := core.Thaw(tw.config(i), i, written, func(id core.PeerID) (core.Conn, func(string)) {
		return &tap{&tw.got, id, nil}, func(account string) { tw.got.add("%v goes on as %q", id, account) }
	})
	require.NoError(t, err)
	for j := range written {
		written[j] = '!'
	}
	require.Equal(t, frozen, thawed.Freeze(nil), "one that was written down is not the same")
	if tw.comparison != nil {
		require.Empty(t, tw.comparison.Differences(tw.w.cores[i], thawed))
	}
	for n, p := range peers {
		require.True(t, n == 0 || peers[n-1].ID().Compare(p.ID()) < 0)
		require.NotNil(t, tw.peers[p.ID()], "a socket that was not there")
		tw.peers[p.ID()] = p
	}
	tw.cores[i] = thawed
	tw.thaws++
}

// entryOf returns what is to be written of an input.
func (tw *twin) entryOf(in core.Input) *core.Entry {
	switch in := in.(type) {
	case core.Login:
		e := &core.Entry{Kind: core.EntryLogin, Peer: in.Peer.ID(), Login: in.Login, MayWatch: in.MayWatch, ByID: in.ByID || tw.cfg.DialectByID}
		if tw.cfg.MayWatch != nil && tw.cfg.MayWatch(in.Login.AppID, in.Login.Account) {
			e.MayWatch = true
		}
		return e
	case core.LineLogin:
		return &core.Entry{Kind: core.EntryLineLogin, Peer: in.Peer.ID(), Line: in.Line}
	case core.Call:
		frame := wire.AppendString([]byte(`["call2",[`), in.Frame.Func)
		frame = append(append(append(frame, ','), in.Frame.ID...), ',')
		return &core.Entry{Kind: core.EntryCall, Peer: in.Peer.ID(), Frame: append(append(frame, in.Frame.Args...), "]]"...)}
	case core.Ack:
		return &core.Entry{Kind: core.EntryAck, Peer: in.Peer.ID(), ID: in.ID}
	case core.Down:
		return &core.Entry{Kind: core.EntryDown, Peer: in.Peer.ID()}
	case core.ExtReturn:
		return &core.Entry{Kind: core.EntryExtReturn, Ext: in}
	case *core.Message:
		return &core.Entry{Kind: core.EntryMessage, Message: in, Partition: 3, Number: 9}
	case core.KickUser:
		return &core.Entry{Kind: core.EntryKickUser, App: in.App, Account: in.Account, Node: 1, Token: 2}
	case core.CloseApp:
		return &core.Entry{Kind: core.EntryCloseApp, App: in.App}
	case core.KickFromChannel:
		return &core.Entry{Kind: core.EntryKickFrom, App: in.App, Channel: in.Channel, Account: in.Account}
	case core.SendSystem:
		return &core.Entry{Kind: core.EntrySystem, App: in.App, Account: in.To, Text: in.Text, TTL: in.TTL}
	case core.SendSystemChannel:
		return &core.Entry{Kind: core.EntrySystemRoom, App: in.App, Channel: in.Channel, Text: in.Text}
	case core.Takeover:
		return &core.Entry{Kind: core.EntryTakeover, Limits: in.Limits}
	case nil, core.Query:
		return &core.Entry{Kind: core.EntryTick}
	}
	tw.w.t.Fatalf("no entry for %T", in)
	return nil
}

// told returns an input whose Done is noted as well.
func (tw *twin) told(in core.Input) core.Input {
	switch in := in.(type) {
	case core.Login:
		done := in.Done
		in.Done = func(ok bool) { tw.want.add("%v logged in: %t", in.Peer.ID(), ok); done(ok) }
		return in
	case core.LineLogin:
		done := in.Done
		in.Done = func(account string) { tw.want.add("%v goes on as %q", in.Peer.ID(), account); done(account) }
		return in
	case core.KickUser:
		in.Done = tw.want.done
		return in
	case core.CloseApp:
		in.Done = tw.want.closed
		return in
	case core.KickFromChannel:
		in.Done = tw.want.done
		return in
	case core.SendSystem:
		in.Done = tw.want.done
		return in
	case core.SendSystemChannel:
		in.Done = tw.want.done
		return in
	}
	return in
}

func (d *diary) done(err error) { d.add("done: %v", err) }
func (d *diary) closed(n int)   { d.add("closed %d", n) }

// input returns what an entry stands for, which is the twin's.
func (tw *twin) input(e *core.Entry) core.Input {
	id := e.Peer
	p := tw.peers[id]
	if p == nil {
		p = core.NewNamedPeer(&tap{&tw.got, id, nil}, id)
		tw.peers[id] = p
	}
	switch e.Kind {
	case core.EntryLogin:
		return core.Login{
			Peer: p, Login: e.Login, MayWatch: e.MayWatch, ByID: e.ByID,
			Done: func(ok bool) { tw.got.add("%v logged in: %t", id, ok) },
		}
	case core.EntryLineLogin:
		return core.LineLogin{
			Peer: p, Line: e.Line, Done: func(account string) { tw.got.add("%v goes on as %q", id, account) },
		}
	case core.EntryCall:
		f, err := wire.ParseClientFrame(e.Frame)
		require.NoError(tw.w.t, err)
		return core.Call{Peer: p, Frame: f}
	case core.EntryAck:
		return core.Ack{Peer: p, ID: e.ID}
	case core.EntryDown:
		return core.Down{Peer: p}
	case core.EntryExtReturn:
		return e.Ext
	case core.EntryMessage:
		m := e.Message
		e.Message = nil
		return m
	case core.EntryKickUser:
		return core.KickUser{App: e.App, Account: e.Account, Done: tw.got.done}
	case core.EntryCloseApp:
		return core.CloseApp{App: e.App, Done: tw.got.closed}
	case core.EntryKickFrom:
		return core.KickFromChannel{App: e.App, Channel: e.Channel, Account: e.Account, Done: tw.got.done}
	case core.EntrySystem:
		return core.SendSystem{App: e.App, To: e.Account, Text: e.Text, TTL: e.TTL, Done: tw.got.done}
	case core.EntrySystemRoom:
		return core.SendSystemChannel{App: e.App, Channel: e.Channel, Text: e.Text, Done: tw.got.done}
	case core.EntryTakeover:
		return core.Takeover{Limits: e.Limits}
	}
	tw.w.t.Fatalf("no input of kind %d", e.Kind)
	return nil
}

func (tw *twin) query(q core.Query, d *diary) core.Query {
	switch q := q.(type) {
	case core.ListSessions:
		q.Done = func(page []core.SessionInfo, more bool) { d.add("%v %t", page, more) }
		return q
	case core.ListChannels:
		q.Done = func(page []core.ChannelInfo, more bool) { d.add("%v %t", page, more) }
		return q
	}
	return q
}

// What FuzzCore plays, with a twin beside.
func TestATwinPlaysTheSame(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			script := randomPlay(rand.New(rand.NewPCG(seed, 1)))
			cfg := core.Config{
				MayWatch: func(_, account string) bool { return account == "user0" }, DialectByID: script[0]&2 != 0,
			}
			p := newPlay(t, script, cfg)
			tw := twinned(p.world, cfg, rand.New(rand.NewPCG(seed, 2)))
			p.play(script, func() {
				if tw.rnd.IntN(50) == 0 {
					p.takeover()
				}
			})
			require.NotZero(t, tw.thaws)
		})
	}
}

// takeover lets another process go on with all Cores.
func (p *play) takeover() {
	for i := range p.cores {
		p.step(i, core.Takeover{})
	}
	p.extCall = nil
	for i := range p.users {
		if u := &p.users[i]; u.client != nil && u.closed == 0 {
			u.closed = 1006
		}
	}
}
