package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	var i ids
	seen := make(map[string]bool)
	for range 1000 {
		id := i.next()
		require.Regexp(t, `^[A-Z2-7]{26}$`, id)
		require.False(t, seen[id])
		seen[id] = true
	}
	assert.Equal(t, make([]byte, len(i.random)-i.left), i.random[:len(i.random)-i.left], "used and not wiped")
}
