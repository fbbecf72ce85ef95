package core

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// few is one of not many digests, of which not many begin differently: they meet each other all the time.
func few(rnd *rand.Rand) (d digest) {
	binary.LittleEndian.PutUint32(d[:], uint32(rnd.IntN(20))*0x1000+uint32(rnd.IntN(4)))
	d[15] = byte(1 + rnd.IntN(3))
	return d
}

func TestTableIsAMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var got table[int]
		want := make(map[digest]int)
		for n := range 500 {
			d := few(rnd)
			if rnd.IntN(3) > 0 && len(want) < 1+int(seed) {
				got.put(d, n)
				want[d] = n
			} else {
				got.remove(d)
				delete(want, d)
			}
			require.Equal(t, len(want), got.len)
			d = few(rnd)
			v, ok := got.get(d)
			wantV, wantOK := want[d]
			require.Equal(t, wantOK, ok)
			require.Equal(t, wantV, v)
		}
		for d, n := range want {
			v, ok := got.get(d)
			require.True(t, ok)
			require.Equal(t, n, v)
		}
	}
}

// A table through which many pass and in which no more are at one time than before has no more room than before.
func TestTableKeepsItsSize(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 1))
	var all table[uint8]
	var in []digest
	for range 100_000 {
		var d digest
		binary.LittleEndian.PutUint64(d[:], rnd.Uint64())
		binary.LittleEndian.PutUint64(d[8:], rnd.Uint64()|1)
		all.put(d, 1)
		if in = append(in, d); len(in) > 1000 {
			all.remove(in[0])
			in = in[1:]
		}
	}
	assert.Equal(t, 1000, all.len)
	assert.Len(t, all.keys, 2048)
}
