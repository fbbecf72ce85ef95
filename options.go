package signal

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/observe"
)

// DefaultServer is where an API connects that was told nothing else: a server on the same machine.
const DefaultServer = "ws://127.0.0.1:8001/"

// An Option changes how an [API] or a [Client] is made, see [New] and [Dial].
type Option func(*options)

type options struct {
	servers     []string
	discovery   []string
	tls         *tls.Config
	dialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	logger      *slog.Logger
	callTimeout time.Duration
	queueEvents int
	queueBytes  int64

	token     string
	source    func(ctx context.Context) (string, error)
	reconnect time.Duration

	metrics *observe.Metrics // nil: nobody counts
	tracing *observe.Tracing // nil: nobody traces
}

func newOptions(opts []Option) *options {
	o := &options{token: NoToken, reconnect: -1}
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	if len(o.servers)+len(o.discovery) == 0 {
		o.servers = []string{DefaultServer}
	}
	if o.logger == nil {
		o.logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// WithServer says which servers there are, as URLs that begin with ws:// or wss://. Each connection is
// attempted to all of them at once; the first that opens is used. Each has 6 s. Default: [DefaultServer].
func WithServer(urls ...string) Option {
	return func(o *options) { o.servers = slices.Clone(urls) }
}

// WithDiscovery names services, as http://host:port or https://host:port, that are asked for the servers of
// the app before each connection, by GET /getaddr?vid=: two at once, each within 5 s and with one more try;
// the first good answer counts. The first two addresses in it are raced as those of [WithServer]; these are
// used when no service answers.
func WithDiscovery(urls ...string) Option {
	return func(o *options) { o.discovery = slices.Clone(urls) }
}

// WithTLSConfig says how wss:// and https:// servers prove who they are. Default: the system's authorities.
func WithTLSConfig(cfg *tls.Config) Option {
	return func(o *options) { o.tls = cfg }
}

// WithDialContext opens every network connection through dial, which must heed ctx. Default: a net.Dialer,
// and the proxy that the environment names (HTTPS_PROXY and its kin); with dial of your own there is no proxy.
func WithDialContext(dial func(ctx context.Context, network, addr string) (net.Conn, error)) Option {
	return func(o *options) { o.dialContext = dial }
}

// WithLogger says where the log goes, besides OnLog. Default: nowhere. Its handler must be quick and must
// not call the API: the API waits for it. It is called by whoever drives the API just then, which may be a
// goroutine that calls a method: the handler must not want a lock that is held around such a call.
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) { o.logger = logger }
}

// WithCallTimeout says how long a request may take, waiting for a lost connection included. Default, and for
// 0 or less: 10 s.
func WithCallTimeout(d time.Duration) Option {
	return func(o *options) { o.callTimeout = d }
}

// WithQueueLimit says how many events, and how many bytes of them, may wait for the handlers before the API
// stops reading from its connection, until half of them are handled; the connection may be lost by that,
// personal messages are not. Default, and for 0 or less: 65,536 events, 64 MiB.
func WithQueueLimit(events int, bytes int64) Option {
	return func(o *options) { o.queueEvents, o.queueBytes = events, bytes }
}

// WithToken says which token a [Client] logs in with: one that [NewToken] has made. Default: [NoToken]. An [API] pays no
// heed to it: it gets its token with each Login.
func WithToken(token string) Option {
	return func(o *options) { o.token, o.source = token, nil }
}

// WithTokenSource says where a [Client] gets the token for each login: the first one, and the later ones when a lost
// session could not be resumed. source is called on a goroutine of its own and must heed ctx, which ends with the try: 20 s
// at most. An error of it counts as a failed try, after which it is asked again; with [ErrUnauthorized], wrapped or not, the
// client gives up. An [API] pays no heed to it.
func WithTokenSource(source func(ctx context.Context) (string, error)) Option {
	return func(o *options) { o.source = source }
}

// WithReconnectTimeout says for how long a [Client] tries to have a lost connection back before it gives up, and is at its
// end with [LogoutENet]. Default, and for 0 or less: it does not give up. An [API] pays no heed to it: it gives up when
// the session is over.
func WithReconnectTimeout(d time.Duration) Option {
	return func(o *options) {
		if o.reconnect = d; d <= 0 {
			o.reconnect = -1
		}
	}
}

// WithMetrics says who is told what can be counted and measured of the client: see [observe.Metrics]. The module
// observe/signalprom is one who shows it to Prometheus. Default: nobody, which costs nothing.
func WithMetrics(m observe.Metrics) Option {
	return func(o *options) { o.metrics = &m }
}

// WithTracing says who gives what is sent its trace, and is told what is received before it is handled: see
// [observe.Tracing]. The module observe/signalotel is one who does it with OpenTelemetry. Default: nobody, which costs
// nothing.
func WithTracing(t observe.Tracing) Option {
	return func(o *options) { o.tracing = &t }
}
