package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/server"
)

// newClusterFigures shows what a server with a backend knows of itself and of the others.
func newClusterFigures(stats func() server.Stats) *figures {
	f := &figures{stats: stats}
	gauge := func(name, help string, value func(*server.ClusterStats) int) {
		f.singles = append(f.singles, single{
			prometheus.NewDesc("signald_cluster_"+name, help, nil, nil), prometheus.GaugeValue,
			func(s *server.Stats) float64 { return float64(value(s.Cluster)) },
		})
	}
	counter := func(name, help string, value func(*server.ClusterStats) uint64) {
		f.singles = append(f.singles, single{
			prometheus.NewDesc("signald_cluster_"+name+"_total", help, nil, nil), prometheus.CounterValue,
			func(s *server.Stats) float64 { return float64(value(s.Cluster)) },
		})
	}
	gauge("partitions", "Parts into which the state of all nodes is divided.", func(s *server.ClusterStats) int { return s.Partitions })
	gauge("partitions_owned", "Partitions that this node owns.", func(s *server.ClusterStats) int { return s.Owned })
	gauge("partitions_unowned", "Partitions that nobody owns, as far as this node knows.", func(s *server.ClusterStats) int { return s.Unowned })
	gauge("nodes", "Nodes that live, this one included.", func(s *server.ClusterStats) int { return s.Nodes })
	gauge("clients", "Connections here that log in or are logged in.", func(s *server.ClusterStats) int { return s.Clients })
	counter("claims", "Partitions that became this node's.", func(s *server.ClusterStats) uint64 { return s.Claims })
	counter("releases", "Partitions that this node gave up.", func(s *server.ClusterStats) uint64 { return s.Releases })
	counter("fenced", "Partitions that another node took from this one.", func(s *server.ClusterStats) uint64 { return s.Fenced })
	counter("recoveries_failed", "Partitions that could not be read.", func(s *server.ClusterStats) uint64 { return s.FailedRecoveries })
	counter("appends_failed", "Records that the journal did not take at once.", func(s *server.ClusterStats) uint64 { return s.FailedAppends })
	counter("saves_failed", "Snapshots that were not saved.", func(s *server.ClusterStats) uint64 { return s.FailedSaves })
	counter("gaps", "Losses on the way from other nodes.", func(s *server.ClusterStats) uint64 { return s.Gaps })
	counter("connections_cut", "Connections that were sent to look for their sessions again.", func(s *server.ClusterStats) uint64 { return s.Cut })
	counter("refused", "Calls and logins refused for want of room or of a journal.", func(s *server.ClusterStats) uint64 { return s.Refused })
	counter("logins_late", "Logins that nobody decided in time.", func(s *server.ClusterStats) uint64 { return s.LateLogins })
	return f
}

// operations shows what the backend was asked for, by operation.
type operations struct {
	stats                              func() []jetstream.OpStats
	calls, errors, bytes, seconds, max *prometheus.Desc
}

func newOperations(stats func() []jetstream.OpStats) *operations {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("signald_backend_"+name, help, append([]string{"op"}, labels...), nil)
	}
	return &operations{
		stats:   stats,
		calls:   desc("operations_total", "Operations of the backend that have ended."),
		errors:  desc("errors_total", "Operations of the backend that have failed, by class.", "class"),
		bytes:   desc("bytes_total", "Bytes that operations of the backend have moved."),
		seconds: desc("seconds_total", "Time that operations of the backend have taken."),
		max:     desc("longest_seconds", "The longest time that an operation of the backend has taken."),
	}
}

// Describe implements prometheus.Collector.
func (o *operations) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{o.calls, o.errors, o.bytes, o.seconds, o.max} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (o *operations) Collect(to chan<- prometheus.Metric) {
	for _, s := range o.stats() {
		to <- prometheus.MustNewConstMetric(o.calls, prometheus.CounterValue, float64(s.Calls), s.Op)
		to <- prometheus.MustNewConstMetric(o.bytes, prometheus.CounterValue, float64(s.Bytes), s.Op)
		to <- prometheus.MustNewConstMetric(o.seconds, prometheus.CounterValue, s.Time.Seconds(), s.Op)
		to <- prometheus.MustNewConstMetric(o.max, prometheus.GaugeValue, s.Max.Seconds(), s.Op)
		for class, n := range s.Errors {
			to <- prometheus.MustNewConstMetric(o.errors, prometheus.CounterValue, float64(n), s.Op, class)
		}
	}
}
