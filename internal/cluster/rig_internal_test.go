package cluster

import (
	"bytes"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server/backend"
)

// A rig is some nodes and what they share, in a time that passes when a test says so. Nothing gets lost by itself.
type rig struct {
	t        *testing.T
	now      time.Time
	nodes    []*machine
	journals []journal
	shots    []snapshot
	sent     []published
	append   func(p int) error // what comes of it, with nothing appended; nil: all is well
	deaf     bool              // nothing that is published arrives
}

type journal struct {
	pos     []uint64
	ids     []string
	records [][]byte
}

type snapshot struct {
	pos  uint64
	data []byte
}

type published struct {
	subject string
	data    []byte
}

// A machine is a node of a rig.
type machine struct {
	*Node
	rig     *rig
	woken   []bool
	until   []time.Time
	flushes bool
	stopped bool
	away    bool // Reachable says so
}

func newRig(t *testing.T, partitions, nodes int) *rig {
	r := &rig{t: t, now: time.Unix(1_800_000_000, 0), journals: make([]journal, partitions), shots: make([]snapshot, partitions)}
	for range nodes {
		r.begin(func(*Config) {})
	}
	return r
}

// begin adds a node.
func (r *rig) begin(change func(*Config)) *machine {
	parts := len(r.journals)
	m := &machine{rig: r, woken: make([]bool, parts), until: make([]time.Time, parts)}
	cfg := Config{
		ID: uint64(len(r.nodes) + 1), Core: core.Config{Cores: parts, Log: slog.New(slog.DiscardHandler)},
		Addresses: []string{string(rune('a' + len(r.nodes)))}, MaxRecord: 256 << 10, MaxPiece: 256 << 10,
	}
	change(&cfg)
	m.Node = New(cfg, m)
	r.nodes = append(r.nodes, m)
	return m
}

func (m *machine) Now() time.Time                      { return m.rig.now }
func (m *machine) Publish(subject string, data []byte) { m.rig.publish(subject, data) }
func (m *machine) Reachable() bool                     { return !m.away }
func (m *machine) Wake(p int)                          { m.woken[p] = true }
func (m *machine) Flush()                              { m.flushes = true }
func (m *machine) Seed() [32]byte                      { return [32]byte{byte(m.cfg.ID)} }

func (r *rig) publish(subject string, data []byte) {
	if !r.deaf {
		r.sent = append(r.sent, published{subject, bytes.Clone(data)})
	}
}

// pass lets time pass.
func (r *rig) pass(d time.Duration) {
	const step = 100 * time.Millisecond
	for end := r.now.Add(d); r.now.Before(end); {
		r.now = r.now.Add(step)
		for _, m := range r.nodes {
			if m.stopped {
				continue
			}
			m.Tick()
			for p, at := range m.until {
				if !at.IsZero() && !at.After(r.now) {
					m.woken[p] = true
				}
			}
		}
		r.settle()
	}
}

// settle lets happen what does not wait for time.
func (r *rig) settle() {
	for again := true; again; {
		again = false
		for _, m := range r.nodes {
			if m.stopped {
				continue
			}
			if m.flushes {
				m.flushes, again = false, true
				m.Node.Flush()
			}
			for p, woken := range m.woken {
				if woken {
					m.woken[p], again = false, true
					m.turn(p)
				}
			}
		}
		for _, msg := range r.take() {
			again = true
			for _, m := range r.nodes {
				switch {
				case m.stopped:
				case msg.subject == SubjectBeats:
					m.HearBeat(msg.data)
				case msg.subject == SubjectOf(m.ID()):
					m.HearPiece(msg.data)
				}
			}
		}
	}
}

func (r *rig) take() []published {
	sent := r.sent
	r.sent = nil
	return sent
}

func (m *machine) turn(p int) {
	for range 1000 {
		a := m.Turn(p)
		j, shot := &m.rig.journals[p], &m.rig.shots[p]
		switch a.Do() {
		case Wait:
			m.until[p] = a.Until()
			return
		case Recover:
			err := a.Restore(shot.data, shot.pos)
			for i := 0; i < len(j.pos) && err == nil; i++ {
				if j.pos[i] > a.Position() {
					err = a.Replay(j.pos[i], bytes.Clone(j.records[i]))
				}
			}
			a.Recovered(err)
		case Append:
			a.Appended(m.rig.put(p, &a))
		case Save, Release:
			pos, data := a.Snapshot()
			*shot = snapshot{pos, data}
			a.Saved(nil)
		}
	}
	require.Fail(m.rig.t, "a partition comes to no end")
}

func (r *rig) put(p int, a *Action) (uint64, error) {
	j := &r.journals[p]
	after, id, record := a.Record()
	if i := slices.Index(j.ids, id); i >= 0 {
		return j.pos[i], nil
	}
	newest := uint64(0)
	if len(j.pos) > 0 {
		newest = j.pos[len(j.pos)-1]
	}
	if newest != after {
		return 0, backend.ErrFenced
	}
	if r.append != nil {
		if err := r.append(p); err != nil {
			return 0, err
		}
	}
	j.pos, j.ids, j.records = append(j.pos, newest+1), append(j.ids, id), append(j.records, bytes.Clone(record))
	return newest + 1, nil
}

// owner returns the node that owns a partition.
func (r *rig) owner(p int) *machine {
	r.t.Helper()
	for _, m := range r.nodes {
		if _, ok := m.slots[p].owner(); ok && !m.stopped {
			return m
		}
	}
	require.Fail(r.t, "nobody owns", "partition %d", p)
	return nil
}

// A phone is a socket with whoever talks by it.
type phone struct {
	*Client
	rig    *rig
	line   string
	calls  int64
	frames []string
	in     string
	closed int
	cut    bool
	told   bool
}

func (k *phone) Send(frame []byte) {
	k.frames = append(k.frames, string(frame))
	if f, err := wire.ParseServerFrame(bytes.Clone(frame)); err == nil && f.Event == wire.EventLoginRet {
		k.line = f.Ret.Get("line").Text()
	}
}
func (k *phone) Close(code int)         { k.closed = code }
func (k *phone) Flush()                 {}
func (k *phone) Decided(account string) { k.in, k.told = account, true }
func (k *phone) Cut()                   { k.cut = true }

const testApp = "app"

// dial logs in at a node, and waits.
func (r *rig) dial(m *machine, account string) *phone {
	r.t.Helper()
	k := &phone{rig: r}
	k.Client = m.Login(k, wire.Login{AppID: testApp, Account: account, Device: wire.DeviceGo}, false, false)
	r.settle()
	require.Equal(r.t, account, k.in)
	return k
}

// ask makes a call, and returns what was heard when nothing more happens.
func (k *phone) ask(fn string, args ...string) []string {
	k.calls++
	k.frames = nil
	k.Call(k.text(k.calls, fn, args...))
	k.rig.settle()
	return k.frames
}

func (k *phone) text(n int64, fn string, args ...string) []byte {
	var o wire.Object
	o.Str("line", k.line)
	for i := 0; i < len(args); i += 2 {
		o.Str(args[i], args[i+1])
	}
	return wire.AppendCall(nil, fn, n, o.Bytes())
}

// held returns what waits in a slot, and how many sockets were refused a call.
func (s *slot) held() (items, size, refused int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue), s.bytes, len(s.refused)
}
