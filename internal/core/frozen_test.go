package core_test

import (
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// mute is a socket that nobody listens to.
type mute struct{}

func (mute) Send([]byte) {}
func (mute) Close(int)   {}

func toMute(core.PeerID) (core.Conn, func(string)) { return mute{}, func(string) {} }

// thawConfig is one for Cores of which nobody looks at what they say.
func thawConfig(cores int) core.Config {
	n := 0
	return core.Config{
		Cores: cores, Log: slog.New(slog.DiscardHandler),
		NewID: func() string { n++; return "id" + strconv.Itoa(n) }, Post: func(int, *core.Message) {}, ExtCall: func(core.ExtCall) {},
	}
}

// seal ends what Freeze begins.
func seal(text []byte) []byte {
	sum := crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli))
	return append(append([]byte(nil), text...), byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
}

// stormy returns what is written down of the Cores of a storm, and how many there are.
func stormy(t *testing.T, seed uint64, steps int) (frozen [][]byte) {
	t.Helper()
	s := newStorm(t, seed)
	for range steps {
		s.blow()
	}
	for _, c := range s.cores {
		frozen = append(frozen, c.Freeze(nil))
	}
	return frozen
}

func TestACoreThatIsNewCanBeWrittenDown(t *testing.T) {
	b := core.New(thawConfig(2), 1).Freeze(nil)
	c, peers, err := core.Thaw(thawConfig(2), 1, b, toMute)
	require.NoError(t, err)
	assert.Empty(t, peers)
	assert.Equal(t, b, c.Freeze(nil))
	_, due := c.Next()
	assert.False(t, due)
}

func TestWhatIsDamagedIsNotThawed(t *testing.T) {
	all := stormy(t, 5, 150)
	cfg := thawConfig(len(all))
	frozen := all[0]
	_, _, err := core.Thaw(cfg, 0, frozen, toMute)
	require.NoError(t, err)
	for n := range frozen {
		_, _, err := core.Thaw(cfg, 0, frozen[:n], toMute)
		require.ErrorIs(t, err, core.ErrDamaged, "%d of %d bytes", n, len(frozen))
		flipped := append([]byte(nil), frozen...)
		flipped[n] ^= 0x10
		_, _, err = core.Thaw(cfg, 0, flipped, toMute)
		require.ErrorIs(t, err, core.ErrDamaged, "byte %d", n)
	}
	// Also where the checksum tells nothing.
	text := frozen[:len(frozen)-4]
	for n := 1; n < len(text); n++ {
		_, _, err := core.Thaw(cfg, 0, seal(text[:n]), toMute)
		require.ErrorIs(t, err, core.ErrDamaged, "%d of %d bytes", n, len(text))
	}
}

func TestWhatIsOfAnotherFormatIsNotThawed(t *testing.T) {
	frozen := core.New(thawConfig(2), 1).Freeze(nil)
	text := frozen[:len(frozen)-4]
	for name, test := range map[string]struct {
		cores, index int
		text         []byte
	}{
		"another index":      {2, 0, text},
		"more Cores":         {3, 1, text},
		"a format of later":  {2, 1, append([]byte{2}, text[1:]...)},
		"a format of before": {2, 1, append([]byte{0}, text[1:]...)},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := core.Thaw(thawConfig(test.cores), test.index, seal(test.text), toMute)
			assert.ErrorIs(t, err, core.ErrFormat)
		})
	}
}

// A later version may have more to write. What it has is read over, as long as it does not say that it is another format.
func TestWhatALaterVersionWritesBehindIsReadOver(t *testing.T) {
	frozen := stormy(t, 5, 150)[0]
	c, _, err := core.Thaw(thawConfig(1), 0, seal(append(frozen[:len(frozen)-4:len(frozen)-4], "and more"...)), toMute)
	require.NoError(t, err)
	assert.Equal(t, frozen, c.Freeze(nil))
}

// The limits are those that were in force, not those of who reads: another Core goes on under its own only with a Takeover.
func TestLimitsAreThoseInForceUntilATakeover(t *testing.T) {
	cfg := thawConfig(1)
	cfg.Limits.Sessions = 1
	c := core.New(cfg, 0)
	now := time.Unix(1_700_000_000, 0)
	login := func(c *core.Core, account string) (ok bool) {
		now = now.Add(time.Second)
		c.Step(now, core.Login{
			Peer:  core.NewNamedPeer(mute{}, core.PeerID{Node: 2, Socket: uint64(now.Unix())}),
			Login: wire.Login{AppID: app, Account: account}, Done: func(o bool) { ok = o },
		})
		return ok
	}
	require.True(t, login(c, "alice"))
	thawed, _, err := core.Thaw(thawConfig(1), 0, c.Freeze(nil), toMute)
	require.NoError(t, err)
	assert.False(t, login(thawed, "bob"))
	thawed.Step(now, core.Takeover{})
	assert.True(t, login(thawed, "bob"))
}

