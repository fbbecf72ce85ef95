package backend_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/backendtest"
	"github.com/agora-signal-go/signal/server/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	backendtest.Run(t, func(*testing.T) func() backend.Backend {
		m := backend.NewMemory(backendtest.Partitions)
		return func() backend.Backend { return m.Node() }
	})
}

func TestMemoryCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := backend.NewMemory(1)
		a, b := m.Node(), m.Node()
		defer a.Close()
		defer b.Close()
		var got []string
		_, err := b.Subscribe("s", func(data []byte) { got = append(got, string(data)) })
		require.NoError(t, err)

		b.Cut(true)
		require.ErrorIs(t, b.Err(), backend.ErrUnavailable)
		_, err = b.Append(t.Context(), 0, 0, "id", nil)
		require.ErrorIs(t, err, backend.ErrUnavailable)
		require.ErrorIs(t, b.Read(t.Context(), 0, 0, nil), backend.ErrUnavailable)
		require.ErrorIs(t, b.Trim(t.Context(), 0, 0), backend.ErrUnavailable)
		require.ErrorIs(t, b.Save(t.Context(), 0, 0, nil), backend.ErrUnavailable)
		_, _, err = b.Load(t.Context(), 0)
		require.ErrorIs(t, err, backend.ErrUnavailable)
		require.ErrorIs(t, b.Publish("s", nil), backend.ErrUnavailable)
		require.NoError(t, a.Publish("s", []byte("lost")))
		_, err = a.Append(t.Context(), 0, 0, "id", nil)
		require.NoError(t, err, "the other one is not concerned")

		b.Cut(false)
		require.NoError(t, b.Err())
		require.NoError(t, a.Publish("s", []byte("there")))
		synctest.Wait()
		assert.Equal(t, []string{"there"}, got)
	})
}

func TestMemoryCutWhileRead(t *testing.T) {
	m := backend.NewMemory(1)
	a := m.Node()
	pos, err := a.Append(t.Context(), 0, 0, "1", nil)
	require.NoError(t, err)
	_, err = a.Append(t.Context(), 0, pos, "2", nil)
	require.NoError(t, err)
	n := 0
	err = a.Read(t.Context(), 0, 0, func(uint64, []byte) error {
		n++
		a.Cut(true)
		return nil
	})
	require.ErrorIs(t, err, backend.ErrUnavailable)
	assert.Equal(t, 1, n)
}

func TestMemoryDeaf(t *testing.T) {
	m := backend.NewMemory(1)
	a := m.Node()
	a.Deafen(true)
	_, err := a.Append(t.Context(), 0, 0, "id", []byte("x"))
	require.ErrorIs(t, err, backend.ErrUnavailable)
	require.ErrorIs(t, a.Save(t.Context(), 0, 7, nil), backend.ErrUnavailable)
	require.ErrorIs(t, a.Trim(t.Context(), 0, 1), backend.ErrUnavailable)
	a.Deafen(false)
	pos, err := a.Append(t.Context(), 0, 0, "id", []byte("x"))
	require.NoError(t, err, "it is there already")
	_, err = a.Append(t.Context(), 0, 0, "other", []byte("x"))
	require.ErrorIs(t, err, backend.ErrFenced)
	_, err = a.Append(t.Context(), 0, pos, "other", []byte("x"))
	require.NoError(t, err)
	_, saved, err := a.Load(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, uint64(7), saved)
}

func TestMemoryFull(t *testing.T) {
	m := backend.NewMemory(0)
	a := m.Node()
	require.Equal(t, 1, a.Partitions())
	require.True(t, a.Shared())
	m.Fill(true)
	_, err := a.Append(t.Context(), 0, 0, "id", nil)
	require.ErrorIs(t, err, backend.ErrFull)
	require.ErrorIs(t, a.Save(t.Context(), 0, 0, nil), backend.ErrFull)
	m.Fill(false)
	_, err = a.Append(t.Context(), 0, 0, "id", nil)
	require.NoError(t, err)
	require.NoError(t, a.Save(t.Context(), 0, 0, nil))
}

// TestMemoryLoses: a subscriber that does not keep up loses what is more than fits, and nobody waits for it.
func TestMemoryLoses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := backend.NewMemory(1).Node()
		defer a.Close()
		hold := make(chan struct{})
		n := 0
		_, err := a.Subscribe("s", func([]byte) {
			<-hold
			n++
		})
		require.NoError(t, err)
		for range 5000 {
			require.NoError(t, a.Publish("s", nil))
		}
		close(hold)
		synctest.Wait()
		assert.GreaterOrEqual(t, n, 1024)
		assert.Less(t, n, 5000)
	})
}
