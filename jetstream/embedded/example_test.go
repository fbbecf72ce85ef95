package embedded_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/jetstream/embedded"
	"github.com/agora-signal-go/signal/server"
)

// A server that remembers: what is in the directory is there after the process, too.
func Example() {
	dir, err := os.MkdirTemp("", "signal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	// A message is sent to one who is not there, and the process ends.
	serve(dir, func(ctx context.Context, at signal.Option) {
		alice, err := signal.Dial(ctx, "my app", "alice", at)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("sent:", alice.Send(ctx, "bob", "Call me"))
		_ = alice.Close(ctx)
	})
	// Another process finds it.
	serve(dir, func(ctx context.Context, at signal.Option) {
		bob, err := signal.Dial(ctx, "my app", "bob", at)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer bob.Close(ctx)
		for m, err := range bob.Messages(ctx) {
			fmt.Println(m.From+":", m.Text, err)
			break
		}
	})
	// Output:
	// sent: <nil>
	// alice: Call me <nil>
}

// serve runs a server on a directory while do runs.
func serve(dir string, do func(ctx context.Context, at signal.Option)) {
	ctx := context.Background()
	store, err := embedded.Start(ctx, embedded.Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Shutdown()
	data, err := store.Backend(ctx, 8)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer data.Close()
	srv := server.New(server.WithBackend(data))
	defer srv.Shutdown(ctx)
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	do(ctx, signal.WithServer(url))
}
