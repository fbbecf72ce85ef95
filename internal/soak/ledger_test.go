package soak

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLedger(t *testing.T) {
	l := NewLedger()
	counts := func(lost, doubled, reordered uint64) {
		t.Helper()
		gotLost, gotDoubled, gotReordered := l.Counts()
		assert.Equal(t, []uint64{lost, doubled, reordered}, []uint64{gotLost, gotDoubled, gotReordered})
	}
	f := Flow{Sender: 1, Receiver: 2}
	l.Came(f, 1)
	l.Came(f, 2)
	counts(0, 0, 0)
	l.Came(f, 5)
	counts(2, 0, 0)
	l.Failed(f, 4)
	counts(1, 0, 0)
	l.Came(f, 3)
	counts(0, 0, 1)
	l.Came(f, 5)
	counts(0, 1, 1)
	assert.Zero(t, l.MissingUpTo(f, 5))
	assert.EqualValues(t, 2, l.MissingUpTo(f, 7))
	l.Failed(f, 7)
	assert.EqualValues(t, 1, l.MissingUpTo(f, 7))
	assert.EqualValues(t, 3, l.MissingUpTo(Flow{Sender: 8, Receiver: 9}, 3), "nothing came at all")

	ch := Flow{Channel: true, Sender: 3, Receiver: 2}
	l.Came(ch, 100)
	l.Came(ch, 102)
	counts(1, 1, 1)
	assert.EqualValues(t, 1, l.Rejoin(2, []int{3, 4}), "lost before it went")
	l.Came(ch, 200)
	counts(0, 1, 1)
}
