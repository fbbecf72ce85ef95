package backendtest

import (
	"bytes"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server/backend"
)

func snapshotTests() []test {
	return []test{
		{"None", testNone},
		{"Replaced", testReplaced},
		{"OlderChangesNothing", testOlder},
		{"Large", testLarge},
		{"Whole", testWhole},
		{"TwoSavers", testTwoSavers},
		{"Independent", testSnapshotsIndependent},
		{"WithJournal", testWithJournal},
	}
}

func testNone(t *testing.T, node func() backend.Backend) {
	snapshot, pos, err := node().Load(t.Context(), 0)
	require.NoError(t, err)
	assert.Nil(t, snapshot)
	assert.Zero(t, pos)
}

func testReplaced(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	for pos := uint64(1); pos < 20; pos += 3 {
		data := bytesOf(int(pos*100), pos)
		require.NoError(t, a.Save(t.Context(), 1, pos, data))
		snapshot, at, err := b.Load(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, pos, at)
		require.Equal(t, data, snapshot)
		clear(data)
		clear(snapshot)
		a, b = b, a
	}
	require.NoError(t, a.Save(t.Context(), 1, 100, nil))
	snapshot, pos, err := b.Load(t.Context(), 1)
	require.NoError(t, err)
	assert.Empty(t, snapshot)
	assert.NotNil(t, snapshot, "an empty one is not none")
	assert.Equal(t, uint64(100), pos)
}

func testOlder(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	require.NoError(t, a.Save(t.Context(), 0, 10, []byte("ten")))
	require.NoError(t, b.Save(t.Context(), 0, 9, []byte("nine")))
	require.NoError(t, a.Save(t.Context(), 0, 0, []byte("zero")))
	snapshot, pos, err := b.Load(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, "ten", string(snapshot))
	assert.Equal(t, uint64(10), pos)
}

func testLarge(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	for pos, n := range []int{a.MaxRecord(), a.MaxRecord() + 1, 10 << 20, 8} {
		data := bytesOf(n, uint64(pos))
		require.NoError(t, a.Save(t.Context(), 0, uint64(pos), data))
		snapshot, at, err := b.Load(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, uint64(pos), at)
		require.True(t, bytes.Equal(data, snapshot), "not what was saved")
	}
}

// stamped returns a snapshot that says in each part where it belongs to. size is a multiple of 8.
func stamped(pos uint64, size int) []byte {
	return bytes.Repeat(binary.LittleEndian.AppendUint64(nil, pos), size/8)
}

// whole checks that a snapshot is one that was stamped for this position.
func whole(t *testing.T, snapshot []byte, pos uint64) {
	t.Helper()
	assert.True(t, bytes.Equal(stamped(pos, len(snapshot)), snapshot), "not the snapshot of position %d", pos)
}

// testWhole loads while others are saved, and gets one or the other, never one before that.
func testWhole(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	size := a.MaxRecord()/8*20 + 8
	done := make(chan struct{})
	require.NoError(t, a.Save(t.Context(), 0, 1, stamped(1, size)))
	go func() {
		defer close(done)
		for pos := uint64(2); pos <= 8; pos++ {
			assert.NoError(t, a.Save(t.Context(), 0, pos, stamped(pos, size)))
		}
	}()
	var last uint64
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		snapshot, pos, err := b.Load(t.Context(), 0)
		require.NoError(t, err)
		require.GreaterOrEqual(t, pos, last)
		whole(t, snapshot, pos)
		last = pos
	}
	assert.Equal(t, uint64(8), last)
}

// testTwoSavers: however they come in each other's way, the newest is what is kept in the end.
func testTwoSavers(t *testing.T, node func() backend.Backend) {
	nodes := []backend.Backend{node(), node()}
	size := nodes[0].MaxRecord() / 8 * 12
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			b := nodes[i%2]
			for pos := uint64(1 + i); pos <= 9; pos += 3 {
				assert.NoError(t, b.Save(t.Context(), 0, pos, stamped(pos, size)))
				snapshot, at, err := b.Load(t.Context(), 0)
				assert.NoError(t, err)
				assert.GreaterOrEqual(t, at, pos)
				whole(t, snapshot, at)
			}
		})
	}
	wg.Wait()
	snapshot, pos, err := nodes[0].Load(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, uint64(9), pos)
	whole(t, snapshot, pos)
}

func testSnapshotsIndependent(t *testing.T, node func() backend.Backend) {
	b := node()
	var wg sync.WaitGroup
	for p := range Partitions {
		wg.Go(func() { assert.NoError(t, b.Save(t.Context(), p, uint64(10+p), bytesOf(1000+p, uint64(p)))) })
	}
	wg.Wait()
	for p := range Partitions {
		snapshot, pos, err := b.Load(t.Context(), p)
		require.NoError(t, err)
		assert.Equal(t, uint64(10+p), pos)
		assert.Equal(t, bytesOf(1000+p, uint64(p)), snapshot)
	}
}

// testWithJournal is what both are for: the newest state is the snapshot, and the records behind it.
func testWithJournal(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	records := appendSome(t, a, 0, 0, 10)
	_, before, err := b.Load(t.Context(), 0)
	require.NoError(t, err)
	require.NoError(t, a.Save(t.Context(), 0, records[6].pos, []byte("state")))
	require.NoError(t, a.Trim(t.Context(), 0, records[6].pos))
	_, err = read(t.Context(), b, 0, before)
	require.ErrorIs(t, err, backend.ErrTrimmed, "who loaded before is told")
	_, pos, err := b.Load(t.Context(), 0)
	require.NoError(t, err)
	behind, err := read(t.Context(), b, 0, pos)
	require.NoError(t, err)
	assert.Equal(t, records[7:], behind)
}
