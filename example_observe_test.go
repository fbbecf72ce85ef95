package signal_test

import (
	"context"
	"fmt"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe"
)

// What a client does can be counted and measured, without a line in the program that uses it.
func ExampleWithMetrics() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	metrics := observe.Metrics{
		Login:   func(l observe.Login) { fmt.Println("login", l.Code) },
		Request: func(r observe.Request) { fmt.Println(r.Op, r.Code, r.Took > 0) },
	}
	alice := must(signal.Dial(ctx, "my app", "alice", at, signal.WithMetrics(metrics)))
	defer alice.Close(ctx)
	check(alice.Send(ctx, "bob", "hello"))
	// Output:
	// login 0
	// send 0 true
}

// A trace goes with a message from the program that sends it to the one that handles it.
func ExampleWithTracing() {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	sending := signal.WithTracing(observe.Tracing{
		Send: func(context.Context, observe.Send) (string, func(observe.Request)) { return parent, nil },
	})
	handling := signal.WithTracing(observe.Tracing{
		Handle: func(h observe.Handle) (func(context.Context) context.Context, func()) {
			fmt.Println(h.Kind, "of", h.From, "in trace", h.Trace)
			return nil, nil
		},
	})
	alice := must(signal.Dial(ctx, "my app", "alice", at, sending))
	defer alice.Close(ctx)
	bob := must(signal.Dial(ctx, "my app", "bob", at, handling))
	defer bob.Close(ctx)

	check(alice.Send(ctx, "bob", "hello"))
	for m, err := range bob.Messages(ctx) {
		check(err)
		fmt.Println(m.Text)
		break
	}
	// Output:
	// message of alice in trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
	// hello
}
