// Call shows the ways that a call can go: accepted, with keys pressed and hung up; refused; to somebody who is
// not there; and one that nobody answers.
//
//	go run ./examples/call
//
// A call is an invitation to a channel, but the two are independent: nobody joins anything by being called.
// An application connects its media when OnInviteAcceptedByPeer comes, and tears it down when the call ends.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/agora-signal-go/signal/server"
)

const appID = "call-example"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "call:", err)
		os.Exit(1)
	}
}

func run() error {
	srv := server.New()
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer srv.Shutdown(context.Background()) //nolint:errcheck // the process ends

	caller := newPhone("caller", url, nil)
	defer caller.api.Destroy()
	polite := newPhone("polite", url, (*phone).accept)
	defer polite.api.Destroy()
	busy := newPhone("busy", url, (*phone).refuse)
	defer busy.api.Destroy()
	asleep := newPhone("asleep", url, nil) // it rings, and nobody answers
	defer asleep.api.Destroy()
	for _, p := range []*phone{caller, polite, busy, asleep} {
		if err := p.logIn(); err != nil {
			return err
		}
	}

	calls := []struct {
		title, peer, extra, want string
		talk                     func() // once the call is accepted
	}{
		{"A call that is accepted", "polite", "", "I hung up", func() {
			caller.api.ChannelInviteDTMF("room", "polite", "12#")
			caller.api.ChannelInviteEnd("room", "polite", 0)
		}},
		{"A call that is refused", "busy", "", "busy refused", nil},
		{"A call to somebody who is away", "nobody", `{"_require_peer_online":1}`, "failed: INVITE_E_PEEROFFLINE", nil},
		{"A call that nobody answers for a second", "asleep", `{"_ring_timeout":1}`, "failed: INVITE_E_TIMEOUT", nil},
	}
	for _, c := range calls {
		fmt.Println(c.title)
		caller.talk = c.talk
		caller.api.ChannelInviteUser2("room", c.peer, c.extra)
		if err := caller.over(c.want); err != nil {
			return err
		}
	}
	return nil
}
