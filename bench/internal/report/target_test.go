package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/bench/internal/peer"
	"github.com/agora-signal-go/signal/bench/internal/report"
)

func TestVerdicts(t *testing.T) {
	for what, c := range map[string]struct {
		workload, value    string
		base, batch, ours  float64 // 0: not measured
		target, verdict    string
		reached, ofTargets string
	}{
		"more than the ratio":       {"connect", "persec", 100, 0, 121, "≥ ×1.20", "reached", "1", "1"},
		"less than the ratio":       {"connect", "persec", 100, 0, 119, "≥ ×1.20", "missed", "0", "1"},
		"less where less is better": {"request1", "p50", 100, 0, 65, "≤ ×0.65", "reached", "1", "1"},
		"more where less is better": {"request1", "p50", 100, 0, 66, "≤ ×0.65", "missed", "0", "1"},
		"no baseline":               {"request1", "p50", 0, 0, 65, "≤ ×0.65", "", "", ""},
		"two to beat":               {"request64", "persec", 100, 280, 280, "≥ ×2.70, ≥ batch", "reached", "1", "1"},
		"one of two beaten":         {"request64", "persec", 100, 280, 279, "≥ ×2.70, ≥ batch", "missed", "0", "1"},
		"one of two not measured":   {"request64", "persec", 100, 0, 280, "≥ ×2.70, ≥ batch", "", "", ""},
		"one missed is enough":      {"request64", "persec", 100, 0, 269, "≥ ×2.70, ≥ batch", "missed", "0", "1"},
		"within a limit":            {"idle", "server", 0, 0, 10, "≤ 10 KB", "reached", "1", "1"},
		"over a limit":              {"idle", "client", 100, 0, 12.1, "≤ 12 KB", "missed", "0", "1"},
		"ours not measured":         {"idle", "client", 100, 0, 0, "≤ 12 KB", "", "", ""},
		"no verdict":                {"rate", "p99", 100, 0, 1, "lowest of all", "", "", ""},
		"no target":                 {"rate", "p50", 100, 0, 1, "", "", "", ""},
	} {
		t.Run(what, func(t *testing.T) {
			r := &report.Report{Peers: []string{peer.Baseline, "batch", peer.Ours}}
			for name, v := range map[string]float64{peer.Baseline: c.base, "batch": c.batch, peer.Ours: c.ours} {
				if v > 0 {
					r.Add(report.Sample{Round: 1, Workload: c.workload, Peer: name, Values: map[string]float64{c.value: v}})
				}
			}
			var b strings.Builder
			require.NoError(t, r.Table(&b))
			lines := strings.Split(b.String(), "\n")
			assert.True(t, strings.HasSuffix(lines[2], " | "+c.target+" | "+c.verdict+" |"), lines[2])
			if c.ofTargets == "" {
				assert.NotContains(t, b.String(), "targets")
			} else {
				assert.Contains(t, b.String(), "\n"+c.reached+" of "+c.ofTargets+" targets reached.\n")
			}
		})
	}
}
