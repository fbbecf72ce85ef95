package scale_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/scale"
)

// A small cluster loses a node, and everybody is served again; all of it twice the same.
func TestPlay(t *testing.T) {
	c := scale.Defaults()
	c.Nodes, c.Partitions, c.Users, c.For = 3, 12, 200, 5*time.Second
	play := func() []string {
		var out bytes.Buffer
		require.NoError(t, scale.Play(c, &out, io.Discard))
		var lines []string
		for line := range bytes.Lines(out.Bytes()) {
			lines = append(lines, string(line))
		}
		return lines
	}
	lines := play()
	require.Len(t, lines, 9)
	assert.Contains(t, lines[0], "200 users on 3 nodes with 12 partitions")
	assert.Equal(t, "calls that failed: 0, connections lost: 0\n", lines[7])
	assert.Contains(t, lines[8], "until their sessions go on: median")
	again := play()
	for i, line := range lines {
		if i != 1 && i != 2 { // processor time and memory
			assert.Equal(t, line, again[i])
		}
	}
}
