package cluster

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever is lost, what is heard was said, whole and in order, and every loss is noticed before what comes behind it.
func TestLinkLosesWhatIsNoticed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		most := pieceHead + 1 + rnd.IntN(100)
		l, e := &link{to: 2}, new(ear)
		var said [][]byte
		heard, noticed := 0, true // of said
		hear := func(piece []byte) {
			if e.misses(piece) {
				noticed = true
			}
			e.hear(piece, func(b []byte) {
				var m message
				require.True(t, m.parse(b, 10))
				if m.kind == sayPing {
					return
				}
				for heard < len(said) && !bytes.Equal(said[heard], m.data) {
					require.True(t, noticed, "seed %d: something is lost and nobody noticed", seed)
					heard++
				}
				require.Less(t, heard, len(said), "seed %d: what was never said", seed)
				heard, noticed = heard+1, false
			})
		}
		lossy := rnd.IntN(20)
		for range 200 {
			for range rnd.IntN(4) {
				data := fmt.Appendf(nil, "%d:%s", len(said), bytes.Repeat([]byte("x"), rnd.IntN(120)))
				said = append(said, data)
				l.say(time.Time{}, (&message{kind: sayFrame, data: data}).append)
			}
			for piece := l.piece(1, most); piece != nil; piece = l.piece(1, most) {
				require.LessOrEqual(t, len(piece), most)
				require.Equal(t, uint64(1), binary.LittleEndian.Uint64(piece))
				if lossy == 0 || rnd.IntN(lossy) > 0 {
					hear(bytes.Clone(piece))
				}
			}
		}
		noticed = noticed || heard == len(said)
		l.ping()
		for piece := l.piece(1, most); piece != nil; piece = l.piece(1, most) {
			hear(piece)
		}
		require.True(t, noticed, "seed %d: a ping shows what was lost at the end", seed)
		if lossy == 0 {
			require.Equal(t, len(said), heard)
		}
	}
}

func TestLinkBacklogIsLostAsAWhole(t *testing.T) {
	t.Parallel()
	l, e := new(link), new(ear)
	big := bytes.Repeat([]byte("x"), linkBacklog/2)
	for range 2 {
		l.say(time.Time{}, (&message{kind: sayFrame, data: big}).append)
	}
	assert.True(t, l.say(time.Time{}, (&message{kind: sayFrame, data: []byte("newest")}).append))
	heard := ""
	piece := l.piece(1, 1000)
	assert.True(t, e.misses(piece))
	e.hear(piece, func(b []byte) {
		var m message
		require.True(t, m.parse(b, 1))
		heard += string(m.data)
	})
	assert.Equal(t, "newest", heard)
}

func TestEarTakesNoMessageThatIsTooLarge(t *testing.T) {
	t.Parallel()
	piece := make([]byte, pieceHead, pieceHead+8)
	piece = binary.LittleEndian.AppendUint32(piece, maxMessage+1)
	e := new(ear)
	e.hear(append(piece, "xxxx"...), func([]byte) { assert.Fail(t, "heard") })
	binary.LittleEndian.PutUint64(piece[8:], 8)
	assert.True(t, e.misses(piece), "the next one shows that something is wrong")
}

func TestMessage(t *testing.T) {
	t.Parallel()
	m := message{
		kind: sayPost, socket: 1, sockets: []uint64{2, 1 << 60}, partition: 3, from: 4, claim: 5, before: 6, number: 7, flag: true, code: -8,
		token: 9, text: "text", data: []byte("data"),
	}
	var got message
	require.True(t, got.parse(m.append(nil), 5))
	assert.Equal(t, m, got)
	assert.False(t, got.parse(m.append(nil), 4), "there is no partition 4 of 4")
	assert.False(t, got.parse(nil, 5))
	assert.False(t, got.parse([]byte{sayPost, 1}, 5))
}

func FuzzMessage(f *testing.F) {
	f.Add((&message{kind: sayFrames, sockets: []uint64{1, 2}, data: []byte("x")}).append(nil))
	f.Add((&message{kind: sayAnswer, text: "t", token: 3, code: -1}).append(nil))
	f.Add([]byte{sayInput, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		var m, again message
		if !m.parse(b, 8) {
			return
		}
		require.True(t, again.parse(m.append(nil), 8))
		if len(m.sockets) == 0 {
			m.sockets, again.sockets = nil, nil
		}
		if len(m.data) == 0 {
			m.data, again.data = nil, nil
		}
		assert.Equal(t, m, again)
	})
}
