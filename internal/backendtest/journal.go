package backendtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server/backend"
)

func journalTests() []test {
	return []test{
		{"Empty", testEmpty},
		{"Order", testOrder},
		{"ReadFromAnywhere", testReadFromAnywhere},
		{"OtherNodeReads", testOtherNodeReads},
		{"Fenced", testFenced},
		{"Race", testRace},
		{"Again", testAgain},
		{"AgainAtOnce", testAgainAtOnce},
		{"SameIDElsewhere", testSameIDElsewhere},
		{"Trim", testTrim},
		{"TrimmedIsForgotten", testTrimmedIsForgotten},
		{"TrimWhileRead", testTrimWhileRead},
		{"ReadWhileAppended", testReadWhileAppended},
		{"ErrorOfF", testErrorOfF},
		{"BytesAreAppends", testBytesAreAppends},
		{"Sizes", testSizes},
		{"Many", testMany},
		{"PartitionsAreIndependent", testIndependent},
		{"BadArguments", testBadArguments},
	}
}

func testEmpty(t *testing.T, node func() backend.Backend) {
	b := node()
	records, err := read(t.Context(), b, 0, 0)
	require.NoError(t, err)
	assert.Empty(t, records)
	require.NoError(t, b.Trim(t.Context(), 0, 0))
	require.NoError(t, b.Trim(t.Context(), 0, 100))
	first := appendSome(t, b, 0, 0, 1)
	assert.Positive(t, first[0].pos)
}

func testOrder(t *testing.T, node func() backend.Backend) {
	b := node()
	want := appendSome(t, b, 3, 0, 50)
	records, err := read(t.Context(), b, 3, 0)
	require.NoError(t, err)
	assert.Equal(t, want, records)
}

func testReadFromAnywhere(t *testing.T, node func() backend.Backend) {
	b := node()
	want := appendSome(t, b, 0, 0, 24)
	appendSome(t, b, 1, 0, 3)
	for i, r := range want {
		records, err := read(t.Context(), b, 0, r.pos)
		require.NoError(t, err)
		require.Len(t, records, len(want)-i-1)
		if len(records) > 0 {
			require.Equal(t, want[i+1:], records)
		}
	}
}

func testOtherNodeReads(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	want := appendSome(t, a, 0, 0, 3)
	for range 20 {
		records, err := read(t.Context(), b, 0, 0)
		require.NoError(t, err)
		require.Equal(t, want, records, "what is appended is there, for all nodes, as soon as Append returns")
		want = append(want, appendSome(t, b, 0, want[len(want)-1].pos, 1)...)
		a, b = b, a
	}
}

func testFenced(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	want := appendSome(t, a, 0, 0, 2)
	for _, after := range []uint64{0, want[0].pos} {
		pos, err := b.Append(t.Context(), 0, after, "other", []byte("x"))
		require.ErrorIs(t, err, backend.ErrFenced)
		assert.Zero(t, pos)
	}
	records, err := read(t.Context(), a, 0, 0)
	require.NoError(t, err)
	assert.Equal(t, want, records, "nothing was appended")
}

// testRace has eight appenders on two nodes contend for each position. Who is fenced reads and tries again.
func testRace(t *testing.T, node func() backend.Backend) {
	const appenders, each = 8, 25
	nodes := []backend.Backend{node(), node()}
	var mu sync.Mutex
	won := make(map[uint64]string) // by position, what is there
	var wg sync.WaitGroup
	for i := range appenders {
		wg.Go(func() {
			b, after := nodes[i%2], uint64(0)
			for n := 0; n < each; {
				id := fmt.Sprintf("r.%d-%d", i, n)
				pos, err := b.Append(t.Context(), 2, after, id, []byte(id))
				switch {
				case err == nil:
					mu.Lock()
					assert.Empty(t, won[pos], "two records at one position")
					won[pos] = id
					mu.Unlock()
					after, n = pos, n+1
				case errors.Is(err, backend.ErrFenced):
					records, err := read(t.Context(), b, 2, after)
					if !assert.NoError(t, err) || !assert.NotEmpty(t, records, "fenced by nothing") {
						return
					}
					after = records[len(records)-1].pos
				default:
					assert.NoError(t, err)
					return
				}
			}
		})
	}
	wg.Wait()
	records, err := read(t.Context(), nodes[0], 2, 0)
	require.NoError(t, err)
	require.Len(t, records, appenders*each)
	for _, r := range records {
		assert.Equal(t, won[r.pos], r.data)
	}
}

