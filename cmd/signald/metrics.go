package main

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/agora-signal-go/signal/server"
)

// registry is all that /metrics shows: the server's figures, the daemon's own, those of Go and the process.
func (d *daemon) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
		newFigures(d.sig.Stats),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "signald_reloads_total", Help: "Times that the settings were read again and taken up.",
		}, func() float64 { return float64(d.reloads.good.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "signald_reload_failures_total", Help: "Times that the settings were read again and were no good.",
		}, func() float64 { return float64(d.reloads.bad.Load()) }),
	)
	if b := d.keep.backend; b != nil {
		r.MustRegister(newClusterFigures(d.sig.Stats), newOperations(b.Stats))
	}
	if d.secure != nil {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "signald_certificate_expiry_timestamp_seconds", Help: "When the certificate that is shown expires, in Unix seconds.",
		}, func() float64 { return float64(d.cert.leaf().NotAfter.Unix()) }))
	}
	return r
}

// reloads counts what became of SIGHUPs.
type reloads struct{ good, bad atomic.Uint64 }

func (r *reloads) count(err error) {
	if err == nil {
		r.good.Add(1)
	} else {
		r.bad.Add(1)
	}
}

// figures shows the server's statistics.
type figures struct {
	stats           func() server.Stats
	singles         []single
	refused, failed *prometheus.Desc
}

// A single is one figure.
type single struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*server.Stats) float64
}

func newFigures(stats func() server.Stats) *figures {
	f := &figures{
		stats:   stats,
		refused: prometheus.NewDesc("signald_connections_refused_total", "Connections refused before they were any.", []string{"reason"}, nil),
		failed:  prometheus.NewDesc("signald_logins_failed_total", "Logins and resumes refused.", []string{"reason"}, nil),
	}
	gauge := func(name, help string, value func(*server.Stats) int) {
		f.singles = append(f.singles, single{
			prometheus.NewDesc("signald_"+name, help, nil, nil), prometheus.GaugeValue,
			func(s *server.Stats) float64 { return float64(value(s)) },
		})
	}
	counter := func(name, help string, value func(*server.Stats) uint64) {
		f.singles = append(f.singles, single{
			prometheus.NewDesc("signald_"+name+"_total", help, nil, nil), prometheus.CounterValue,
			func(s *server.Stats) float64 { return float64(value(s)) },
		})
	}
	gauge("connections", "Websockets.", func(s *server.Stats) int { return s.Sockets })
	gauge("connections_pending", "Websockets that have not logged in.", func(s *server.Stats) int { return s.PendingSockets })
	gauge("sessions", "Sessions, also those whose connection is down.", func(s *server.Stats) int { return s.Sessions })
	gauge("accounts", "Accounts remembered, online or not.", func(s *server.Stats) int { return s.Accounts })
	gauge("channels", "Channels, also those without members.", func(s *server.Stats) int { return s.Channels })
	gauge("addresses", "Addresses remembered for the limits per address.", func(s *server.Stats) int { return s.Addresses })
	gauge("queue_length", "Inputs that wait for their shard.", func(s *server.Stats) int { return s.QueueLength })
	gauge("queue_longest", "Inputs that wait for the shard that has most.", func(s *server.Stats) int { return s.QueueLongest })

	counter("connections_accepted", "Websockets accepted.", func(s *server.Stats) uint64 { return s.Accepted })
	counter("connections_slow", "Connections closed because their peers did not read.", func(s *server.Stats) uint64 { return s.SlowSockets })
	counter("connections_bad_frame", "Connections closed for what they sent.", func(s *server.Stats) uint64 { return s.BadFrames })
	counter("connections_login_timeout", "Connections closed because nobody logged in.", func(s *server.Stats) uint64 { return s.LoginTimeouts })
	counter("connections_silent", "Connections dropped because nothing came.", func(s *server.Stats) uint64 { return s.SilentSockets })
	counter("connections_evicted", "Connections without a login closed early to make room.", func(s *server.Stats) uint64 { return s.PendingEvicted })
	counter("logins", "Logins.", func(s *server.Stats) uint64 { return s.Logins })
	counter("resumes", "Sessions resumed.", func(s *server.Stats) uint64 { return s.Resumes })
	counter("frames_received", "Frames from clients.", func(s *server.Stats) uint64 { return s.FramesIn })
	counter("frames_sent", "Frames to clients.", func(s *server.Stats) uint64 { return s.FramesOut })
	counter("received_bytes", "Bytes of frames from clients.", func(s *server.Stats) uint64 { return s.BytesIn })
	counter("sent_bytes", "Bytes of frames to clients.", func(s *server.Stats) uint64 { return s.BytesOut })
	counter("calls", "Calls of any function.", func(s *server.Stats) uint64 { return s.Calls })
	counter("messages", "Calls that send a message to a user or a channel.", func(s *server.Stats) uint64 { return s.MessagesIn })
	counter("notifies", "Messages and events queued, one per recipient.", func(s *server.Stats) uint64 { return s.Notifies })
	counter("turns", "Batches of inputs that shards have handled.", func(s *server.Stats) uint64 { return s.Turns })
	f.singles = append(f.singles, single{
		prometheus.NewDesc("signald_turn_seconds_total", "Time that shards have worked.", nil, nil), prometheus.CounterValue,
		func(s *server.Stats) float64 { return s.TurnTime.Seconds() },
	}, single{
		prometheus.NewDesc("signald_turn_longest_seconds", "The longest time that a shard took for a batch.", nil, nil), prometheus.GaugeValue,
		func(s *server.Stats) float64 { return s.LongestTurn.Seconds() },
	})
	return f
}

// Describe implements prometheus.Collector.
func (f *figures) Describe(to chan<- *prometheus.Desc) {
	for _, s := range f.singles {
		to <- s.desc
	}
	if f.refused != nil {
		to <- f.refused
		to <- f.failed
	}
}

// Collect implements prometheus.Collector.
func (f *figures) Collect(to chan<- prometheus.Metric) {
	stats := f.stats()
	for _, s := range f.singles {
		to <- prometheus.MustNewConstMetric(s.desc, s.kind, s.value(&stats))
	}
	if f.refused == nil {
		return
	}
	for reason, n := range stats.Refused {
		to <- prometheus.MustNewConstMetric(f.refused, prometheus.CounterValue, float64(n), reason)
	}
	for reason, n := range stats.LoginsFailed {
		to <- prometheus.MustNewConstMetric(f.failed, prometheus.CounterValue, float64(n), reason)
	}
}

// promLog takes what the handler of /metrics has to complain about.
type promLog struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l promLog) Println(v ...any) { l.log.Error("metrics", "err", fmt.Sprint(v...)) }
