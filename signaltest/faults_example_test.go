package signaltest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// TestChatSurvives is a test of what a user of a chat sees when things go wrong.
func TestChatSurvives(t *testing.T) {
	srv := signaltest.NewServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	alice, err := signal.Dial(ctx, "my app", "alice", signal.WithServer(srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer alice.Close(ctx)
	room, err := alice.Join(ctx, "lobby")
	if err != nil {
		t.Fatal(err)
	}

	srv.Cut("alice") // her cable is pulled: what is sent now waits for the connection
	if err := room.Send(ctx, "Still here"); err != nil {
		t.Fatal(err)
	}

	srv.Restart(false) // the server has forgotten everything: she comes back, and into her channel
	for m, err := range room.Messages(ctx) {
		var gap *signal.GapError
		switch {
		case errors.As(err, &gap): // nobody knows what was said meanwhile
			err = room.Send(ctx, "What did I miss?")
		case m.Text == "What did I miss?":
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func ExampleServer_Restart() {
	fmt.Println(passes("TestChatSurvives", TestChatSurvives))
	// Output: true
}