// What was to come from the process before comes no more: its sockets are down, whoever waited for what he missed has to come
// again, and a call that its program was to answer has failed.
func TestTakeover(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
	far := elsewhere(w, a.core)
	a.ok(wire.FnJoin, "name", far)
	call := a.post(wire.FnExtCall, "package", "p", "func", "f")
	w.held = true
	n := w.socketFor("alice")
	n.id, n.core, n.line = a.id, a.core, a.line
	w.step(a.core, core.LineLogin{
		Peer: n.peer, Line: wire.LineLogin{Line: a.line, Resume: true, Channel: far}, Done: func(string) { t.Error("decided") },
	})
	for i := range w.cores {
		w.step(i, core.Takeover{})
	}
	w.deliver()
	assert.Empty(t, n.frames)
	assert.Zero(t, n.closed)
	b.nothing()
	assert.Zero(t, b.closed, "nobody is told: there is nobody to tell")
	assert.Equal(t, 2, w.sessions())

	again, ok := n.resume(wire.LineLogin{Resume: true, Channel: far})
	require.True(t, ok)
	again.postAs(call, wire.FnExtCall, "package", "p", "func", "f")
	assert.Equal(t, wire.GeneralEFailed, codeOf(again.answer(call)))
	w.step(again.core, core.ExtReturn{Session: w.extCall[0].Session, Request: w.extCall[0].Request, Ret: "late"})
	again.nothing()

	w.wait(wire.MaxConnTimeout * time.Second)
	assert.Equal(t, 1, w.sessions(), "bob did not come again")
}

// A client that has logged out and whose answer is under way is gone with its socket.
func TestTakeoverOfWhoLogsOut(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	w.held = true
	a.post(wire.FnJoin, "name", elsewhere(w, a.core))
	a.post(wire.FnExtCall, "package", "p", "func", "f")
	a.post(wire.FnLogout)
	w.step(a.core, core.Takeover{})
	assert.Zero(t, w.cores[a.core].Sessions())
	w.deliver()
}

// FuzzThaw reads anything as a Core that was written down, with a checksum that is right. What can be read is written again in
// the same way, and goes on without a panic.
func FuzzThaw(f *testing.F) {
	f.Add(core.New(thawConfig(1), 0).Freeze(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 4 {
			return
		}
		cfg := thawConfig(2)
		c, _, err := core.Thaw(cfg, 0, seal(b[:len(b)-4]), toMute)
		if err != nil {
			require.True(t, errors.Is(err, core.ErrDamaged) || errors.Is(err, core.ErrFormat), "%v", err)
			return
		}
		frozen := c.Freeze(nil)
		same, peers, err := core.Thaw(cfg, 0, frozen, toMute)
		require.NoError(t, err)
		require.Equal(t, frozen, same.Freeze(nil))
		for _, c := range []*core.Core{c, same} {
			goOn(t, c)
		}
		for i, p := range peers {
			if i%2 == 0 {
				same.Step(time.Unix(1_800_000_000, 0), core.Down{Peer: p})
			}
		}
		c.Step(time.Unix(1_800_000_000, 0), core.Takeover{})
		for _, c := range []*core.Core{c, same} {
			for d := time.Second; d < 60*24*time.Hour; d *= 2 {
				c.Tick(time.Unix(1_800_000_000, 0).Add(d))
			}
		}
	})
}

// goOn lets what usually happens happen to a Core of a storm.
func goOn(t *testing.T, c *core.Core) {
	t.Helper()
	now := time.Unix(1_700_000_000, 0)
	if at, ok := c.Next(); ok {
		now = at
	}
	for n := range uint64(40) {
		now = now.Add(time.Second)
		p := core.NewNamedPeer(mute{}, core.PeerID{Node: 9, Socket: n})
		l := wire.LineLogin{Line: fmt.Sprintf("id%d.0", n), Resume: true, Channel: "room", MsgID: n}
		c.Step(now, core.LineLogin{Peer: p, Line: l, Done: func(string) {}})
		for i, fn := range functions[1:] { // all but logging out
			frame := fmt.Sprintf(`["call2",[%q,%d,{"line":%q,"name":"room","channel":"room","channelName":"c1","peer":"user0","account":"user1",`+
				`"flag":"v1:E:60","t":"instant","content":"x","msg":"x","value":"1","messageID":"k","extra":"","package":"p","func":"f"}]]`, fn, i, l.Line)
			parsed, err := wire.ParseClientFrame([]byte(frame))
			require.NoError(t, err)
			c.Step(now, core.Call{Peer: p, Frame: parsed})
		}
		for op := core.OpSend; op <= core.OpWatch; op++ {
			m := core.Message{
				To: core.Address{App: app, Name: "user0", Session: n}, From: core.Origin{Session: n, Request: n, Account: "user1", Core: 1}, Op: op,
				Channel: "c1", Call: "call1", Flag: "v1:E:60", Name: "a", Value: "1", Join: n, Account: "user1", Fn: wire.FnQueryList, Num: n,
			}
			for _, m.To.Target = range []core.Target{core.ToAccount, core.ToChannel, core.ToSession, core.ToCore} {
				if m.To.Target == core.ToChannel {
					m.To.Name = "room"
				}
				in := c.NewMessage()
				if core.ParseMessage(core.AppendMessage(nil, &m), in) == nil {
					c.Step(now, in)
				}
			}
		}
	}
}
