package backendtest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server/backend"
)

func backendTests() []test {
	return []test{
		{"Partitions", testPartitions},
		{"Closed", testClosed},
		{"ClosedMeanwhile", testClosedMeanwhile},
		{"DataStays", testDataStays},
	}
}

func testPartitions(t *testing.T, node func() backend.Backend) {
	for range 3 {
		b := node()
		assert.Equal(t, Partitions, b.Partitions())
		assert.NoError(t, b.Err())
	}
}

func testClosed(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	l := listen(t, a, "s")
	hears(t, b, "s", "one", l)
	require.NoError(t, a.Close())
	require.NoError(t, a.Close())
	before := l.messages()
	closed(t, a)
	require.ErrorIs(t, a.Err(), backend.ErrClosed)
	l.stop()

	other := listen(t, b, "s")
	hears(t, b, "s", "two", other)
	assert.Equal(t, before, l.messages())
	appendSome(t, b, 0, 0, 3)
}

func closed(t *testing.T, b backend.Backend) {
	t.Helper()
	_, err := b.Append(t.Context(), 0, 0, "id", nil)
	require.ErrorIs(t, err, backend.ErrClosed)
	require.ErrorIs(t, b.Read(t.Context(), 0, 0, func(uint64, []byte) error { return nil }), backend.ErrClosed)
	require.ErrorIs(t, b.Trim(t.Context(), 0, 1), backend.ErrClosed)
	require.ErrorIs(t, b.Save(t.Context(), 0, 1, nil), backend.ErrClosed)
	_, _, err = b.Load(t.Context(), 0)
	require.ErrorIs(t, err, backend.ErrClosed)
	require.ErrorIs(t, b.Publish("s", nil), backend.ErrClosed)
	_, err = b.Subscribe("s", func([]byte) {})
	require.ErrorIs(t, err, backend.ErrClosed)
}

// testClosedMeanwhile closes while all is used. Calls succeed, or fail with ErrClosed.
func testClosedMeanwhile(t *testing.T, node func() backend.Backend) {
	b := node()
	began := make(chan struct{}, Partitions)
	var wg sync.WaitGroup
	for p := range Partitions {
		wg.Go(func() {
			var after uint64
			for i := 0; ; i++ {
				pos, err := b.Append(t.Context(), p, after, fmt.Sprint(i), []byte("x"))
				if err == nil {
					after = pos
					err = b.Read(t.Context(), p, 0, func(uint64, []byte) error { return nil })
				}
				if err == nil {
					err = b.Publish("s", []byte("x"))
				}
				if err == nil && i%10 == 0 {
					err = b.Save(t.Context(), p, after, []byte("x"))
				}
				if i == 3 {
					began <- struct{}{}
				}
				if err != nil {
					assert.ErrorIs(t, err, backend.ErrClosed)
					return
				}
			}
		})
	}
	stop, err := b.Subscribe("s", func([]byte) {})
	require.NoError(t, err)
	for range Partitions {
		<-began
	}
	require.NoError(t, b.Close())
	wg.Wait()
	stop()
}

func testDataStays(t *testing.T, node func() backend.Backend) {
	a := node()
	want := appendSome(t, a, 4, 0, 5)
	require.NoError(t, a.Save(t.Context(), 4, want[1].pos, []byte("state")))
	require.NoError(t, a.Close())
	b := node()
	records, err := read(t.Context(), b, 4, 0)
	require.NoError(t, err)
	assert.Equal(t, want, records)
	snapshot, pos, err := b.Load(t.Context(), 4)
	require.NoError(t, err)
	assert.Equal(t, "state", string(snapshot))
	assert.Equal(t, want[1].pos, pos)
	_, err = b.Append(t.Context(), 4, 0, "late", nil)
	assert.ErrorIs(t, err, backend.ErrFenced)
}
