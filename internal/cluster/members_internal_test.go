package cluster

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAssign(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, parts := range []int{1, 8, 64, 256} {
		moved, ideal := 0, 0
		for range 200 {
			nodes := make([]uint64, 1+rnd.IntN(7))
			for i := range nodes {
				nodes[i] = rnd.Uint64() | 1
			}
			slices.Sort(nodes)
			owners := assign(nodes, parts)
			require.Equal(t, owners, assign(nodes, parts))
			count := make(map[uint64]int)
			for _, id := range owners {
				require.Contains(t, nodes, id)
				count[id]++
			}
			most := (parts + len(nodes) - 1) / len(nodes)
			for _, id := range nodes {
				require.LessOrEqual(t, count[id], most)
			}
			more := append(slices.Clone(nodes), rnd.Uint64()|1)
			slices.Sort(more)
			for p, id := range assign(more, parts) {
				if id != owners[p] {
					moved++
				}
			}
			ideal += parts / len(more)
		}
		if parts >= 64 {
			assert.Less(t, moved, 5*ideal/2, "of %d partitions", parts)
		}
	}
	assert.Equal(t, []uint64{0, 0}, assign(nil, 2))
}

func TestMembers(t *testing.T) {
	t.Parallel()
	var m members
	now := time.Unix(1000, 0)
	assert.True(t, m.hear(beat{node: 2}, now))
	assert.True(t, m.hear(beat{node: 1}, now))
	assert.False(t, m.hear(beat{node: 2}, now.Add(time.Second)))
	assert.Equal(t, uint64(1), m.sorted()[0].node)
	assert.Empty(t, m.bury(now.Add(deadAfter-1)))
	m.forgive(time.Second)
	assert.Empty(t, m.bury(now.Add(deadAfter)))
	assert.Equal(t, []uint64{1}, m.bury(now.Add(deadAfter+time.Second)))
	assert.Equal(t, []uint64{2}, m.bury(now.Add(time.Hour)))
	assert.True(t, m.hear(beat{node: 2}, now), "it comes back")
}
