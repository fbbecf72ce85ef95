// Backend is a server-side program that uses signaling: it logs in with a token, asks who is online and who is
// in a channel through Invoke, and leaves a message for a user who is away.
//
//	go run ./examples/backend
//
// It starts a server of its own so that there is something to talk to. A real back end gives
// signal.WithServer the address of the daemon.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/agora-signal-go/signal/server"
)

const (
	appID       = "5f0c0de5f0c0de5f0c0de5f0c0de5f0c"
	certificate = "a-certificate-stays-on-the-back-end" // from the environment in a real program
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "backend:", err)
		os.Exit(1)
	}
}

func run() error {
	srv := server.New(server.WithApp(appID, certificate)) // this app demands tokens
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer srv.Shutdown(context.Background()) //nolint:errcheck // the process ends

	backend, err := logIn(url, "backend")
	if err != nil {
		return err
	}
	defer backend.api.Destroy()
	carol, err := logIn(url, "carol")
	if err != nil {
		return err
	}
	carol.api.ChannelJoin("support")
	if _, err := carol.next("joined"); err != nil {
		return err
	}

	fmt.Println("What the service knows:")
	for _, q := range []struct{ title, fn, req string }{
		{"is carol online?", "user_query_user_status", `{"account":"carol"}`},
		{"is dave online?", "user_query_user_status", `{"account":"dave"}`},
		{"how many are in support?", "channel_query_num", `{"name":"support"}`},
		{"who is in support?", "channel_query_userlist", `{"name":"support"}`},
		{"is carol in support?", "channel_query_user_isin", `{"name":"support","account":"carol"}`},
	} {
		backend.api.Invoke("io.agora.signal."+q.fn, q.req, q.title)
		answer, err := backend.next("answer")
		if err != nil {
			return err
		}
		fmt.Printf("  %-26s %s\n", q.title, answer)
	}

	fmt.Println("A message for dave, who is away:")
	backend.api.MessageInstantSend("dave", 0, "Your order has been shipped.", "order-4711")
	id, err := backend.next("sent")
	if err != nil {
		return err
	}
	fmt.Printf("  %s is kept for him\n", id)
	dave, err := logIn(url, "dave")
	if err != nil {
		return err
	}
	defer dave.api.Destroy()
	msg, err := dave.next("message")
	if err != nil {
		return err
	}
	fmt.Printf("  dave logs in and reads: %s\n", msg)

	fmt.Println("Watching a user:")
	carol.api.Destroy() // logs out as well
	backend.api.QueryUserStatus("carol")
	status, err := backend.next("status")
	if err != nil {
		return err
	}
	fmt.Printf("  carol has gone: status %s\n", status)
	return nil
}
