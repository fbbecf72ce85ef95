// Package signalotel brings clients of package signal to OpenTelemetry: traces that lead from who sends something to who
// handles it, in whichever process, and metrics.
//
//	c, err := signal.Dial(ctx, "app", "alice", signal.WithTracing(signalotel.Tracing(signalotel.Options{})))
//
// What is sent gets a span of the kind producer, a child of the one in the caller's context. Its traceparent goes with the
// message, through the server and the list in which the message may wait. Where it is handled there is a span of the kind
// consumer, a child of that and linked to it; [signal.Message.Context] has it for what is done for the message. What is asked
// of the server itself gets a span of the kind client, and [InvokeHandler] has one of the kind server for those who answer an
// invoke. Only the traceparent travels: no tracestate, no baggage.
//
// A client that uses the callbacks has no contexts: each of its spans of what it sends begins a trace of its own.
package signalotel

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe"
)

// Scope is the name of the tracer and of the meter.
const Scope = "github.com/agora-signal-go/signal/observe/signalotel"

// Options say whom to tell. The zero value is good.
type Options struct {
	TracerProvider trace.TracerProvider // default: otel.GetTracerProvider()
	MeterProvider  metric.MeterProvider // default: otel.GetMeterProvider()
	Attributes     []attribute.KeyValue // that all spans and figures get
}

func (o *Options) tracer() trace.Tracer {
	p := o.TracerProvider
	if p == nil {
		p = otel.GetTracerProvider()
	}
	return p.Tracer(Scope)
}

// What spans have besides the semantic conventions for messaging.
const (
	keyApp      = attribute.Key("signal.app")      // the app ID
	keyAccount  = attribute.Key("signal.account")  // the client's own
	keyFrom     = attribute.Key("signal.from")     // who has sent it
	keyChannel  = attribute.Key("signal.channel")  // of a call, the one that it is about
	keyFunction = attribute.Key("signal.function") // of an invoke
	keyKind     = attribute.Key("signal.kind")     // of what is handled: message, channel_message, call, call_event
)

var system = semconv.MessagingSystemKey.String("signal")

// Tracing returns what signal.WithTracing takes, for one client or for many.
func Tracing(o Options) observe.Tracing {
	t := o.tracer()
	return observe.Tracing{
		Send: func(ctx context.Context, s observe.Send) (traceparent string, done func(observe.Request)) {
			ctx, span := t.Start(ctx, "signal "+s.Op, trace.WithSpanKind(sendKind(s.Op)), trace.WithAttributes(sendAttributes(&s)...),
				trace.WithAttributes(o.Attributes...))
			return Inject(ctx), func(r observe.Request) {
				if r.Code != 0 {
					name := signal.Code(r.Code).String()
					span.SetStatus(codes.Error, name)
					span.SetAttributes(semconv.ErrorTypeKey.String(name))
				}
				span.End()
			}
		},
		Handle: func(h observe.Handle) (into func(context.Context) context.Context, done func()) {
			ctx := Extract(context.Background(), h.Trace)
			options := []trace.SpanStartOption{
				trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(handleAttributes(&h)...), trace.WithAttributes(o.Attributes...),
			}
			if from := trace.SpanContextFromContext(ctx); from.IsValid() {
				options = append(options, trace.WithLinks(trace.Link{SpanContext: from}))
			}
			_, span := t.Start(ctx, "signal process "+string(h.Kind), options...)
			into = func(ctx context.Context) context.Context { return trace.ContextWithSpan(ctx, span) }
			return into, func() { span.End() }
		},
	}
}

// isMessage says whether others get what a request brings.
func isMessage(op string) bool {
	switch op {
	case "send", "send_channel", "invite", "accept", "refuse", "end", "send_keys":
		return true
	}
	return false
}

func sendKind(op string) trace.SpanKind {
	if isMessage(op) {
		return trace.SpanKindProducer
	}
	return trace.SpanKindClient
}

func sendAttributes(s *observe.Send) []attribute.KeyValue {
	all := []attribute.KeyValue{system, semconv.MessagingOperationName(s.Op), keyApp.String(s.AppID), keyAccount.String(s.Account)}
	if isMessage(s.Op) {
		all = append(all, semconv.MessagingOperationTypeSend, semconv.MessagingMessageBodySize(s.Bytes))
	}
	switch {
	case s.To != "":
		all = append(all, semconv.MessagingDestinationName(s.To))
		if s.Channel != "" {
			all = append(all, keyChannel.String(s.Channel))
		}
	case s.Channel != "":
		all = append(all, semconv.MessagingDestinationName(s.Channel))
	}
	if s.Func != "" {
		all = append(all, keyFunction.String(s.Func))
	}
	return all
}

func handleAttributes(h *observe.Handle) []attribute.KeyValue {
	all := []attribute.KeyValue{
		system, semconv.MessagingOperationName("process"), semconv.MessagingOperationTypeProcess, semconv.MessagingMessageBodySize(h.Bytes),
		keyApp.String(h.AppID), keyAccount.String(h.Account), keyFrom.String(h.From), keyKind.String(string(h.Kind)),
	}
	if h.Kind == observe.ChannelMessage {
		return append(all, semconv.MessagingDestinationName(h.Channel))
	}
	all = append(all, semconv.MessagingDestinationName(h.Account))
	if h.Channel != "" {
		all = append(all, keyChannel.String(h.Channel))
	}
	return all
}

const header = "traceparent"

// Extract returns ctx with the span that a traceparent names, which has been begun elsewhere: what is begun under it belongs to
// the same trace. With "" it returns ctx. See [signal.Message.Trace], [signal.Call.Trace] and server.Caller.
func Extract(ctx context.Context, traceparent string) context.Context {
	if traceparent == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{header: traceparent})
}

// Inject returns the traceparent of the span in ctx, "" when there is none.
func Inject(ctx context.Context) string {
	carrier := make(propagation.MapCarrier)
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[header]
}
