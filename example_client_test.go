package signal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

// An app with a certificate wants a token, which the back end makes. A token that is refused is final; no answer is tried
// again until the context ends.
func ExampleDial() {
	const certificate = "0123456789abcdef0123456789abcdef"
	at, stop := localServer(server.WithApp("my app", certificate))
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	_, err := signal.Dial(ctx, "my app", "alice", at, signal.WithToken("forged"))
	fmt.Println(errors.Is(err, signal.ErrUnauthorized), errors.Is(err, signal.LoginETokenWrong))

	token := signal.NewToken("my app", certificate, "alice", time.Now().Add(time.Hour))
	alice, err := signal.Dial(ctx, "my app", "alice", at, signal.WithToken(token))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer alice.Close(ctx)
	fmt.Println(alice.Account(), "is", alice.Status())
	// Output:
	// true true
	// alice is connected
}

// A source is asked for a token at each login, so that a client that runs for days always has one that is good.
func ExampleWithTokenSource() {
	const certificate = "0123456789abcdef0123456789abcdef"
	at, stop := localServer(server.WithApp("my app", certificate))
	defer stop()
	ctx := context.Background()

	source := func(context.Context) (string, error) { // a program asks its back end, within the context
		fmt.Println("a token, please")
		return signal.NewToken("my app", certificate, "alice", time.Now().Add(time.Hour)), nil
	}
	alice := must(signal.Dial(ctx, "my app", "alice", at, signal.WithTokenSource(source)))
	defer alice.Close(ctx)
	fmt.Println(alice.Status())
	// Output:
	// a token, please
	// connected
}

// A message waits at the server for an account that is not there, for a day.
func ExampleClient_Send() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)

	if err := alice.Send(ctx, "bob", "Call me"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the server has it")

	bob := must(signal.Dial(ctx, "my app", "bob", at))
	defer bob.Close(ctx)
	for m, err := range bob.Messages(ctx) {
		check(err)
		fmt.Println(m.From+":", m.Text)
		break
	}
	// Output:
	// the server has it
	// alice: Call me
}

// A loop over messages is a goroutine's whole work. It ends with the context, or when the client does. A message counts as
// handled when the body is done with it.
func ExampleClient_Messages() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	bob := must(signal.Dial(ctx, "my app", "bob", at))

	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range bob.Messages(ctx) {
			if err != nil { // ctx has ended, or the account has logged in elsewhere, …
				fmt.Println("no more messages:", err)
				return
			}
			fmt.Println(m.From+":", m.Text)
		}
		fmt.Println("closed")
	}()
	check(alice.Send(ctx, "bob", "one"))
	check(alice.Send(ctx, "bob", "two"))
	check(bob.Send(ctx, "bob", "three")) // to oneself
	check(bob.Close(ctx))                // what has come is handed out first
	<-done
	// Output:
	// alice: one
	// alice: two
	// bob: three
	// closed
}

// Events are everything that happens to a client, in one order.
func ExampleClient_Events() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	room := must(alice.Join(ctx, "lobby"))
	check(room.SetAttr(ctx, "topic", "fish"))
	check(room.Send(ctx, "Hello"))

	for event, err := range alice.Events(ctx) {
		check(err)
		switch e := event.(type) {
		case signal.StateChanged:
			fmt.Println("state:", e.State)
		case signal.ChannelJoined:
			fmt.Println("in", e.Name())
		case signal.Presence:
			fmt.Println("members:", e.Accounts)
		case signal.Message:
			fmt.Printf("%s in %s: %s\n", e.From, e.Channel, e.Text)
			return
		}
	}
	// Output:
	// state: connected
	// in lobby
	// members: [alice]
	// alice in lobby: Hello
}

