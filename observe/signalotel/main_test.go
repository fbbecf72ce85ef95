package signalotel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe/signalotel"
)

// receiverOf, in the environment, makes the test binary a program that receives from the server at that address.
const receiverOf = "SIGNALOTEL_TEST_RECEIVER_OF"

func TestMain(m *testing.M) {
	if url := os.Getenv(receiverOf); url != "" {
		if err := receive(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// A program is a tracer of its own, and what spans it has recorded.
type program struct {
	*tracetest.InMemoryExporter
	*sdktrace.TracerProvider
}

func newProgram() program {
	e := tracetest.NewInMemoryExporter()
	return program{e, sdktrace.NewTracerProvider(sdktrace.WithSyncer(e))}
}

func (p program) tracing() signal.Option {
	return signal.WithTracing(signalotel.Tracing(p.options()))
}

func (p program) options() signalotel.Options {
	return signalotel.Options{TracerProvider: p.TracerProvider, Attributes: []attribute.KeyValue{attribute.String("deployment", "test")}}
}

// A span is what there is to see of one.
type span struct {
	Name, Kind, Status      string
	Trace, ID, Parent, Link string
	Attributes              map[string]string
}

func (p program) spans() (all []span) {
	for _, s := range p.GetSpans() {
		one := span{
			Name: s.Name, Kind: s.SpanKind.String(), Status: s.Status.Description,
			Trace: s.SpanContext.TraceID().String(), ID: s.SpanContext.SpanID().String(), Parent: s.Parent.SpanID().String(),
			Attributes: make(map[string]string),
		}
		if len(s.Links) > 0 {
			one.Link = s.Links[0].SpanContext.SpanID().String()
		}
		for _, a := range s.Attributes {
			one.Attributes[string(a.Key)] = a.Value.String()
		}
		all = append(all, one)
	}
	return all
}

// receive is a program that handles a message, a channel message and a call, and then writes the spans that it has recorded.
func receive(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p := newProgram()
	bob, err := signal.Dial(ctx, "app", "bob", signal.WithServer(url), p.tracing())
	if err != nil {
		return err
	}
	if _, err := bob.Join(ctx, "room"); err != nil {
		return err
	}
	fmt.Println("ready")
	left := map[string]bool{"message": true, "channel message": true, "call": true}
	for e, err := range bob.Events(ctx) {
		if err != nil {
			return err
		}
		switch e := e.(type) {
		case signal.Message:
			_, work := p.Tracer("receiver").Start(e.Context(ctx), "work for "+e.Text)
			work.End()
			if e.Channel == "" {
				delete(left, "message")
			} else {
				delete(left, "channel message")
			}
		case signal.IncomingCall:
			delete(left, "call")
		}
		if len(left) == 0 {
			break
		}
	}
	if err := bob.Close(ctx); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(p.spans())
}
