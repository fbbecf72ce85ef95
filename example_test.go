package signal_test

import (
	"context"
	"fmt"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

// Two users and the server between them in one program. The server is mostly a process of its own: signald.
func Example() {
	ctx := context.Background()
	srv := server.New()
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Shutdown(ctx)

	alice, err := signal.Dial(ctx, "my app", "alice", signal.WithServer(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer alice.Close(ctx)
	bob, err := signal.Dial(ctx, "my app", "bob", signal.WithServer(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bob.Close(ctx)

	if err := alice.Send(ctx, "bob", "Hello, Bob"); err != nil {
		fmt.Println(err)
		return
	}
	for m, err := range bob.Messages(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.From+":", m.Text)
		break
	}
	// Output: alice: Hello, Bob
}

// localServer starts a server for an example, and returns the option that leads to it.
func localServer(opts ...server.Option) (at signal.Option, stop func()) {
	srv := server.New(opts...)
	url := must(srv.Listen("127.0.0.1:0"))
	return signal.WithServer(url), func() { srv.Shutdown(context.Background()) }
}

// must returns v. A program would look at err.
func must[T any](v T, err error) T {
	check(err)
	return v
}

// check panics where a program would look at err.
func check(err error) {
	if err != nil {
		panic(err)
	}
}
