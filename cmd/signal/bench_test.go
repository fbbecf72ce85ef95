package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
)

// The figures of each mode: every message is accounted for, and the percentiles are in order.
func TestBench(t *testing.T) {
	pl := newPlace(t)
	records := pl.run("bench", "--clients", "4", "--messages", "20", "--size", "100", "--json").records()
	require.Len(t, records, 3)
	expected := map[string][3]float64{"requests": {4, 80, 80}, "messages": {4, 80, 80}, "fanout": {1, 20, 80}}
	for _, r := range records {
		mode := r["mode"].(string)
		require.Equal(t, "bench", r["event"])
		require.Equal(t, []any{4., 20., 100.}, []any{r["clients"], r["messages"], r["size"]}, mode)
		want := expected[mode]
		require.Equal(t, []any{want[0], want[1], want[2], want[2]}, []any{r["senders"], r["sent"], r["expected"], r["delivered"]}, mode)
		require.Equal(t, []any{0., 0., 0., 0., nil}, []any{r["lost"], r["duplicated"], r["rate_limited"], r["failed"], r["failure"]}, mode)
		latency := r["latency_us"].(map[string]any)
		var order []float64
		for _, name := range []string{"min", "p50", "p90", "p99", "p999", "max"} {
			order = append(order, latency[name].(float64))
		}
		require.IsNonDecreasing(t, order, mode)
		require.Positive(t, order[0])
		require.Less(t, order[5], 20e6, "below the patience of the test")
		require.Greater(t, latency["mean"], order[0])
		require.InEpsilon(t, want[2]/r["seconds"].(float64), r["per_second"], 0.01)
		total := 0.
		for _, b := range r["histogram"].([]any) {
			total += b.(map[string]any)["count"].(float64)
		}
		require.InEpsilon(t, want[2], total, 0.001)
	}
	require.Zero(t, pl.srv.Stats().Sessions, "all are logged out")
}

// For people: what was measured, percentiles, and bars.
func TestBenchText(t *testing.T) {
	pl := newPlace(t)
	o := pl.run("bench", "requests", "--clients", "2", "--messages", "10")
	require.Regexp(t, `^requests: 2 clients, 20 sent at 150/s each, 20 of 20 answers in .*/s\n  min .* p50 .* p99\.9 .* max .*\n.* … .* █`, o.ok())
	require.Empty(t, o.err, "no bar where there is no terminal")
	term := pl.open("bench", "messages", "--clients", "2", "--messages", "20")
	term.sees("messages  [")
	term.exits(0)
	term.sees("40 of 40 messages")
	term = pl.open("bench", "requests", "--clients", "2", "--messages", "20", "--quiet")
	term.exits(0)
	require.NotContains(t, term.screen.String(), "requests  [")
}

// What the server refuses for its rate is said, and is not taken for a loss.
func TestBenchRateLimited(t *testing.T) {
	pl := newPlace(t, server.WithLimits(server.Limits{UserMessagesPerSecond: 5}))
	o := pl.run("bench", "messages", "--clients", "2", "--messages", "30", "--rate", "1000", "--json")
	r := o.record()
	require.Positive(t, r["rate_limited"])
	require.Equal(t, 60., r["sent"].(float64)+r["rate_limited"].(float64))
	require.Equal(t, []any{0., 0.}, []any{r["lost"], r["failed"]})
	o = pl.run("bench", "messages", "--clients", "2", "--messages", "30", "--rate", "1000")
	require.Contains(t, o.ok(), "refused by the server's rate limit")
}

// Where tokens are demanded the certificate makes them, and no server is a failure like any other.
func TestBenchLogsIn(t *testing.T) {
	pl := newPlace(t, server.WithApp("app", certificate))
	pl.run("SIGNAL_CERTIFICATE="+certificate, "bench", "fanout", "--clients", "3", "--messages", "3").ok()
	pl.run("bench", "requests").fails(exitFailed, "this app demands a token")
	pl.run("bench", "--server", "ws://127.0.0.1:1/", "--timeout", "100ms").fails(exitFailed, "connection refused")
}
