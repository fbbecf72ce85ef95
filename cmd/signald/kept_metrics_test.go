package main

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// What a node and its backend show moves with what happens, and the runbook knows all of it.
func TestMetricsOfWhatIsKept(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"disk": {"-data", t.TempDir(), "-partitions", "2"},
		"NATS": {"-nats", startNATS(t, 1).urls(), "-partitions", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := spawn(t, args...)
			before := figuresOf(t, p)
			assert.InDelta(t, 2, before["signald_cluster_partitions"], 0)
			assert.InDelta(t, 2, before["signald_cluster_partitions_owned"], 0)
			assert.InDelta(t, 2, before["signald_cluster_claims_total"], 0)
			assert.InDelta(t, 1, before["signald_cluster_nodes"], 0)
			for _, zero := range []string{"partitions_unowned", "clients", "fenced_total", "appends_failed_total", "recoveries_failed_total", "gaps_total"} {
				value, there := before["signald_cluster_"+zero]
				assert.True(t, there, zero)
				assert.Zero(t, value, zero)
			}
			alice := loggedIn(t, "alice", signal.WithServer("ws://"+p.ws+"/"))
			alice.MessageInstantSend("bob", 0, "hello", "m")
			alice.Expect(t, "OnMessageSendSuccess", "m")
			after := figuresOf(t, p)
			assert.InDelta(t, 1, after["signald_cluster_clients"], 0)
			for _, name := range []string{"operations_total", "bytes_total", "seconds_total"} {
				name = "signald_backend_" + name + `{op="append"}`
				assert.Greater(t, after[name], before[name], name)
			}
			assert.Positive(t, after[`signald_backend_longest_seconds{op="append"}`])

			runbook, err := os.ReadFile("../../doc/operations.md")
			require.NoError(t, err)
			for name := range after {
				if m := regexp.MustCompile(`^signald_(cluster|backend)_\w+`).FindString(name); m != "" {
					assert.Contains(t, string(runbook), "`"+m, "doc/operations.md")
				}
			}
		})
	}
}

// figuresOf returns what /metrics shows.
func figuresOf(t *testing.T, p *process) map[string]float64 {
	t.Helper()
	_, text := get(t, "http://"+p.admin+"/metrics")
	all := make(map[string]float64)
	for _, m := range regexp.MustCompile(`(?m)^(signald_\S+) (\S+)$`).FindAllStringSubmatch(text, -1) {
		value, err := strconv.ParseFloat(m[2], 64)
		require.NoError(t, err)
		all[m[1]] = value
	}
	return all
}
