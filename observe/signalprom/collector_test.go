package signalprom_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe"
	"github.com/agora-signal-go/signal/observe/signalprom"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second // for what is wrong if it does not come

// shown returns the address of what a registry with the collector shows.
func shown(t *testing.T, c *signalprom.Collector) string {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	require.NoError(t, r.Register(c))
	srv := httptest.NewServer(promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func dial(t *testing.T, url, account string, opts ...signal.Option) *signal.Client {
	t.Helper()
	c, err := signal.Dial(t.Context(), "app", account, append([]signal.Option{signal.WithServer(url)}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c
}

// Two clients of both faces count together, and a scrape shows what they did.
func TestAScrapeShowsWhatClientsDo(t *testing.T) {
	srv := signaltest.NewServer(t)
	ctx := t.Context()
	all := signalprom.New(signalprom.Options{ConstLabels: prometheus.Labels{"program": "test"}})
	url := shown(t, all)
	alice := dial(t, srv.URL, "alice", signal.WithMetrics(all.Metrics()))
	bob := signal.New("app", signal.WithServer(srv.URL), signal.WithMetrics(all.Metrics()))
	t.Cleanup(bob.Destroy)
	heard := make(chan string, 1)
	bob.CallbackSet(ears{heard: heard})
	bob.Login("app", "bob", signal.NoToken, 0, "")
	require.NoError(t, alice.Send(ctx, "bob", "hello"))
	assert.Equal(t, "hello", <-heard)
	_, err := signal.Invoke[string](ctx, alice, "no.such", nil)
	require.Error(t, err)
	srv.Cut("alice")

	want := []string{
		`signal_client_clients{program="test",state="logged_in"} 2`, `signal_client_clients{program="test",state="reconnecting"} 0`,
		`signal_client_logins_total{code="SUCCESS",program="test"} 2`, `signal_client_login_seconds_count{program="test"} 2`,
		`signal_client_dial_seconds_count{program="test",result="ok"} 3`,
		`signal_client_requests_total{code="SUCCESS",op="send",program="test"} 1`,
		`signal_client_requests_total{code="GENERAL_E_WRONG_PARAM",op="invoke",program="test"} 1`,
		`signal_client_request_seconds_count{op="send",program="test"} 1`,
		`signal_client_received_total{kind="message",program="test"} 1`,
		`signal_client_handled_seconds_count{kind="message",program="test"} 1`,
		`signal_client_queue_wait_seconds_count{kind="message",program="test"} 1`,
		`signal_client_connections_lost_total{program="test"} 1`, `signal_client_reconnect_seconds_count{program="test"} 1`,
		`signal_client_requests_waiting{program="test"} 0`, `signal_client_queue_events{program="test"} 0`, `signal_client_clients_paused{program="test"} 0`,
	}
	var text string
	for _, line := range want {
		assert.Eventually(t, func() bool { text = get(t, url); return hasLine(text, line) }, patience, time.Millisecond, "%s", line)
	}
	for _, name := range []string{"frames_received", "frames_sent", "received_bytes", "sent_bytes"} {
		assert.NotContains(t, text, `signal_client_`+name+`_total{program="test"} 0`+"\n")
	}
	require.NoError(t, alice.Close(ctx))
	bob.Destroy()
	assert.True(t, hasLine(get(t, url), `signal_client_clients{program="test",state="logged_in"} 0`), "they are gone")
}

// ears hears messages.
type ears struct {
	signal.NopCallBack
	heard chan<- string
}

func (e ears) OnMessageInstantReceive(_ string, _ int, msg string) { e.heard <- msg }

// What a server makes up is no label.
func TestUnknownCodesAreOneLabel(t *testing.T) {
	c := signalprom.New(signalprom.Options{})
	m := c.Metrics()
	for code := range 100 {
		m.Request(observe.Request{Op: "invoke", Code: 4000 + code})
	}
	m.Gap(observe.Gap{Dropped: 7})
	m.Gap(observe.Gap{})
	m.Paused(true)
	m.Paused(false)
	text := get(t, shown(t, c))
	assert.True(t, hasLine(text, `signal_client_requests_total{code="other",op="invoke"} 100`), text)
	assert.True(t, hasLine(text, `signal_client_gaps_total 2`))
	assert.True(t, hasLine(text, `signal_client_dropped_total 7`))
	assert.True(t, hasLine(text, `signal_client_pauses_total 1`))
}

func TestNamesAreGoodOnes(t *testing.T) {
	problems, err := testutil.CollectAndLint(filled())
	require.NoError(t, err)
	assert.Empty(t, problems)
}

// filled returns a Collector that has something of everything to show.
func filled() *signalprom.Collector {
	c := signalprom.New(signalprom.Options{Buckets: []float64{1}})
	m := c.Metrics()
	m.Begin(func() observe.Gauges {
		return observe.Gauges{State: observe.LoggedIn, Requests: 1, Events: 2, Bytes: 3, Paused: true}
	})
	m.Dial(observe.Dial{})
	m.Login(observe.Login{})
	m.Request(observe.Request{Op: "send"})
	m.Received(observe.Received{Kind: observe.Message})
	m.Handled(observe.Handled{Kind: observe.Message})
	return c
}
