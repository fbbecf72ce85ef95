package signalotel_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe"
	"github.com/agora-signal-go/signal/observe/signalotel"
	"github.com/agora-signal-go/signal/signaltest"
)

// figures returns how often each figure was counted, or how large it is, by its name and one attribute.
func figures(t *testing.T, r *metric.ManualReader, by string) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, r.Collect(t.Context(), &all))
	found := make(map[string]int64)
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					v, _ := p.Attributes.Value(attribute.Key(by))
					found[m.Name+" "+v.String()] += int64(p.Count)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					v, _ := p.Attributes.Value(attribute.Key(by))
					found[m.Name+" "+v.String()] += p.Value
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					v, _ := p.Attributes.Value(attribute.Key(by))
					found[m.Name+" "+v.String()] += p.Value
				}
			}
		}
	}
	return found
}

func TestFiguresOfAClient(t *testing.T) {
	reader := metric.NewManualReader()
	m, err := signalotel.Metrics(signalotel.Options{MeterProvider: metric.NewMeterProvider(metric.WithReader(reader))})
	require.NoError(t, err)
	srv := signaltest.NewServer(t)
	ctx := t.Context()
	alice := dial(t, srv, "alice", signal.WithMetrics(m))
	require.NoError(t, alice.Send(ctx, "alice", "hello"))
	for range alice.Messages(ctx) {
		break
	}
	_, err = signal.Invoke[string](ctx, alice, "no.such", nil)
	require.Error(t, err)
	srv.Cut("alice")
	for name, want := range map[[2]string]int64{
		{"messaging.operation.name", "messaging.client.operation.duration send"}:    1,
		{"messaging.operation.name", "messaging.process.duration process"}:          1,
		{"signal.kind", "messaging.client.consumed.messages message"}:               1,
		{"signal.kind", "signal.client.queue.wait.duration message"}:                1,
		{"error.type", "messaging.client.operation.duration GENERAL_E_WRONG_PARAM"}: 1,
		{"messaging.system", "signal.client.login.duration signal"}:                 1,
		{"messaging.system", "signal.client.connections.lost signal"}:               1,
		{"messaging.system", "signal.client.reconnect.duration signal"}:             1,
		{"messaging.system", "signal.client.dial.duration signal"}:                  2,
		{"messaging.system", "signal.client.requests signal"}:                       0,
		{"messaging.system", "signal.client.queue.events signal"}:                   0,
		{"signal.state", "signal.client.clients logged_in"}:                         1,
	} {
		assert.Eventually(t, func() bool { return figures(t, reader, name[0])[name[1]] == want }, patience, time.Millisecond, "%v", name)
	}
	assert.Positive(t, figures(t, reader, "messaging.system")["signal.client.received signal"])
	assert.Positive(t, figures(t, reader, "messaging.system")["signal.client.sent signal"])
	require.NoError(t, alice.Close(ctx))
	assert.Zero(t, figures(t, reader, "signal.state")["signal.client.clients logged_in"])
}

func TestFiguresOfWhatGoesWrong(t *testing.T) {
	reader := metric.NewManualReader()
	m, err := signalotel.Metrics(signalotel.Options{MeterProvider: metric.NewMeterProvider(metric.WithReader(reader))})
	require.NoError(t, err)
	m.Request(observe.Request{Op: "invoke", Code: 4711})
	m.Dial(observe.Dial{Err: assert.AnError})
	m.Gap(observe.Gap{Dropped: 3})
	m.Paused(true)
	m.Paused(false)
	byError := figures(t, reader, "error.type")
	assert.EqualValues(t, 1, byError["messaging.client.operation.duration _OTHER"], "what a server makes up is no label")
	assert.EqualValues(t, 1, byError["signal.client.dial.duration _OTHER"])
	all := figures(t, reader, "messaging.system")
	assert.EqualValues(t, 1, all["signal.client.gaps signal"])
	assert.EqualValues(t, 3, all["signal.client.dropped signal"])
	assert.EqualValues(t, 1, all["signal.client.pauses signal"])
}
