package signal_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

// A worker as it is written for a message broker: options, handlers of the connection's state, requests with replies, a
// channel that is published and subscribed to, and a drain at the end. doc/porting.md has the names side by side.
func Example_broker() {
	srv := server.New(server.WithInvokeHandler("text", upper))
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Shutdown(context.Background())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	// Connect, with options.
	conn, err := signal.Dial(ctx, "shop", "worker",
		signal.WithServer(url),
		signal.WithToken(signal.NoToken),
		signal.WithReconnectTimeout(10*time.Minute),
		signal.WithCallTimeout(2*time.Second),
		signal.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		fmt.Println("connect:", err)
		return
	}

	// What other clients give as handlers, of the connection's state and of what is published, are the cases of a loop.
	done := make(chan struct{}, 3)
	var handling sync.WaitGroup
	handling.Go(func() {
		for e, err := range conn.Events(ctx) {
			if err != nil {
				fmt.Println("gone for good:", err)
				return
			}
			switch e := e.(type) {
			case signal.StateChanged:
				fmt.Println("the connection is", e.State)
			case signal.Message:
				fmt.Println(e.From, "says", e.Text)
				done <- struct{}{}
			case signal.Gap:
				fmt.Println("too slow:", e.Dropped, "are missing")
			}
		}
	})

	// Request and reply: a function of the server, typed.
	reply, err := signal.Invoke[struct{ Text string }](ctx, conn, "text.upper", map[string]string{"text": "apples"})
	if err != nil {
		fmt.Println("request:", err)
		return
	}
	fmt.Println("the reply is", reply.Text)

	// Subscribe to a channel, and publish to it.
	orders, err := conn.Join(ctx, "orders")
	if err != nil {
		fmt.Println("subscribe:", err)
		return
	}
	for n := 1; n <= 3; n++ {
		if err := orders.Send(ctx, fmt.Sprintf("order %d", n)); err != nil {
			fmt.Println("publish:", err)
			return
		}
	}
	for range 3 {
		<-done
	}

	// Drain: what is under way is answered, loops get what has come, then the connection is closed.
	if err := conn.Close(ctx); err != nil {
		fmt.Println("drain:", err)
	}
	handling.Wait()
	fmt.Println("drained:", conn.Status())
	// Unordered output:
	// the connection is connected
	// the reply is APPLES
	// worker says order 1
	// worker says order 2
	// worker says order 3
	// drained: closed
}

// upper is the service that answers.
func upper(_ context.Context, _ server.Caller, _, args string) (string, error) {
	return strings.Replace(args, "apples", "APPLES", 1), nil
}

// A chat as it is written for a real-time server: a client with a token source, and a subscription with handlers for
// those who join and leave and for what is published.
func Example_chat() {
	srv := server.New()
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Shutdown(context.Background())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	token := func(context.Context) (string, error) { return signal.NoToken, nil } // from your back end
	ann, err := signal.Dial(ctx, "chat", "ann", signal.WithServer(url), signal.WithTokenSource(token))
	if err != nil {
		fmt.Println("ann:", err)
		return
	}
	defer ann.Close(ctx)
	sub, err := ann.Join(ctx, "chat:index")
	if err != nil {
		fmt.Println("ann:", err)
		return
	}

	// The handlers of the subscription, one after the other: onSubscribed with who is there, onJoin, onLeave, onPublication.
	var handling sync.WaitGroup
	handling.Go(func() {
		for e, err := range ann.Events(ctx) {
			if err != nil {
				return
			}
			switch e := e.(type) {
			case signal.Presence:
				switch e.Kind {
				case signal.PresenceSync:
					fmt.Println("here:", e.Accounts)
				case signal.PresenceJoin:
					fmt.Println("joined:", e.Accounts[0])
				case signal.PresenceLeave:
					fmt.Println("left:", e.Accounts[0])
					return
				}
			case signal.Message:
				fmt.Printf("%s: %s\n", e.From, e.Text)
			}
		}
	})

	// Somebody else comes, says something and goes.
	if err := visit(ctx, url, sub.Name()); err != nil {
		fmt.Println("ben:", err)
		return
	}
	handling.Wait()
	fmt.Println("online:", sub.Members())
	// Output:
	// here: [ann]
	// joined: ben
	// ben: hello
	// left: ben
	// online: [ann]
}

func visit(ctx context.Context, url, channel string) error {
	ben, err := signal.Dial(ctx, "chat", "ben", signal.WithServer(url))
	if err != nil {
		return err
	}
	defer ben.Close(ctx)
	sub, err := ben.Join(ctx, channel)
	if err != nil {
		return err
	}
	if err := sub.Send(ctx, "hello"); err != nil {
		return err
	}
	return sub.Leave(ctx)
}
