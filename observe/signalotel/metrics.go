package signalotel

import (
	"context"
	"errors"
	"strings"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe"
)

// Metrics returns what signal.WithMetrics takes, for one client or for many, which count together. Sending and handling are
// counted as the semantic conventions for messaging have it (messaging.client.operation.duration, messaging.process.duration,
// messaging.client.consumed.messages); the rest is named signal.client.….
func Metrics(o Options) (observe.Metrics, error) {
	p := o.MeterProvider
	if p == nil {
		p = otel.GetMeterProvider()
	}
	m := &meter{meter: p.Meter(Scope), common: metric.WithAttributes(append([]attribute.KeyValue{system}, o.Attributes...)...), clients: make(map[*client]struct{})}
	m.make()
	if m.err != nil {
		return observe.Metrics{}, m.err
	}
	return m.metrics(), nil
}

// A meter is the figures of clients.
type meter struct {
	meter  metric.Meter
	common metric.MeasurementOption
	err    error // of making the figures

	operation metric.Float64Histogram
	process   metric.Float64Histogram
	waited    metric.Float64Histogram
	dial      metric.Float64Histogram
	login     metric.Float64Histogram
	reconnect metric.Float64Histogram
	consumed  metric.Int64Counter
	lost      metric.Int64Counter
	gaps      metric.Int64Counter
	dropped   metric.Int64Counter
	pauses    metric.Int64Counter
	received  metric.Int64Counter
	sent      metric.Int64Counter

	mu sync.Mutex
	// +checklocks:mu
	clients map[*client]struct{}
}

type client struct{ now func() observe.Gauges }

func (m *meter) seconds(name, what string) metric.Float64Histogram {
	h, err := m.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what),
		metric.WithExplicitBucketBoundaries(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10))
	m.err = errors.Join(m.err, err)
	return h
}

func (m *meter) count(name, unit, what string) metric.Int64Counter {
	c, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(what))
	m.err = errors.Join(m.err, err)
	return c
}

func (m *meter) gauge(name, unit, what string, value func(observe.Gauges) int64) {
	_, err := m.meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(what),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			sum := int64(0)
			for _, g := range m.now() {
				sum += value(g)
			}
			to.Observe(sum, m.common)
			return nil
		}))
	m.err = errors.Join(m.err, err)
}

func (m *meter) make() {
	m.operation = m.seconds("messaging.client.operation.duration", "Time that requests took to their outcome.")
	m.process = m.seconds("messaging.process.duration", "Time that handlers and the bodies of loops took.")
	m.waited = m.seconds("signal.client.queue.wait.duration", "Time that events waited for their handler or loop.")
	m.dial = m.seconds("signal.client.dial.duration", "Time that connections took to come up, or to fail.")
	m.login = m.seconds("signal.client.login.duration", "Time that logins took to their outcome.")
	m.reconnect = m.seconds("signal.client.reconnect.duration", "Time from the loss of a connection until it was back.")
	m.consumed = m.count("messaging.client.consumed.messages", "{message}", "What came from others.")
	m.lost = m.count("signal.client.connections.lost", "{connection}", "Connections that were lost while logged in.")
	m.gaps = m.count("signal.client.gaps", "{gap}", "Times that something of a channel was missed for good, or not kept.")
	m.dropped = m.count("signal.client.dropped", "{event}", "Events that were not kept for a loop.")
	m.pauses = m.count("signal.client.pauses", "{pause}", "Times that a client stopped reading because its handlers or loops were behind.")
	m.received = m.count("signal.client.received", "By", "Bytes of frames from servers.")
	m.sent = m.count("signal.client.sent", "By", "Bytes of frames to servers.")
	m.gauge("signal.client.requests", "{request}", "Requests without an outcome.", func(g observe.Gauges) int64 { return int64(g.Requests) })
	m.gauge("signal.client.queue.events", "{event}", "Events that wait for handlers or loops.", func(g observe.Gauges) int64 { return int64(g.Events) })
	m.gauge("signal.client.queue.size", "By", "Bytes of the events that wait for handlers or loops.", func(g observe.Gauges) int64 { return g.Bytes })
	m.states()
}

