package dispatch

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzFifo plays a script against a slice: a byte below 160 pushes so many
// events (mod 40), below 250 pops so many (mod 40), above that filters.
func FuzzFifo(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 161, 1, 161})
	f.Add([]byte{16, 176, 17, 177, 39, 39, 250, 199})
	f.Add([]byte{39, 39, 39, 170, 251, 39, 255, 199, 199, 199, 5})
	f.Fuzz(func(t *testing.T, script []byte) {
		script = script[:min(len(script), 200)]
		var list fifo[int]
		var model []int
		var bytes int64
		size := func(e int) int64 { return int64(e % 7) }
		pushed := 0
		for _, op := range script {
			switch {
			case op < 160:
				for range op % 40 {
					list.push(pushed, size(pushed))
					model = append(model, pushed)
					bytes += size(pushed)
					pushed++
				}
			case op < 250:
				for range min(int(op%40), len(model)) {
					e := list.pop()
					require.Equal(t, model[0], e)
					model = model[1:]
					bytes -= size(e)
				}
			default:
				refuse := func(e int) bool { return e%int(op-248) == 0 }
				list.filter(func(e int) bool { return !refuse(e) })
				model = slices.DeleteFunc(slices.Clone(model), refuse)
				bytes = 0
				for _, e := range model {
					bytes += size(e)
				}
			}
			require.Equal(t, len(model), list.n)
			require.Equal(t, bytes, list.bytes)
			require.LessOrEqual(t, list.chunks(), len(model)/chunkLen+3)
		}
		for _, want := range model {
			require.Equal(t, want, list.pop())
		}
		require.LessOrEqual(t, list.chunks(), 1)
	})
}

// chunks counts the memory held.
func (f *fifo[E]) chunks() (n int) {
	for c := f.head; c != nil; c = c.next {
		n++
	}
	if f.spare != nil {
		n++
	}
	return n
}

func TestFifoGivesMemoryBack(t *testing.T) {
	var list fifo[int]
	for i := range 65536 {
		list.push(i, 1)
	}
	assert.Equal(t, 65536/chunkLen, list.chunks())
	for list.n > 65536/2 {
		list.pop()
	}
	assert.LessOrEqual(t, list.chunks(), 65536/2/chunkLen+1, "given back on the way, not at the end")
	list.filter(func(e int) bool { return e == 60000 })
	assert.LessOrEqual(t, list.chunks(), 2)
	assert.Equal(t, 60000, list.pop())
	assert.Equal(t, 1, list.chunks())
}

// A backlog that neither grows nor ends needs no new memory.
func TestFifoSteadyStateDoesNotAllocate(t *testing.T) {
	for _, backlog := range []int{0, 1, chunkLen - 1, chunkLen, 3 * chunkLen} {
		var list fifo[int]
		for i := range backlog {
			list.push(i, 1)
		}
		turn := func() {
			for i := range 4 * chunkLen {
				list.push(i, 1)
				list.pop()
			}
		}
		turn()
		assert.Zero(t, testing.AllocsPerRun(10, turn), "backlog %d", backlog)
	}
}
