// Package signalprom shows to Prometheus what clients of package signal tell of themselves.
//
//	clients := signalprom.New(signalprom.Options{})
//	prometheus.MustRegister(clients)
//	c, err := signal.Dial(ctx, "app", "alice", signal.WithMetrics(clients.Metrics()))
//
// One Collector is for any number of clients, which count together. The dashboard doc/grafana/signal.json of the repository
// shows its figures, and those of the server.
package signalprom

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe"
)

// Options say how a [Collector] shows its figures. The zero value is good.
type Options struct {
	ConstLabels prometheus.Labels // that all figures get
	Buckets     []float64         // of the histograms, in seconds; default: 13 from 0.5 ms to 10 s
}

var defaultBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// A Collector is the figures of clients. Make it with [New], register it with a prometheus.Registerer, and give its Metrics to
// each client.
type Collector struct {
	collectors []prometheus.Collector // all but the gauges

	dials      *prometheus.HistogramVec
	logins     *prometheus.CounterVec
	loginTime  prometheus.Histogram
	lost       prometheus.Counter
	tries      prometheus.Counter
	reconnects prometheus.Histogram
	requests   *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	received   *prometheus.CounterVec
	waited     *prometheus.HistogramVec
	handled    *prometheus.HistogramVec
	gaps       prometheus.Counter
	dropped    prometheus.Counter
	pauses     prometheus.Counter
	framesIn   prometheus.Counter
	framesOut  prometheus.Counter
	bytesIn    prometheus.Counter
	bytesOut   prometheus.Counter

	gauges gauges

	mu sync.Mutex
	// +checklocks:mu
	last uint64
	// +checklocks:mu
	clients map[uint64]func() observe.Gauges
}

// New returns a Collector without clients.
func New(o Options) *Collector {
	f := factory{labels: o.ConstLabels, buckets: o.Buckets}
	if len(f.buckets) == 0 {
		f.buckets = defaultBuckets
	}
	c := &Collector{
		dials:      f.histogramVec("dial_seconds", "Time that connections took to come up, or to fail, by result: ok or failed.", "result"),
		logins:     f.counterVec("logins_total", "Outcomes of logins, by code.", "code"),
		loginTime:  f.histogram("login_seconds", "Time that logins took to their outcome."),
		lost:       f.counter("connections_lost_total", "Connections that were lost while logged in."),
		tries:      f.counter("reconnect_tries_total", "Tries that it took to have lost connections back, of those that are."),
		reconnects: f.histogram("reconnect_seconds", "Time from the loss of a connection until it was back."),
		requests:   f.counterVec("requests_total", "Outcomes of requests, by what was asked and by code.", "op", "code"),
		latency:    f.histogramVec("request_seconds", "Time that requests took to their outcome, by what was asked.", "op"),
		received:   f.counterVec("received_total", "What came from others, by kind.", "kind"),
		waited:     f.histogramVec("queue_wait_seconds", "Time that events waited for their handler or loop, by kind.", "kind"),
		handled:    f.histogramVec("handled_seconds", "Time that handlers and the bodies of loops took, by kind.", "kind"),
		gaps:       f.counter("gaps_total", "Times that something of a channel was missed for good, or not kept."),
		dropped:    f.counter("dropped_total", "Events that were not kept for a loop."),
		pauses:     f.counter("pauses_total", "Times that a client stopped reading because its handlers or loops were behind."),
		framesIn:   f.counter("frames_received_total", "Frames from servers."),
		framesOut:  f.counter("frames_sent_total", "Frames to servers."),
		bytesIn:    f.counter("received_bytes_total", "Bytes of frames from servers."),
		bytesOut:   f.counter("sent_bytes_total", "Bytes of frames to servers."),
		gauges:     newGauges(o.ConstLabels),
		clients:    make(map[uint64]func() observe.Gauges),
	}
	c.collectors = f.made
	return c
}

// Metrics returns what signal.WithMetrics takes, for one client or for many.
func (c *Collector) Metrics() observe.Metrics {
	return observe.Metrics{
		Begin: c.begin,
		Dial: func(d observe.Dial) {
			result := "ok"
			if d.Err != nil {
				result = "failed"
			}
			c.dials.WithLabelValues(result).Observe(d.Took.Seconds())
		},
		Login: func(l observe.Login) {
			c.logins.WithLabelValues(codeName(l.Code)).Inc()
			c.loginTime.Observe(l.Took.Seconds())
		},
		Lost: func(observe.Lost) { c.lost.Inc() },
		Reconnect: func(r observe.Reconnect) {
			c.tries.Add(float64(r.Tries))
			c.reconnects.Observe(r.Away.Seconds())
		},
		Request: func(r observe.Request) {
			c.requests.WithLabelValues(r.Op, codeName(r.Code)).Inc()
			c.latency.WithLabelValues(r.Op).Observe(r.Took.Seconds())
		},
		Received: func(r observe.Received) { c.received.WithLabelValues(string(r.Kind)).Inc() },
		Handled: func(h observe.Handled) {
			c.waited.WithLabelValues(string(h.Kind)).Observe(h.Waited.Seconds())
			c.handled.WithLabelValues(string(h.Kind)).Observe(h.Took.Seconds())
		},
		Gap: func(g observe.Gap) {
			c.gaps.Inc()
			c.dropped.Add(float64(g.Dropped))
		},
		Paused: func(paused bool) {
			if paused {
				c.pauses.Inc()
			}
		},
		FrameIn: func(bytes int) {
			c.framesIn.Inc()
			c.bytesIn.Add(float64(bytes))
		},
		FrameOut: func(bytes int) {
			c.framesOut.Inc()
			c.bytesOut.Add(float64(bytes))
		},
	}
}

// begin takes in a client, until end is called.
func (c *Collector) begin(now func() observe.Gauges) (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	id := c.last
	c.clients[id] = now
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.clients, id)
	}
}

// codeName returns the name of a code as the service's documents have it. Whatever else a server comes up with is "other": labels
// must not be without number.
func codeName(code int) string {
	if name := signal.Code(code).String(); !strings.HasPrefix(name, "Code(") {
		return name
	}
	return "other"
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, one := range c.collectors {
		one.Describe(to)
	}
	c.gauges.describe(to)
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	for _, one := range c.collectors {
		one.Collect(to)
	}
	c.gauges.collect(to, c.now())
}

// now asks all clients how they are.
func (c *Collector) now() []observe.Gauges {
	c.mu.Lock()
	asks := make([]func() observe.Gauges, 0, len(c.clients))
	for _, now := range c.clients {
		asks = append(asks, now)
	}
	c.mu.Unlock()
	all := make([]observe.Gauges, len(asks))
	for i, now := range asks { // without the lock: a client that is asked may be about to end
		all[i] = now()
	}
	return all
}