func testAgain(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	one := appendSome(t, a, 0, 0, 1)[0]
	again := func(b backend.Backend) {
		t.Helper()
		pos, err := b.Append(t.Context(), 0, 0, "id-0", []byte(one.data))
		require.NoError(t, err)
		require.Equal(t, one.pos, pos)
	}
	again(a)
	again(b)
	more := appendSome(t, b, 0, one.pos, 5)
	again(a)
	again(b)
	pos, err := a.Append(t.Context(), 0, more[1].pos, fmt.Sprintf("id-%d", more[1].pos), []byte(more[2].data))
	require.NoError(t, err)
	assert.Equal(t, more[2].pos, pos)
	records, err := read(t.Context(), b, 0, 0)
	require.NoError(t, err)
	assert.Equal(t, append([]record{one}, more...), records)
}

// testAgainAtOnce has the same appends made by many at one time, who do not know of each other.
func testAgainAtOnce(t *testing.T, node func() backend.Backend) {
	nodes := []backend.Backend{node(), node()}
	var after uint64
	for i := range 20 {
		id := fmt.Sprintf("same_%d", i)
		var positions [6]uint64
		var wg sync.WaitGroup
		for n := range positions {
			wg.Go(func() {
				pos, err := nodes[n%2].Append(t.Context(), 0, after, id, []byte(id))
				assert.NoError(t, err)
				positions[n] = pos
			})
		}
		wg.Wait()
		for _, pos := range positions {
			require.Equal(t, positions[0], pos)
		}
		after = positions[0]
	}
	records, err := read(t.Context(), nodes[0], 0, 0)
	require.NoError(t, err)
	assert.Len(t, records, 20)
}

// testSameIDElsewhere: an id that is not right behind after does not count.
func testSameIDElsewhere(t *testing.T, node func() backend.Backend) {
	b := node()
	first, err := b.Append(t.Context(), 0, 0, "x", []byte("1"))
	require.NoError(t, err)
	second, err := b.Append(t.Context(), 0, first, "x", []byte("2"))
	require.NoError(t, err)
	assert.Greater(t, second, first)
	_, err = b.Append(t.Context(), 1, 0, "x", []byte("3"))
	require.NoError(t, err)
	records, err := read(t.Context(), b, 0, 0)
	require.NoError(t, err)
	assert.Equal(t, []record{{first, "1"}, {second, "2"}}, records)
}

func testTrim(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	want := appendSome(t, a, 0, 0, 10)
	other := appendSome(t, a, 1, 0, 3)
	require.NoError(t, b.Trim(t.Context(), 0, want[4].pos))
	for i, r := range want {
		records, err := read(t.Context(), a, 0, r.pos)
		if i < 3 { // the record behind it is trimmed
			require.ErrorIs(t, err, backend.ErrTrimmed)
			require.Empty(t, records)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want[i+1:], append([]record{}, records...))
	}
	_, err := read(t.Context(), b, 0, 0)
	require.ErrorIs(t, err, backend.ErrTrimmed)
	require.NoError(t, a.Trim(t.Context(), 0, want[2].pos), "trimmed already")

	last := want[9].pos
	require.NoError(t, a.Trim(t.Context(), 0, last+100))
	_, err = a.Append(t.Context(), 0, 0, "zero", nil)
	require.ErrorIs(t, err, backend.ErrFenced, "the last record stays")
	records, err := read(t.Context(), b, 0, want[8].pos)
	require.NoError(t, err)
	assert.Equal(t, want[9:], records)
	more := appendSome(t, b, 0, last, 3)
	records, err = read(t.Context(), a, 0, last)
	require.NoError(t, err)
	assert.Equal(t, more, records)

	records, err = read(t.Context(), a, 1, 0)
	require.NoError(t, err)
	assert.Equal(t, other, records, "another partition is not concerned")
}

