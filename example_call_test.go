package signal_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agora-signal-go/signal"
)

// A call: it rings, it is accepted, keys are pressed, it ends.
func ExampleClient_Invite() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	bob := must(signal.Dial(ctx, "my app", "bob", at))
	defer bob.Close(ctx)

	hungUp := make(chan struct{})
	go func() { // Bob's side
		defer close(hungUp)
		for call, err := range bob.Calls(ctx) {
			check(err)
			check(call.Accept(ctx, `{"video":false}`))
			for keys, err := range call.Tones(ctx) { // until the call ends
				check(err)
				fmt.Println("Bob hears", keys)
			}
			return
		}
	}()

	call, err := alice.Invite(ctx, "bob", signal.CallOptions{RingTimeout: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	<-call.Ringing()
	answer, err := call.Wait(ctx)
	fmt.Println("Bob answers", answer, err)
	check(call.DTMF(ctx, "12#"))
	check(call.End(ctx))
	<-hungUp
	fmt.Println(call.State(), call.Err())
	// Output:
	// Bob answers {"video":false} <nil>
	// Bob hears 12#
	// ended <nil>
}

// The callee may refuse, with something to say.
func ExampleCall_Refuse() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	bob := must(signal.Dial(ctx, "my app", "bob", at))
	defer bob.Close(ctx)

	call := must(alice.Invite(ctx, "bob", signal.CallOptions{Extra: `{"about":"fish"}`}))
	for in, err := range bob.Calls(ctx) {
		check(err)
		fmt.Println(in.Peer(), "calls:", in.Extra())
		check(in.Refuse(ctx, `{"why":"busy"}`))
		break
	}
	answer, err := call.Wait(ctx)
	fmt.Println(answer, errors.Is(err, signal.ErrRefused))
	// Output:
	// alice calls: {"about":"fish"}
	// {"why":"busy"} true
}

// A call to one who is not there waits for him to come, for 20 s or for Timeout; with RequireOnline it fails at once.
func ExampleCallOptions() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)

	_, err := alice.Invite(ctx, "bob", signal.CallOptions{RequireOnline: true})
	fmt.Println(errors.Is(err, signal.InviteEPeerOffline))
	// Output: true
}
