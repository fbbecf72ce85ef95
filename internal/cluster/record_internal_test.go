package cluster

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestRecord(t *testing.T) {
	t.Parallel()
	for _, rec := range []record{
		{node: 7, now: 1_800_000_000_000_000_001, body: []byte("body")},
		{claim: true, node: 1<<64 - 1, now: -1, seed: [seedSize]byte{1, 2, 31: 3}, body: []byte{}},
		{more: true, node: 1, body: []byte("x")},
		{part: true, more: true, node: 1, body: []byte("y")},
	} {
		b := rec.append(nil)
		follow(b, 12345)
		got, err := parseRecord(b)
		require.NoError(t, err)
		rec.after = 12345
		assert.Equal(t, rec, got)
		assert.Equal(t, rec.now, got.time().UnixNano())
	}
}

func TestDamagedRecord(t *testing.T) {
	t.Parallel()
	whole := (&record{claim: true, body: []byte("body")}).append(nil)
	other := bytes.Clone(whole)
	other[0] = 9
	for name, b := range map[string][]byte{
		"nothing": nil, "half a head": whole[:recordHead-1], "half a seed": whole[:recordHead+seedSize-1], "another format": other,
	} {
		_, err := parseRecord(b)
		assert.ErrorIs(t, err, errRecord, name)
	}
	for _, b := range [][]byte{nil, {5, 'x'}, bytes.Repeat([]byte{0xff}, 11)} {
		_, _, err := cutItem(b)
		assert.ErrorIs(t, err, errRecord)
	}
}

func TestReaderReadsZerosBehindDamage(t *testing.T) {
	t.Parallel()
	for _, b := range [][]byte{nil, {0x80}, {200, 1, 'x'}} {
		in := reader{b: b}
		assert.Zero(t, in.count())
		assert.Nil(t, in.item())
		assert.Zero(t, in.uint())
		assert.True(t, in.bad)
	}
	in := reader{b: []byte{100, 'x'}}
	assert.Nil(t, in.item())
	assert.True(t, in.bad)
}

func TestStampHasNoMonotonicReading(t *testing.T) {
	t.Parallel()
	now := time.Now()
	assert.Equal(t, time.Unix(0, now.UnixNano()).UTC(), stamp(now))
}

// Whatever is in a record, whoever reads it says what is wrong, or goes on.
func FuzzRecord(f *testing.F) {
	f.Add((&record{claim: true, body: appendItem(nil, (&core.Entry{Kind: core.EntryTakeover}).Append(nil))}).append(nil))
	f.Add((&record{more: true, body: []byte{200}}).append(nil))
	f.Add((&record{body: appendItem(nil, (&core.Entry{
		Kind: core.EntryLogin, Peer: core.PeerID{Node: 1, Socket: 1}, Login: wire.Login{AppID: "app", Account: "alice"},
	}).Append(nil))}).append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := parseRecord(b)
		if err != nil {
			assert.ErrorIs(t, err, errRecord)
			return
		}
		assert.Equal(t, b[recordHead:], rec.append(nil)[recordHead:])
		r := newReplica(0, core.Config{Cores: 2, Log: slog.New(slog.DiscardHandler)})
		r.live = true
		if err := r.apply(&rec); err != nil {
			assert.ErrorIs(t, err, errRecord)
		}
	})
}
