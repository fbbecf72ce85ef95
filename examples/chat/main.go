// Chat is a chat room for the terminal.
//
//	go run ./examples/chat
//
// Without -server it starts a server of its own and says how others join from another terminal. Lines that are
// typed go to everybody in the room; /to, /who and /quit are explained by /help.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	ossignal "os/signal"
	"strings"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

const (
	appID = "chat-example"
	room  = "lobby"
)

func main() {
	url := flag.String("server", "", "the server's `URL`, such as ws://127.0.0.1:8001/; without it chat starts one")
	account := flag.String("account", "host", "the `name` to chat under: 1 to 128 bytes, no spaces")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "Chat is a chat room for the terminal.\n\nUsage: chat [-server URL] [-account NAME]\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := ossignal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *url, *account, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1) //nolint:gocritic // stop only restores the handling of Ctrl-C
	}
}

func run(ctx context.Context, url, account string, in io.Reader, out io.Writer) error {
	if url == "" {
		srv := server.New()
		var err error
		if url, err = srv.Listen("127.0.0.1:0"); err != nil {
			return err
		}
		defer srv.Shutdown(context.Background()) //nolint:errcheck // the process ends
		fmt.Fprintf(out, "A server was started. Others join with\n\n    go run ./examples/chat -server %s -account NAME\n\n", url)
	}
	c := &chatter{api: signal.New(appID, signal.WithServer(url)), account: account, out: out, ready: make(chan error, 1), gone: make(chan signal.Code, 1)}
	c.api.CallbackSet(c)
	defer c.api.Destroy()
	c.api.Login(appID, account, signal.NoToken, 0, "")
	if err := <-c.ready; err != nil {
		return err
	}
	lines := make(chan string)
	go readLines(ctx, in, lines)
	for {
		select {
		case line, ok := <-lines:
			if !ok || line == "/quit" {
				return c.leave()
			}
			c.typed(line)
		case code := <-c.gone:
			return fmt.Errorf("logged out: %w", code)
		case <-ctx.Done():
			return c.leave()
		}
	}
}

// readLines hands over what is typed until the input ends, which closes lines.
func readLines(ctx context.Context, in io.Reader, lines chan<- string) {
	defer close(lines)
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		select {
		case lines <- strings.TrimSpace(scanner.Text()):
		case <-ctx.Done():
			return
		}
	}
}