func testTrimmedIsForgotten(t *testing.T, node func() backend.Backend) {
	b := node()
	want := appendSome(t, b, 0, 0, 3)
	require.NoError(t, b.Trim(t.Context(), 0, want[2].pos))
	_, err := b.Append(t.Context(), 0, 0, "id-0", []byte(want[0].data))
	require.ErrorIs(t, err, backend.ErrFenced)
	pos, err := b.Append(t.Context(), 0, want[1].pos, fmt.Sprintf("id-%d", want[1].pos), []byte(want[2].data))
	require.NoError(t, err, "the last one is not")
	assert.Equal(t, want[2].pos, pos)
}

// testTrimWhileRead trims what is being read. None may be left out in silence.
func testTrimWhileRead(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	want := appendSome(t, a, 0, 0, 100)
	var got []record
	err := b.Read(t.Context(), 0, 0, func(pos uint64, data []byte) error {
		got = append(got, record{pos, string(data)})
		if len(got) == 5 {
			return a.Trim(t.Context(), 0, want[80].pos)
		}
		return nil
	})
	if err != nil {
		require.ErrorIs(t, err, backend.ErrTrimmed)
	} else {
		require.Len(t, got, len(want))
	}
	assert.Equal(t, want[:len(got)], got)
}

func testReadWhileAppended(t *testing.T, node func() backend.Backend) {
	const records = 200
	a, b := node(), node()
	var reached atomic.Uint64 // position that was appended last
	done := make(chan struct{})
	go func() {
		defer close(done)
		var after uint64
		for i := range records {
			pos, err := a.Append(t.Context(), 5, after, fmt.Sprint(i), []byte(fmt.Sprint(i)))
			if !assert.NoError(t, err) {
				return
			}
			after = pos
			reached.Store(pos)
		}
	}()
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		last, n := reached.Load(), 0
		var got uint64
		err := b.Read(t.Context(), 5, 0, func(pos uint64, data []byte) error {
			if pos <= got || string(data) != fmt.Sprint(n) {
				return fmt.Errorf("record %q at %d, want %d behind %d", data, pos, n, got)
			}
			got, n = pos, n+1
			return nil
		})
		require.NoError(t, err)
		require.GreaterOrEqual(t, got, last)
		if ended {
			assert.Equal(t, records, n)
		}
	}
}

func testErrorOfF(t *testing.T, node func() backend.Backend) {
	b := node()
	want := appendSome(t, b, 0, 0, 60)
	for _, stop := range []int{1, 2, 40, 60} {
		wrong := fmt.Errorf("wrong: %w", backend.ErrUnavailable)
		n := 0
		err := b.Read(t.Context(), 0, 0, func(uint64, []byte) error {
			if n++; n == stop {
				return wrong
			}
			return nil
		})
		require.Equal(t, wrong, err)
		require.Equal(t, stop, n)
	}
	records, err := read(t.Context(), b, 0, 0)
	require.NoError(t, err)
	assert.Equal(t, want, records)
}

// testBytesAreAppends: who appended may use the bytes again, and who read them may write to them.
func testBytesAreAppends(t *testing.T, node func() backend.Backend) {
	b := node()
	data := []byte("before")
	_, err := b.Append(t.Context(), 0, 0, "a", data)
	require.NoError(t, err)
	copy(data, "after!")
	require.NoError(t, b.Read(t.Context(), 0, 0, func(_ uint64, data []byte) error {
		clear(data)
		return nil
	}))
	records, err := read(t.Context(), b, 0, 0)
	require.NoError(t, err)
	require.Len(t, records, 1)
	assert.Equal(t, "before", records[0].data)
}

