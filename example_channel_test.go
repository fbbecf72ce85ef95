package signal_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/agora-signal-go/signal"
)

// A user is in one channel at most. All members get what is sent to it, the sender too.
func ExampleClient_Join() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)

	room, err := alice.Join(ctx, "lobby")
	if err != nil {
		fmt.Println(err)
		return
	}
	check(room.Send(ctx, "Anybody here?"))
	check(room.Send(ctx, "No. Good night."))
	n := 0
	for m, err := range room.Messages(ctx) {
		check(err)
		fmt.Printf("%s in %s: %s\n", m.From, m.Channel, m.Text)
		if n++; n == 2 {
			check(room.Leave(ctx)) // this ends the loop
		}
	}
	// Output:
	// alice in lobby: Anybody here?
	// alice in lobby: No. Good night.
}

// What was missed and cannot be had again is told in its place: the loop may go on.
func ExampleChannel_Messages() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	room := must(alice.Join(ctx, "lobby"))
	check(alice.SendChannel(ctx, "lobby", "Hello")) // which needs no membership

	for m, err := range room.Messages(ctx) {
		var gap *signal.GapError
		switch {
		case errors.As(err, &gap):
			fmt.Println("some messages are missing:", gap.Dropped)
		case err != nil:
			fmt.Println("out of the channel:", err)
			return
		default:
			fmt.Println(m.From+":", m.Text)
			return
		}
	}
	// Output: alice: Hello
}

// Presence is who is in the channel: all of them first, then each that comes and goes.
func ExampleChannel_Presence() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	bob := must(signal.Dial(ctx, "my app", "bob", at))
	defer bob.Close(ctx)
	room := must(alice.Join(ctx, "lobby"))

	for p, err := range room.Presence(ctx) {
		check(err)
		switch p.Kind {
		case signal.PresenceSync:
			fmt.Println("here:", p.Accounts)
			must(bob.Join(ctx, "lobby"))
		case signal.PresenceJoin:
			fmt.Println("came:", p.Accounts, "so here:", room.Members())
			must(bob.Join(ctx, "kitchen"))
		case signal.PresenceLeave:
			fmt.Println("went:", p.Accounts)
			return
		}
	}
	// Output:
	// here: [alice]
	// came: [bob] so here: [bob alice]
	// went: [bob]
}

// Attributes of a channel are known to its members, and so are their changes.
func ExampleChannel_AttrChanges() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	check(alice.SetChannelAttr(ctx, "lobby", "topic", "fish")) // of any channel
	room := must(alice.Join(ctx, "lobby"))

	for c, err := range room.AttrChanges(ctx) {
		check(err)
		switch {
		case c.Kind == signal.AttrSet && c.Value == "fish":
			fmt.Println(c.Name, "is", c.Value)
			check(room.SetAttr(ctx, "topic", "boats"))
		case c.Kind == signal.AttrSet:
			fmt.Println(c.Name, "is", c.Value)
			check(room.DeleteAttr(ctx, "topic"))
		case c.Kind == signal.AttrDeleted:
			fmt.Printf("%s is gone: %q\n", c.Name, room.Attr("topic"))
			return
		}
	}
	// Output:
	// topic is fish
	// topic is boats
	// topic is gone: ""
}

// How many are in a channel, and who, can be asked from outside.
func ExampleClient_Members() {
	at, stop := localServer()
	defer stop()
	ctx := context.Background()
	alice := must(signal.Dial(ctx, "my app", "alice", at))
	defer alice.Close(ctx)
	bob := must(signal.Dial(ctx, "my app", "bob", at))
	defer bob.Close(ctx)
	must(alice.Join(ctx, "lobby"))
	must(bob.Join(ctx, "lobby"))

	fmt.Println(alice.MemberCount(ctx, "lobby"))
	fmt.Println(alice.Members(ctx, "lobby")) // the newest first
	fmt.Println(alice.MemberCount(ctx, "kitchen"))
	// Output:
	// 2 <nil>
	// [bob alice] <nil>
	// 0 <nil>
}
