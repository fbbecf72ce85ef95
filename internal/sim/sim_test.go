package sim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/sim"
)

// Each of these found something once. Others that did are among those that .ci/run plays, see CONTRIBUTING.md.
var found = []uint64{
	2, 3, 6, 8, 10, 19, 24, 30, 39, 81, 2634,
	4434, 4831, 5782, 8692, 8807, 10461, 11411, 11440, 12517, 15119, 15953, 17562, 19828,
}

// The same with nodes.
var foundWithNodes = []uint64{
	3, 12, 15, 18, 43, 70,
	1061, 1217, 1291, 1333, 1347, 1597, 20388, 32463,
}

func TestNodesKeepPromises(t *testing.T) {
	t.Parallel()
	total := sim.Stats{}
	for _, seed := range foundWithNodes {
		r := sim.Nodes.Run(seed)
		require.Empty(t, r.Violation, "seed %d:\n%s", seed, strings.Join(r.Trace, "\n"))
		total.Add(r.Stats)
	}
	for _, what := range append(sim.NodeFaults(),
		"answer of the journal lost", "message between nodes lost", "snapshot not saved") {
		assert.NotZero(t, total["fault: "+what], what)
	}
	for _, what := range []string{
		"fenced", "journal full", "records", "snapshots", "cut by a node", "refused for want of a journal", "states compared", "wish answered",
	} {
		assert.NotZero(t, total[what], what)
	}
}

func TestPromisesAreKept(t *testing.T) {
	t.Parallel()
	total := sim.Stats{}
	for _, seed := range found {
		r := sim.Server.Run(seed)
		require.Empty(t, r.Violation, "seed %d:\n%s", seed, strings.Join(r.Trace, "\n"))
		total.Add(r.Stats)
	}
	// A simulation in which something never happens proves nothing about it.
	for _, what := range []string{
		"fault: all cut", "fault: another device", "fault: connected twice", "fault: crash of a client", "fault: cut",
		"fault: cut behind a frame", "fault: frame lost with its connection", "fault: half open", "fault: half open for the client",
		"fault: half open for the server", "fault: mute", "fault: no signal in the tunnel", "fault: one direction lost",
		"fault: refused", "fault: removed by the owner", "fault: server restart", "fault: sleep", "fault: slow handler",
		"fault: stall", "fault: thrown out of a channel", "fault: tunnel",
		"closed for being slow", "stopped reading", "gap told", "frames lost to a cut", "message around a loss of memory",
	} {
		assert.NotZero(t, total[what], what)
	}
	for _, callback := range sim.Callbacks() {
		assert.NotZero(t, total["heard: "+callback], callback)
	}
}

// A seed that failed fails again, step by step.
func TestSameSeedSameRun(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 8, 19} {
		first, second := sim.Server.Trace(seed), sim.Server.Trace(seed)
		assert.Equal(t, first.Trace, second.Trace)
		assert.Equal(t, first.Steps, sim.Server.Run(seed).Steps, "a trace changes nothing")
		assert.Greater(t, len(first.Trace), 1000)
	}
	for _, seed := range []uint64{2, 15} {
		first, second := sim.Nodes.Trace(seed), sim.Nodes.Trace(seed)
		assert.Equal(t, first.Trace, second.Trace)
		assert.Equal(t, first.Steps, sim.Nodes.Run(seed).Steps, "a trace changes nothing")
	}
}

func TestCampaign(t *testing.T) {
	t.Parallel()
	c := sim.Campaign{From: 7, Seeds: 3, Jobs: 2}
	total := c.Run(t.Context())
	assert.Equal(t, 3, total.Seeds)
	assert.Zero(t, total.Violations)
	assert.Positive(t, total.Faults())
	assert.Equal(t, sim.Server.Run(7).Steps+sim.Server.Run(8).Steps+sim.Server.Run(9).Steps, total.Steps)
}
