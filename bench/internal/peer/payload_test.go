package peer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

func TestPayloadsAreDistinct(t *testing.T) {
	seen := make(map[string]bool)
	for lane := range 64 {
		for _, seq := range []int{0, 1, 2, 60, 61, 62, 63, 1_000, 999_999_999_999} {
			p := make([]byte, peer.Size)
			peer.Fill(p, lane, seq)
			assert.False(t, seen[string(p)])
			seen[string(p)] = true
			assert.Regexp(t, `^[0-9A-Za-z]{128}$`, string(p), "all of it, and nothing to escape")

			got, err := peer.Lane(p)
			require.NoError(t, err)
			assert.Equal(t, lane, got)
			require.NoError(t, peer.Check(p, lane, seq))
			assert.Error(t, peer.Check(p, lane, seq+1))
			assert.Error(t, peer.Check(p, lane+1, seq))
		}
	}
}

func TestCheckComparesEveryByte(t *testing.T) {
	p := make([]byte, peer.Size)
	peer.Fill(p, 3, 14)
	for i := range p {
		p[i]++
		assert.Error(t, peer.Check(p, 3, 14))
		p[i]--
	}
	assert.NoError(t, peer.Check(p, 3, 14))
	assert.Error(t, peer.Check(p[1:], 3, 14))
}

func TestNoPayload(t *testing.T) {
	_, err := peer.Lane([]byte("short"))
	assert.Error(t, err)
	p := make([]byte, peer.Size)
	_, err = peer.Lane(p)
	assert.Error(t, err)
}
