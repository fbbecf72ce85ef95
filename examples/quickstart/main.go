// Quickstart is the whole service in one program: it starts the embedded server, two users log in, send each
// other messages, meet in a channel, share attributes and call each other.
//
//	go run ./examples/quickstart
//
// It is written with contexts, errors and loops. examples/callbacks is the same with the callbacks of the original
// SDK. Should something that is due not come, the program says which and exits with status 1.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	srv := server.New() // serves every app, without tokens
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer srv.Shutdown(ctx) //nolint:errcheck // the process ends
	fmt.Println("A signaling server listens at", url)

	scene("Logging in")
	alice, err := logIn(ctx, url, "alice")
	if err != nil {
		return err
	}
	bob, err := logIn(ctx, url, "bob")
	if err != nil {
		return err
	}

	for _, part := range []func(context.Context, *signal.Client, *signal.Client) error{messages, channel, attributes, call} {
		if err := part(ctx, alice, bob); err != nil {
			return err
		}
	}

	scene("Leaving")
	for _, c := range []*signal.Client{alice, bob} {
		if err := c.Close(ctx); err != nil { // hands out what has come, then logs out
			return err
		}
		say(c, "logged out")
	}
	fmt.Println("\nThat is all. Everything came as it should.")
	return nil
}

func scene(title string) { fmt.Println("\n" + title) }

func say(c *signal.Client, format string, args ...any) {
	fmt.Printf("  → %-5s  %s\n", c.Account(), fmt.Sprintf(format, args...))
}
