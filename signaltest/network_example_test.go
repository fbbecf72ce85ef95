package signaltest_test

import (
	"fmt"
	"testing"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// TestGreeterOnABadNetwork is a test of an application whose connection ends inside a frame, time and again. The server
// might as well be a daemon elsewhere.
func TestGreeterOnABadNetwork(t *testing.T) {
	srv := signaltest.NewServer(t)
	way := signaltest.NewNetwork(t, srv.URL) // the greeter's own
	g := newGreeter(way.URL, "greeter")
	t.Cleanup(g.api.Destroy)

	ann := guest{heard: make(chan string, 10)}
	api := signal.New("my app", signal.WithServer(srv.URL))
	t.Cleanup(api.Destroy)
	api.CallbackSet(ann)
	api.Login("my app", "ann", signal.NoToken, 0, "")
	wait(t, ann.heard, "logged in")

	for range 3 {
		way.Tear(signaltest.Both, 10)
		api.MessageInstantSend("greeter", 0, "Anybody there?", "")
		wait(t, ann.heard, "greeter: Hello, ann!")
	}
	if way.Stats().Tears == 0 {
		t.Error("the network was a good one")
	}
}

func ExampleNetwork() {
	fmt.Println(passes("TestGreeterOnABadNetwork", TestGreeterOnABadNetwork))
	// Output: true
}
