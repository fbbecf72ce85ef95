package signalprom

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/agora-signal-go/signal/observe"
)

// gauges are figures that clients are asked for when somebody scrapes.
type gauges struct {
	clients, requests, events, bytes, paused *prometheus.Desc
}

func newGauges(labels prometheus.Labels) gauges {
	desc := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc(prefix+name, help, variable, labels)
	}
	return gauges{
		clients:  desc("clients", "Clients, by the state of their login.", "state"),
		requests: desc("requests_waiting", "Requests without an outcome."),
		events:   desc("queue_events", "Events that wait for handlers or loops."),
		bytes:    desc("queue_bytes", "Bytes of the events that wait for handlers or loops."),
		paused:   desc("clients_paused", "Clients that do not read because their handlers or loops are behind."),
	}
}

func (g *gauges) describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.clients, g.requests, g.events, g.bytes, g.paused} {
		to <- d
	}
}

// collect shows the sums over all clients.
func (g *gauges) collect(to chan<- prometheus.Metric, all []observe.Gauges) {
	states := make(map[observe.State]int)
	var sum observe.Gauges
	paused := 0
	for _, one := range all {
		states[one.State]++
		sum.Requests += one.Requests
		sum.Events += one.Events
		sum.Bytes += one.Bytes
		if one.Paused {
			paused++
		}
	}
	show := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, s := range observe.States() {
		show(g.clients, float64(states[s]), s.String())
	}
	show(g.requests, float64(sum.Requests))
	show(g.events, float64(sum.Events))
	show(g.bytes, float64(sum.Bytes))
	show(g.paused, float64(paused))
}