// A connection that is lost comes back by itself. Requests wait meanwhile, and nothing is missed.
func ExampleStateChanged() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	var conn net.Conn // the newest one
	dial := signal.WithDialContext(func(ctx context.Context, network, addr string) (c net.Conn, err error) {
		conn, err = new(net.Dialer).DialContext(ctx, network, addr)
		return conn, err
	})
	alice := must(signal.Dial(ctx, "my app", "alice", at, dial))
	defer alice.Close(ctx)

	cut := false
	for event, err := range alice.Events(ctx) {
		check(err)
		e, ok := event.(signal.StateChanged)
		switch {
		case !ok || e.Attempt > 0: // "reconnecting" again, with each try
			continue
		case cut && e.State == signal.StateConnected:
			fmt.Printf("%v by connection %d\n", e.State, e.Connection)
			return
		}
		fmt.Println(e.State)
		if !cut {
			conn.Close() // the network fails
			cut = true
		}
	}
	// Output:
	// connected
	// reconnecting
	// connected by connection 2
}

// An account has one session. Who logs in elsewhere ends it, and the client does not come back by itself.
func ExampleClient_Done() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	phone := must(signal.Dial(ctx, "my app", "alice", at))
	defer phone.Close(ctx)

	laptop := must(signal.Dial(ctx, "my app", "alice", at))
	defer laptop.Close(ctx)

	<-phone.Done()
	fmt.Println(errors.Is(phone.Err(), signal.LogoutEKicked))
	fmt.Println(errors.Is(phone.Send(ctx, "bob", "hello?"), signal.ErrClosed))
	// Output:
	// true
	// true
}

// Close lets requests that are under way have their answers and loops read what has come, then logs out.
func ExampleClient_Close() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))

	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // not for longer than that
	defer cancel()
	if err := alice.Close(ctx); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(alice.Status(), alice.Err())
	// Output: closed <nil>
}

// Attributes are what an account tells of itself, for all in the app to read.
func ExampleClient_SetAttr() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	bob := must(signal.Dial(ctx, "my app", "bob", at))
	defer bob.Close(ctx)

	check(alice.SetAttr(ctx, "mood", "fine"))
	check(alice.SetAttr(ctx, "city", "Xi'an"))

	fmt.Println(bob.Attr(ctx, "alice", "mood"))
	fmt.Println(bob.Attrs(ctx, "alice"))
	// Output:
	// fine <nil>
	// map[city:Xi'an mood:fine] <nil>
}

// Whether somebody is there.
func ExampleClient_Online() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)

	fmt.Println(alice.Online(ctx, "alice"))
	fmt.Println(alice.Online(ctx, "bob"))
	// Output:
	// true <nil>
	// false <nil>
}

// A function that the server's owner has added.
func ExampleInvoke() {
	at, stop := localServer(server.WithInvokeHandler("shop", func(_ context.Context, by server.Caller, fn, args string) (string, error) {
		return fmt.Sprintf(`{"text":%q}`, fn+" for "+by.Account+": "+args), nil
	}))
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)

	type answer struct{ Text string }
	a, err := signal.Invoke[answer](ctx, alice, "shop.order", map[string]int{"item": 7})
	fmt.Println(a.Text, err)

	_, err = signal.Invoke[answer](ctx, alice, "shop2.order", nil) // nobody has added that
	fmt.Println(errors.Is(err, signal.GeneralEWrongParam))
	// Output:
	// order for alice: {"item":7} <nil>
	// true
}

// An error has the service's code, and is what errors.Is and errors.As find.
func ExampleError() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)

	err := alice.Send(ctx, "no such account", "hello")
	var e *signal.Error
	if errors.As(err, &e) {
		fmt.Println(e.Op, int(e.Code), e.Code.String())
	}
	fmt.Println(errors.Is(err, signal.GeneralEWrongParam))
	fmt.Println(err)
	// Output:
	// send 1004 GENERAL_E_WRONG_PARAM
	// true
	// signal: send: GENERAL_E_WRONG_PARAM (1004): account: want no space in an account
}

// The log says what becomes of connections; tokens are never in it.
func ExampleWithLogger() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	noTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime}))

	alice := must(signal.Dial(ctx, "my-app", "alice", at, signal.WithLogger(logger)))
	check(alice.Close(ctx))
	// Output:
	// level=INFO msg="logging in" account=alice app=my-app
	// level=INFO msg="logged in" account=alice connection=1
	// level=INFO msg="logging out"
}
