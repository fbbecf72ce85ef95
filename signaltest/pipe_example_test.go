package signaltest_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// TestNobodyAnswers lets a telephone ring for ten minutes, which takes no time: in a bubble of synctest time passes when
// everybody waits.
func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t) // no network, which a bubble cannot have
		ctx := t.Context()
		at, by := signal.WithServer(srv.URL), signal.WithDialContext(srv.Dial)
		bob, err := signal.Dial(ctx, "my app", "bob", at, by)
		if err != nil {
			t.Fatal(err)
		}
		defer bob.Close(ctx)
		alice, err := signal.Dial(ctx, "my app", "alice", at, by)
		if err != nil {
			t.Fatal(err)
		}
		defer alice.Close(ctx)

		began := time.Now()
		call, err := alice.Invite(ctx, "bob", signal.CallOptions{RingTimeout: 10 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		_, err = call.Wait(ctx)
		if !errors.Is(err, signal.InviteETimeout) || time.Since(began) != 10*time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func ExampleNewPipeServer() {
	fmt.Println(passes("TestNobodyAnswers", TestNobodyAnswers))
	// Output: true
}
