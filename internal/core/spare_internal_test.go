package core

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRingIsAFIFO(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var r ring[int]
	var want []int
	for i := range 10_000 {
		if rnd.IntN(3+i/4000) > 0 { // it grows for a while, then it shrinks
			r.push(i)
			want = append(want, i)
		} else if len(want) > 0 {
			require.Equal(t, want[0], *r.first())
			r.pop()
			want = want[1:]
		}
		require.Equal(t, len(want), r.len)
	}
	for _, n := range want {
		require.Equal(t, n, *r.first())
		r.pop()
	}
	for _, left := range r.all {
		require.Zero(t, left, "what was taken out is held on to")
	}
}

func TestNamesAreWhatTheyWereAskedFor(t *testing.T) {
	var n names
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		want := strings.Repeat(string(rune('a'+rnd.IntN(26))), rnd.IntN(100)) + string(rune('a'+rnd.IntN(26)))
		buf := []byte(want)
		got := n.get(buf)
		clear(buf)
		require.Equal(t, want, got)
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() { n.get([]byte("alice")) }))
}

func TestASpareKeepsFewSlicesAndNoLargeOnes(t *testing.T) {
	var p spare[int]
	assert.Nil(t, p.take())
	p.give(nil)
	p.give(make([]int, 0, spareCap+1))
	assert.Nil(t, p.take())
	for range spareSlices + 1 {
		p.give(make([]int, 3, 4))
	}
	assert.Len(t, p.free, spareSlices)
	s := p.take()
	assert.Empty(t, s)
	assert.Equal(t, 4, cap(s))
}

func TestAPoolKeepsAsManyAsItMay(t *testing.T) {
	var p pool[int]
	a, b := p.take(), p.take()
	assert.NotSame(t, a, b)
	p.give(a, 1)
	p.give(b, 1)
	assert.Same(t, a, p.take())
	assert.NotSame(t, b, p.take())
}

func TestScratchLetsGoOfWhatIsLarge(t *testing.T) {
	var s scratch
	small := s.built(append(s.empty(), "text"...))
	assert.Equal(t, "text", string(small))
	assert.Same(t, &small[0], &append(s.empty(), "next"...)[0])
	large := s.built(append(s.empty(), make([]byte, maxScratch+1)...))
	assert.Len(t, large, maxScratch+1)
	assert.Zero(t, cap(s.empty()))
}

func TestDigestsTellKeysAndSendersApart(t *testing.T) {
	var c Core
	seen := map[digest]string{}
	for _, account := range []string{"a", "b", "ab", "a-b"} {
		for _, key := range []string{"k", "b k", "kk", " k"} {
			d := c.digestOf(account, []byte(key))
			assert.NotZero(t, d)
			assert.Empty(t, seen[d])
			assert.Equal(t, d, c.digestOf(account, []byte(key)))
			seen[d] = account + "/" + key
		}
	}
}
