package signalotel

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/agora-signal-go/signal/server"
)

// A Handler answers an invoke: see server.WithInvokeHandler.
type Handler = func(ctx context.Context, caller server.Caller, fn, args string) (string, error)

// InvokeHandler returns a Handler for the package pkg that gives each call a span of the kind server, a child of the one
// under which it was made, and has h carry it out under that.
//
//	server.WithInvokeHandler("shop", signalotel.InvokeHandler("shop", signalotel.Options{}, handler))
func InvokeHandler(pkg string, o Options, h Handler) Handler {
	t := o.tracer()
	return func(ctx context.Context, caller server.Caller, fn, args string) (string, error) {
		ctx, span := t.Start(Extract(ctx, caller.Trace), "signal handle invoke", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			system, semconv.MessagingOperationName("handle invoke"), keyApp.String(caller.AppID), keyFrom.String(caller.Account), keyFunction.String(pkg+"."+fn),
		), trace.WithAttributes(o.Attributes...))
		defer span.End()
		ret, err := h(ctx, caller, fn, args)
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, err.Error())
		}
		return ret, err
	}
}
