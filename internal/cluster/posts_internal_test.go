package cluster

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is posted arrives once and in order, whatever is lost or comes again; of what is fanned out some may be given up.
func TestPostsArriveOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		var s sending
		var r receiving
		var kept, taken []string
		arrive := func(i int) {
			p := &s.unacked[i]
			before := uint64(0)
			if i > 0 {
				before = s.unacked[i-1].number
			}
			if r.judge(before, p.number) == fresh {
				r.number = p.number
				if !p.fan {
					taken = append(taken, string(p.entry))
				}
			}
		}
		for range 300 {
			switch rnd.IntN(6) {
			case 0, 1, 2:
				s.last++
				p := post{number: s.last, fan: rnd.IntN(3) == 0, entry: fmt.Append(nil, s.last)}
				if s.add(p); !p.fan {
					kept = append(kept, string(p.entry))
				}
				if rnd.IntN(2) == 0 {
					arrive(len(s.unacked) - 1)
				}
			case 3:
				for i := range s.unacked {
					if rnd.IntN(5) > 0 {
						arrive(i)
					}
				}
			case 4:
				s.acked(r.number)
			case 5:
				if rnd.IntN(10) == 0 {
					s.giveUp()
				}
			}
		}
		for i := range s.unacked {
			arrive(i)
		}
		require.Equal(t, kept, taken, "seed %d", seed)
		s.acked(r.number)
		require.Empty(t, s.unacked)
		require.Zero(t, s.bytes)
		require.False(t, s.acked(r.number))
	}
}

func TestTooMuchFannedOutIsGivenUp(t *testing.T) {
	t.Parallel()
	var s sending
	s.add(post{number: 1, entry: []byte("call")})
	s.add(post{number: 2, fan: true, entry: bytes.Repeat([]byte("x"), maxFanned-10)})
	assert.Len(t, s.unacked, 2)
	s.add(post{number: 3, fan: true, entry: bytes.Repeat([]byte("y"), 100)})
	s.add(post{number: 4, entry: []byte("call")})
	require.Len(t, s.unacked, 3)
	assert.Equal(t, []bool{false, true, false}, []bool{s.unacked[0].lost, s.unacked[1].lost, s.unacked[2].lost},
		"the next one tells the target, once")
	assert.Equal(t, 108, s.bytes)
}