// states shows the clients by the state of their login.
func (m *meter) states() {
	_, err := m.meter.Int64ObservableGauge("signal.client.clients", metric.WithUnit("{client}"), metric.WithDescription("Clients, by the state of their login."),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			n := make(map[observe.State]int64)
			for _, g := range m.now() {
				n[g.State]++
			}
			for _, s := range observe.States() {
				to.Observe(n[s], m.common, metric.WithAttributes(attribute.String("signal.state", s.String())))
			}
			return nil
		}))
	m.err = errors.Join(m.err, err)
}

// metrics returns the functions that count. None of them has a context of its own.
func (m *meter) metrics() observe.Metrics {
	ctx := context.Background()
	add := func(c metric.Int64Counter, n int, attrs ...attribute.KeyValue) {
		c.Add(ctx, int64(n), m.common, metric.WithAttributes(attrs...))
	}
	record := func(h metric.Float64Histogram, seconds float64, attrs ...attribute.KeyValue) {
		h.Record(ctx, seconds, m.common, metric.WithAttributes(attrs...))
	}
	return observe.Metrics{
		Begin: m.begin,
		Dial:  func(d observe.Dial) { record(m.dial, d.Took.Seconds(), failed(d.Err != nil)...) },
		Login: func(l observe.Login) { record(m.login, l.Took.Seconds(), errorType(l.Code)...) },
		Lost:  func(observe.Lost) { add(m.lost, 1) },
		Reconnect: func(r observe.Reconnect) {
			record(m.reconnect, r.Away.Seconds())
		},
		Request: func(r observe.Request) {
			record(m.operation, r.Took.Seconds(), append(errorType(r.Code), semconv.MessagingOperationName(r.Op))...)
		},
		Received: func(r observe.Received) { add(m.consumed, 1, keyKind.String(string(r.Kind))) },
		Handled: func(h observe.Handled) {
			record(m.process, h.Took.Seconds(), semconv.MessagingOperationName("process"), keyKind.String(string(h.Kind)))
			record(m.waited, h.Waited.Seconds(), keyKind.String(string(h.Kind)))
		},
		Gap: func(g observe.Gap) {
			add(m.gaps, 1)
			add(m.dropped, g.Dropped)
		},
		Paused: func(paused bool) {
			if paused {
				add(m.pauses, 1)
			}
		},
		FrameIn:  func(bytes int) { add(m.received, bytes) },
		FrameOut: func(bytes int) { add(m.sent, bytes) },
	}
}

// errorType says which failure a code is, as the conventions have it: nothing for success. Whatever a server makes up is _OTHER.
func errorType(code int) []attribute.KeyValue {
	switch name, known := codeName(code); {
	case code == 0:
		return nil
	case known:
		return []attribute.KeyValue{semconv.ErrorTypeKey.String(name)}
	}
	return []attribute.KeyValue{semconv.ErrorTypeOther}
}

func failed(yes bool) []attribute.KeyValue {
	if yes {
		return []attribute.KeyValue{semconv.ErrorTypeOther}
	}
	return nil
}

func (m *meter) begin(now func() observe.Gauges) (end func()) {
	c := &client{now}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients[c] = struct{}{}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.clients, c)
	}
}

// now asks all clients how they are, without the lock: one that is asked may be about to end.
func (m *meter) now() []observe.Gauges {
	m.mu.Lock()
	all := make([]*client, 0, len(m.clients))
	for c := range m.clients {
		all = append(all, c)
	}
	m.mu.Unlock()
	gauges := make([]observe.Gauges, len(all))
	for i, c := range all {
		gauges[i] = c.now()
	}
	return gauges
}

// codeName returns the name of a code, and whether the service's documents have it.
func codeName(code int) (name string, known bool) {
	name = signal.Code(code).String()
	return name, !strings.HasPrefix(name, "Code(")
}
