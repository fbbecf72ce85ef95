// Chat is a chat room for the terminal, and a program to read: it is built on the Client of package signal.
//
//	go run ./examples/chat
//
// Without -server it starts a server of its own, with two bots in the room: echo sends back what it is told, the guide
// greets and calls you (/callme). Others join from another terminal, by the command in the first line; with Shift held
// down the mouse selects text as ever.
//
// Where to begin reading: session.go logs in and listens, events.go says what everything that happens does to the
// screen, requests.go and outbox.go ask the server for things, bots.go has two clients without a screen. The rest is
// the screen: model.go holds what it shows, keys.go and commands.go change it, view.go, layout.go and panes.go draw it.
//
// Without a terminal (a pipe, a CI job) it plays a short story of the same, see story.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	ossignal "os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

const lobby = "lobby"

func main() {
	var to address
	flag.StringVar(&to.server, "server", "", "the server's `URL`, such as ws://127.0.0.1:8001/; without it chat starts one")
	flag.StringVar(&to.app, "app", "chat-example", "the app `ID`")
	flag.StringVar(&to.account, "account", "host", "the `name` to chat under: 1 to 128 bytes, no spaces")
	flag.StringVar(&to.token, "token", signal.NoToken, "the `token` of that name, for apps that want one")
	channel := flag.String("channel", lobby, "the `channel` to join first")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "Chat is a chat room for the terminal.\n\nUsage: chat [-server URL] [-app ID] [-account NAME] [-token TOKEN] [-channel CHANNEL]\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(to, *channel); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", cleanLine(err.Error()))
		os.Exit(1)
	}
}

func run(to address, channel string) error {
	ctx, stop := ossignal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	terminal := term.IsTerminal(os.Stdin.Fd()) && term.IsTerminal(os.Stdout.Fd())
	hint := ""
	if to.server == "" {
		srv := server.New()
		var err error
		if to.server, err = srv.Listen("127.0.0.1:0"); err != nil {
			return err
		}
		defer srv.Shutdown(context.Background()) //nolint:errcheck // the process ends
		bots, err := wake(ctx, to.server, to.app)
		defer bots.sleep()
		if err != nil {
			return err
		}
		hint = "Others come in from another terminal by\ngo run ./examples/chat -account NAME \\\n  -server " + to.server
	} else if !terminal {
		return errors.New("-server wants a terminal as input and output, not a file or a pipe")
	}
	client, err := to.dial(ctx)
	if err != nil {
		return err
	}
	defer closing(client) //nolint:errcheck // play and show have closed it unless they failed
	if terminal {
		return show(ctx, client, channel, hint)
	}
	return play(ctx, client, os.Stdout)
}

// show runs the screen until the user leaves or the process is told to end, and logs out.
func show(ctx context.Context, client *signal.Client, channel, hint string) error {
	session := context.WithoutCancel(ctx) // what is under way when the process is told to end is not to be torn
	m := newModel(session, client, channel)
	if hint != "" {
		m.note(m.shown, hint)
	}
	program := tea.NewProgram(m, tea.WithoutSignalHandler())
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		listen(session, client, func(msg any) { program.Send(msg) })
	}()
	forget := context.AfterFunc(ctx, program.Quit) // Ctrl-C is no signal but a key here
	defer forget()
	_, err := program.Run()
	ended := client.Err()
	if ended != nil {
		ended = fmt.Errorf("the session ended before you did: %w", ended)
	}
	err = errors.Join(err, ended, closing(client))
	<-listening
	return err
}
