package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFrameQueue(t *testing.T) {
	t.Parallel()
	var q frameQueue
	pushed, popped := 0, 0
	for _, step := range []int{1, -1, 15, -15, 16, -16, 17, -3, 40, -54, 100, -99, 5} {
		for range max(step, 0) {
			q.push(fmt.Append(nil, pushed))
			pushed++
		}
		for range max(-step, 0) {
			require.Equal(t, fmt.Sprint(popped), string(q.peek()))
			q.pop()
			popped++
		}
		require.Equal(t, pushed-popped, q.len)
	}
	q.clear()
	assert.Equal(t, frameQueue{}, q)
}
