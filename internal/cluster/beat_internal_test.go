package cluster

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var someBeat = beat{
	node: 1<<63 + 5, partitions: 8, draining: true, addresses: []string{"ws://a", ""}, shut: []string{"app"},
	owned: []ownership{{0, 17}, {7, 1 << 40}},
}

func TestBeat(t *testing.T) {
	t.Parallel()
	for _, b := range []beat{{}, {node: 1, partitions: 1}, someBeat} {
		got, err := parseBeat(b.bytes())
		require.NoError(t, err)
		assert.Equal(t, b, got)
	}
	whole := someBeat.bytes()
	for n := range whole {
		_, err := parseBeat(whole[:n])
		require.ErrorIs(t, err, errBeat, "%d bytes", n)
	}
	wrong := someBeat
	wrong.partitions = 7
	_, err := parseBeat(wrong.bytes())
	assert.ErrorIs(t, err, errBeat, "there is no partition 7 of 7")
}

func FuzzBeat(f *testing.F) {
	f.Add((&beat{}).bytes())
	f.Add(someBeat.bytes())
	f.Add(someBeat.bytes()[:20])
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := parseBeat(data)
		if err != nil {
			return
		}
		again, err := parseBeat(b.bytes())
		require.NoError(t, err)
		assert.Equal(t, b, again)
	})
}
