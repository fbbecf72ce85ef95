package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/bench/internal/peer"
	"github.com/agora-signal-go/signal/bench/internal/report"
	"github.com/agora-signal-go/signal/bench/internal/workload"
)

func TestRangeOf(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   report.Range
	}{
		{[]float64{7}, report.Range{Min: 7, Median: 7, Max: 7}},
		{[]float64{9, 1, 2}, report.Range{Min: 1, Median: 2, Max: 9}},
		{[]float64{4, 1, 2, 9}, report.Range{Min: 1, Median: 3, Max: 9}},
	} {
		before := append([]float64(nil), c.values...)
		assert.Equal(t, c.want, report.RangeOf(c.values))
		assert.Equal(t, before, c.values, "left as they were")
	}
}

func measured() *report.Report {
	r := &report.Report{Peers: []string{peer.Baseline, peer.Ours, "absent"}}
	for round, v := range []float64{100, 300, 200} {
		r.Add(report.Sample{Round: round + 1, Workload: "request64", Peer: peer.Baseline, Values: map[string]float64{"persec": v}})
		r.Add(report.Sample{Round: round + 1, Workload: "request64", Peer: peer.Ours, Values: map[string]float64{"persec": 10 * v}})
	}
	r.Add(report.Sample{Round: 1, Workload: "user64", Peer: peer.Ours, Values: map[string]float64{"server": 4.567}})
	return r
}

func TestTable(t *testing.T) {
	var b strings.Builder
	require.NoError(t, measured().Table(&b))
	assert.Equal(t, `|  | gorilla+json | ours | absent | target |  |
| :--- | ---: | ---: | ---: | ---: | ---: |
| requests, 64 at a time, /s | 200 (100–300) ×1.00 | 2,000 (1,000–3,000) ×10.00 | – | ≥ ×2.70, ≥ batch |  |
| … server's CPU per message, µs | – | 4.57 | – | ≤ ×0.40 |  |
`, b.String())
}

func TestMetricsAreThoseOfWorkloads(t *testing.T) {
	seen := make(map[string]bool)
	for _, m := range report.Metrics() {
		assert.Contains(t, workload.Names(), m.Workload)
		assert.False(t, seen[m.Workload+m.Value], "%s %s comes twice", m.Workload, m.Value)
		seen[m.Workload+m.Value] = true
	}
}

func rows() []report.Row {
	return []report.Row{
		{Figure: "users", N: 10, Values: []report.Value{{Name: "server's memory, KB", V: 12.345}, {Name: "rate, /s", V: 123456}}},
		{Figure: "inbox", N: 0, Values: []report.Value{{Name: "login, µs", V: 1}}},
		{Figure: "users", N: 1000, Values: []report.Value{{Name: "server's memory, KB", V: 9}, {Name: "rate, /s", V: 99}}},
	}
}

func TestGrowthTables(t *testing.T) {
	var b strings.Builder
	require.NoError(t, report.GrowthTables(&b, rows()))
	assert.Equal(t, `| users | server's memory, KB | rate, /s |
| ---: | ---: | ---: |
| 10 | 12.3 | 123,456 |
| 1,000 | 9.00 | 99.0 |

| inbox | login, µs |
| ---: | ---: |
| 0 | 1.00 |

`, b.String())
}

func TestPlots(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, measured().Plot(dir))
	require.NoError(t, report.PlotGrowth(dir, rows()))
	for _, name := range []string{
		"request64-persec", "user64-server", "grow-users-servers-memory-kb", "grow-users-rate-s", "grow-inbox-login-us",
	} {
		f, err := os.Open(filepath.Join(dir, name+".svg"))
		require.NoError(t, err)
		d := xml.NewDecoder(f)
		root := ""
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			if e, ok := token.(xml.StartElement); ok && root == "" {
				root = e.Name.Local
			}
		}
		assert.Equal(t, "svg", root)
		require.NoError(t, f.Close())
	}
	assert.Error(t, measured().Plot(filepath.Join(dir, "nowhere")))
}

func TestSampleInALine(t *testing.T) {
	s := report.Sample{Workload: "user64", Peer: "ours", Values: map[string]float64{"server": 0.5, "persec": 1234567, "client": 42.25}}
	assert.Equal(t, "user64     ours          client 42.2 persec 1,234,567 server 0.50", s.String())
}