func testSizes(t *testing.T, node func() backend.Backend) {
	b := node()
	most := b.MaxRecord()
	require.GreaterOrEqual(t, most, 256<<10)
	var after uint64
	var want []record
	for i, n := range []int{0, 1, 4096, 256 << 10, most - 1, most, 0} {
		data := bytesOf(n, uint64(i))
		pos, err := b.Append(t.Context(), 0, after, fmt.Sprint(i), data)
		require.NoError(t, err, "%d bytes", n)
		after = pos
		want = append(want, record{pos, string(data)})
	}
	for range 18 { // so many that they are read another way, perhaps
		data := bytesOf(most, after)
		pos, err := b.Append(t.Context(), 0, after, "large", data)
		require.NoError(t, err)
		after = pos
		want = append(want, record{pos, string(data)})
	}
	_, err := b.Append(t.Context(), 0, after, "too-large", make([]byte, most+1))
	require.ErrorIs(t, err, backend.ErrTooLarge)
	records, err := read(t.Context(), b, 0, 0)
	require.NoError(t, err)
	assert.True(t, assert.ObjectsAreEqual(want, records), "not what was appended")
}

func testMany(t *testing.T, node func() backend.Backend) {
	b := node()
	want := appendSome(t, b, 0, 0, 1500)
	records, err := read(t.Context(), b, 0, 0)
	require.NoError(t, err)
	require.Equal(t, want, records)
	records, err = read(t.Context(), b, 0, want[700].pos)
	require.NoError(t, err)
	require.Equal(t, want[701:], records)
}

func testIndependent(t *testing.T, node func() backend.Backend) {
	nodes := []backend.Backend{node(), node()}
	var want [Partitions][]record
	var wg sync.WaitGroup
	for p := range want {
		wg.Go(func() {
			b, after := nodes[p%2], uint64(0)
			for i := range 30 {
				data := fmt.Sprintf("%d.%d", p, i)
				pos, err := b.Append(t.Context(), p, after, "one-id-for-all", []byte(data))
				if !assert.NoError(t, err) {
					return
				}
				after = pos
				want[p] = append(want[p], record{pos, data})
			}
		})
	}
	wg.Wait()
	for p := range want {
		records, err := read(t.Context(), nodes[(p+1)%2], p, 0)
		require.NoError(t, err)
		require.Equal(t, want[p], records)
	}
}

func testBadArguments(t *testing.T, node func() backend.Backend) {
	b := node()
	for _, id := range []string{"", "a b", "ä", "a\n", "a/b", "*", strings.Repeat("x", 129)} {
		_, err := b.Append(t.Context(), 0, 0, id, nil)
		require.Error(t, err, "id %q", id)
	}
	_, err := b.Append(t.Context(), 0, 0, "AZaz09-_."+strings.Repeat("x", 119), nil)
	require.NoError(t, err)
	for _, p := range []int{-1, Partitions, 1 << 30} {
		_, err := b.Append(t.Context(), p, 0, "id", nil)
		require.Error(t, err)
		require.Error(t, b.Read(t.Context(), p, 0, func(uint64, []byte) error { return nil }))
		require.Error(t, b.Trim(t.Context(), p, 0))
		require.Error(t, b.Save(t.Context(), p, 0, nil))
		_, _, err = b.Load(t.Context(), p)
		require.Error(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Append(ctx, 1, 0, "id", nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, b.Read(ctx, 1, 0, func(uint64, []byte) error { return nil }), context.Canceled)
	require.ErrorIs(t, b.Trim(ctx, 1, 0), context.Canceled)
	require.ErrorIs(t, b.Save(ctx, 1, 0, nil), context.Canceled)
	_, _, err = b.Load(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	appendSome(t, b, 2, 0, 40)
	err = b.Read(ctx, 2, 0, func(uint64, []byte) error {
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled, "cancelled in the middle")
}
