// Webrtc is a peer for video calls: it answers them and sends everything back, picture, sound and a data channel.
//
//	go run ./examples/webrtc
//
// starts a server, such a peer and somebody who calls it, and tells what happens between them. No browser, no camera and no
// other machine is needed.
//
//	go run ./examples/webrtc -server ws://127.0.0.1:8001/ -app my-app -account echo
//
// is the peer alone, for calls from elsewhere: from the browser demo, for example, which signald -demo serves. It answers
// until Ctrl-C.
//
// Who calls whom is the service's affair: invites ring, are accepted or refused, and hang up. Once a call is accepted the
// two sides agree by personal messages on a connection between them, see signaling.go; the media never come near the
// server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/pion/webrtc/v4"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "webrtc:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	if err := o.parse(args); err != nil {
		return err
	}
	if o.server == "" {
		return story(ctx, out)
	}
	return serve(ctx, &o, out)
}

// options are the program's flags.
type options struct {
	server, app, account, token string
	calls                       int
	ice                         []string
	iceUser, icePassword        string
	verbose                     bool
}

func (o *options) parse(args []string) error {
	f := flag.NewFlagSet("webrtc", flag.ContinueOnError)
	f.StringVar(&o.server, "server", "", "answer calls at this server, ws:// or wss://; none: tell a story with a server of its own")
	f.StringVar(&o.app, "app", "demo", "the app's ID")
	f.StringVar(&o.account, "account", "echo", "the account that is called")
	f.StringVar(&o.token, "token", "", "the account's token, where the app wants one")
	f.IntVar(&o.calls, "calls", 4, "calls at one time; those above are refused")
	f.Func("ice", "a STUN or TURN server, stun:HOST:PORT or turn:HOST:PORT; may be given again. None: the addresses of this machine are all it offers", func(url string) error {
		o.ice = append(o.ice, strings.Split(url, ",")...)
		return nil
	})
	f.StringVar(&o.iceUser, "ice-user", "", "the user at TURN servers")
	f.StringVar(&o.icePassword, "ice-password", "", "the password of this user")
	f.BoolVar(&o.verbose, "v", false, "log what the peer connections do")
	if err := f.Parse(args); err != nil {
		return err
	}
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("want flags only, got %q", f.Arg(0))
	case o.calls < 1:
		return fmt.Errorf("-calls: want a number above 0, got %d", o.calls)
	case o.server == "" && f.NFlag() > 0:
		return errors.New("-server is missing, which the other flags are for")
	}
	return nil
}

func (o *options) servers() []webrtc.ICEServer {
	if len(o.ice) == 0 {
		return nil
	}
	return []webrtc.ICEServer{{URLs: o.ice, Username: o.iceUser, Credential: o.icePassword}}
}
