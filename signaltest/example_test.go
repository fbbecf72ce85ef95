package signaltest_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// A greeter answers whoever writes to it: this is the application's code, which is to be tested.
type greeter struct {
	signal.NopCallBack
	api *signal.API
}

func newGreeter(url, account string) *greeter {
	g := &greeter{api: signal.New("my app", signal.WithServer(url))}
	g.api.CallbackSet(g)
	g.api.Login("my app", account, signal.NoToken, 0, "")
	return g
}

func (g *greeter) OnMessageInstantReceive(account string, _ int, _ string) {
	g.api.MessageInstantSend(account, 0, "Hello, "+account+"!", "")
}

// A guest is the test's own user. It hands on what it hears.
type guest struct {
	signal.NopCallBack
	heard chan string
}

func (g guest) OnLoginSuccess(_, _ int) { g.heard <- "logged in" }
func (g guest) OnMessageInstantReceive(account string, _ int, msg string) {
	g.heard <- account + ": " + msg
}

// TestGreeter is the test that an application has in its _test.go: the real client against the real server,
// and a cable that is pulled in the middle.
func TestGreeter(t *testing.T) {
	srv := signaltest.NewServer(t) // closed when the test ends
	g := newGreeter(srv.URL, "greeter")
	t.Cleanup(g.api.Destroy)

	ann := guest{heard: make(chan string, 10)}
	api := signal.New("my app", signal.WithServer(srv.URL))
	t.Cleanup(api.Destroy)
	api.CallbackSet(ann)
	api.Login("my app", "ann", signal.NoToken, 0, "")
	wait(t, ann.heard, "logged in")

	api.MessageInstantSend("greeter", 0, "Anybody there?", "")
	wait(t, ann.heard, "greeter: Hello, ann!")

	srv.Cut("greeter") // it comes back by itself, and nothing is lost
	api.MessageInstantSend("greeter", 0, "Still there?", "")
	wait(t, ann.heard, "greeter: Hello, ann!")
}

func wait(t *testing.T, heard <-chan string, want string) {
	t.Helper()
	select {
	case got := <-heard:
		if got != want {
			t.Fatalf("want %q, got %q", want, got)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("%q did not come", want)
	}
}

// A unit test of one's own. go test runs it as TestGreeter; this Example runs it once more to say that it passes.
func Example() {
	fmt.Println(passes("TestGreeter", TestGreeter))
	// Output: true
}

// passes runs a test, without a word whatever go test was told.
func passes(name string, test func(*testing.T)) bool {
	const verbose = "test.v"
	was := flag.Lookup(verbose).Value.String()
	flag.Set(verbose, "false")
	defer flag.Set(verbose, was)
	return testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: name, F: test}})
}
