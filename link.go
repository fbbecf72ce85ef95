package signal

import (
	"log/slog"
	"math/rand/v2"

	"github.com/google/uuid"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/link"
)

// linkConfig returns what both faces tell the link that they stand on. detailed says that the engine tells what has no
// callback, too.
func (o *options) linkConfig(sink link.Sink, handled func() uint64, log *slog.Logger, m *meter, detailed bool) link.Config {
	ids := &names{first: uuid.New()}
	cfg := link.Config{
		Engine: engine.Config{
			Instance: uuid.NewString(), CallTimeout: o.callTimeout,
			NewID: uuid.NewString, AppendID: ids.append, Random: rand.Float64, Detailed: detailed,
		},
		Servers: o.servers, Discovery: o.discovery, TLS: o.tls, DialContext: o.dialContext, Token: o.source,
		Sink: sink, Handled: handled, Log: log,
	}
	if m != nil { // a nil *meter is no nil Observer
		cfg.Observer = m
	}
	return cfg
}
