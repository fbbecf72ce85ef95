//go:build !race

package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A queue that is filled and emptied again and again takes its memory from a pool.
func TestAllocsFrameQueue(t *testing.T) {
	var q frameQueue
	frame := []byte("frame")
	allocs := testing.AllocsPerRun(100, func() {
		for range 64 {
			q.push(frame)
		}
		q.clear()
	})
	assert.Less(t, allocs, 1.0)
}
