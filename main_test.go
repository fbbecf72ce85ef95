package signal_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/signaltest"
)

// A goroutine that outlives its test fails the run.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// user is an API and what its handlers hear.
type user struct {
	*signal.API
	*recorder.Recorder
}

// offline returns a user of a server that is not there.
func offline(t *testing.T, opts ...signal.Option) user {
	t.Helper()
	u := user{signal.New("app", append([]signal.Option{signal.WithServer("ws://127.0.0.1:1/")}, opts...)...), recorder.New()}
	u.CallbackSet(u.Recorder)
	t.Cleanup(u.Destroy)
	return u
}

// pipes starts a server that needs no network, so that the test may run in a bubble.
func pipes(t *testing.T) *signaltest.Server {
	t.Helper()
	return signaltest.NewPipeServer(t)
}

// visitor returns a user of srv that has yet to log in.
func visitor(t *testing.T, srv *signaltest.Server, opts ...signal.Option) user {
	t.Helper()
	opts = append([]signal.Option{signal.WithServer(srv.URL), signal.WithDialContext(srv.Dial)}, opts...)
	u := user{signal.New("app", opts...), recorder.New()}
	u.CallbackSet(u.Recorder)
	t.Cleanup(u.Destroy)
	return u
}

// online returns a user that is logged in.
func online(t *testing.T, srv *signaltest.Server, account string, opts ...signal.Option) user {
	t.Helper()
	u := visitor(t, srv, opts...)
	u.Login("app", account, signal.NoToken, 0, "")
	u.Expect(t, "OnLoginSuccess", 0, 1)
	return u
}

// enter takes a user into a channel.
func (u user) enter(t *testing.T, channel string) {
	t.Helper()
	u.ChannelJoin(channel)
	u.Await(t, "OnChannelJoined", channel)
	u.Expect(t, "OnChannelUserList")
}
