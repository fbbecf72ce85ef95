// Callbacks is the story of examples/quickstart in the API of the original SDK, with callbacks: it starts the embedded
// server, two users log in, send each other messages, meet in a channel, share attributes and call each other.
//
//	go run ./examples/callbacks
//
// Every line that it prints with an arrow came through a callback. Should one that is due not come, the
// program says which and exits with status 1.
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
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "callbacks:", err)
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
	fmt.Println("A signaling server listens at", url)

	alice, bob := newUser("alice", url), newUser("bob", url)
	defer alice.api.Destroy()
	defer bob.api.Destroy()
	return story(alice, bob)
}

// story calls the API and, after each call, waits for the callbacks that it leads to.
func story(alice, bob *user) error {
	s := &script{}

	s.scene("Logging in")
	alice.api.Login(appID, "alice", signal.NoToken, 0, "")
	bob.api.Login(appID, "bob", signal.NoToken, 0, "")
	s.wait(alice, "logged in")
	s.wait(bob, "logged in")

	s.scene("An instant message")
	alice.api.MessageInstantSend("bob", 0, "Hello Bob!", "m1")
	s.wait(bob, "message from alice: Hello Bob!")
	s.wait(alice, "m1 was delivered to the server")

	s.scene("Meeting in a channel")
	alice.api.ChannelJoin("lobby")
	s.wait(alice, "joined lobby")
	s.wait(alice, "members: [alice]")
	alice.api.ChannelSetAttr("lobby", "topic", "gophers")
	s.wait(alice, "lobby: topic = gophers")
	bob.api.ChannelJoin("lobby")
	s.wait(bob, "joined lobby")
	s.wait(bob, "members: [bob alice]")
	s.wait(bob, "lobby: topic = gophers")
	s.wait(alice, "bob came in")
	bob.api.MessageChannelSend("lobby", "Hi everybody", "m2")
	s.wait(alice, "lobby: bob says: Hi everybody")
	s.wait(bob, "lobby: bob says: Hi everybody")

	s.scene("Attributes of a user")
	bob.api.SetAttr("mood", "curious")
	bob.api.GetAttr("mood")
	s.wait(bob, "bob's mood is curious")
	alice.api.GetUserAttr("bob", "mood")
	s.wait(alice, "bob's mood is curious")

	s.scene("A call")
	alice.api.ChannelInviteUser2("lobby", "bob", `{"video":true}`)
	s.wait(bob, `alice calls: {"video":true}`)
	s.wait(alice, "it rings at bob's")
	bob.api.ChannelInviteAccept("lobby", "alice", 0, "")
	s.wait(alice, "bob accepts")
	bob.api.ChannelInviteEnd("lobby", "alice", 0)
	s.wait(bob, "I hung up")
	s.wait(alice, "bob hung up")

	s.scene("Leaving")
	bob.api.ChannelLeave("lobby")
	s.wait(bob, "left lobby (LEAVECHANNEL_E_BYUSER)") // 602 is what a wanted leave says
	s.wait(alice, "bob went out")
	alice.api.Logout()
	s.wait(alice, "left lobby (LEAVECHANNEL_E_LOGOUT)")
	s.wait(alice, "logged out (LOGOUT_E_USER)")
	bob.api.Logout()
	s.wait(bob, "logged out (LOGOUT_E_USER)")

	if s.err == nil {
		fmt.Println("\nThat is all. Everything came as it should.")
	}
	return s.err
}

// script waits for one callback after the other and stops at the first that does not come.
type script struct{ err error }

func (s *script) scene(title string) {
	if s.err == nil {
		fmt.Println("\n" + title)
	}
}

func (s *script) wait(u *user, want string) {
	timeout := time.After(3 * time.Second)
	for s.err == nil {
		select {
		case got := <-u.heard:
			fmt.Printf("  → %-5s  %s\n", u.name, got)
			if got == want {
				return
			}
			s.err = fmt.Errorf("%s: want %q next, got %q", u.name, want, got)
		case <-timeout:
			s.err = fmt.Errorf("%s: %q did not come within 3 s", u.name, want)
		}
	}
}

const appID = "callbacks"
