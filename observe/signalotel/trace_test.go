package signalotel_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe/signalotel"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

const patience = 20 * time.Second // for what is wrong if it does not come

func dial(t *testing.T, srv *signaltest.Server, account string, opts ...signal.Option) *signal.Client {
	t.Helper()
	c, err := signal.Dial(t.Context(), "app", account, append([]signal.Option{signal.WithServer(srv.URL)}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// named returns the one span of that name.
func named(t *testing.T, all []span, name string) span {
	t.Helper()
	var found []span
	for _, s := range all {
		if s.Name == name {
			found = append(found, s)
		}
	}
	require.Len(t, found, 1, "%s in %v", name, all)
	return found[0]
}

// startReceiver starts another process that receives, and returns what waits for the spans that it has recorded.
func startReceiver(t *testing.T, url string) (spans func() []span) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), receiverOf+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	said := bufio.NewReader(out)
	line, err := said.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	return func() (all []span) {
		t.Helper()
		require.NoError(t, json.NewDecoder(said).Decode(&all))
		return all
	}
}

// One trace leads from a program that sends, through a server, to one in another process that handles, and to a handler in the
// server.
func TestATraceLeadsAcrossProcesses(t *testing.T) {
	sender, service := newProgram(), newProgram()
	srv := signaltest.NewServer(t, server.WithInvokeHandler("shop", signalotel.InvokeHandler("shop", service.options(),
		func(ctx context.Context, _ server.Caller, fn, _ string) (string, error) {
			_, work := service.Tracer("shop").Start(ctx, "work for "+fn)
			work.End()
			if fn == "fail" {
				return "", errors.New("sold out")
			}
			return `"sold"`, nil
		})))
	received := startReceiver(t, srv.URL)
	alice := dial(t, srv, "alice", sender.tracing())

	ctx, root := sender.Tracer("sender").Start(t.Context(), "request")
	require.NoError(t, alice.Send(ctx, "bob", "one"))
	require.NoError(t, alice.SendChannel(ctx, "room", "all"))
	call, err := alice.Invite(ctx, "bob", signal.CallOptions{Channel: "line"})
	require.NoError(t, err)
	answer, err := signal.Invoke[string](ctx, alice, "shop.buy", nil)
	require.NoError(t, err)
	assert.Equal(t, "sold", answer)
	root.End()
	there := received()
	_, err = signal.Invoke[string](ctx, alice, "shop.fail", nil)
	require.Error(t, err)
	<-call.Done() // bob is gone

	here, at := sender.spans(), service.spans()
	for _, s := range append(append(append([]span{}, here...), there...), at...) {
		if s.Name != "signal join" { // of bob himself
			assert.Equal(t, root.SpanContext().TraceID().String(), s.Trace, s.Name)
		}
	}
	for sent, handled := range map[string]string{
		"signal send": "signal process message", "signal send_channel": "signal process channel_message", "signal invite": "signal process call",
	} {
		from, to := named(t, here, sent), named(t, there, handled)
		assert.Equal(t, "producer", from.Kind)
		assert.Equal(t, "consumer", to.Kind)
		assert.Equal(t, root.SpanContext().SpanID().String(), from.Parent)
		assert.Equal(t, from.ID, to.Parent)
		assert.Equal(t, from.ID, to.Link)
	}
	assert.Equal(t, named(t, there, "signal process message").ID, named(t, there, "work for one").Parent)
	assert.Equal(t, named(t, there, "signal process channel_message").ID, named(t, there, "work for all").Parent)

	clients := make(map[string]bool)
	for _, s := range here {
		if s.Name == "signal invoke" {
			assert.Equal(t, "client", s.Kind)
			clients[s.ID] = true
		}
	}
	worked := at // each span of a handler behind that of its work
	require.Len(t, worked, 4)
	for i, s := range worked {
		if i%2 == 1 {
			assert.Equal(t, "server", s.Kind)
			assert.Equal(t, s.ID, worked[i-1].Parent)
			assert.Contains(t, clients, s.Parent)
		}
	}
	assert.Equal(t, "sold out", worked[3].Status)

	assert.Equal(t, map[string]string{
		"messaging.system": "signal", "messaging.operation.name": "send", "messaging.operation.type": "send", "messaging.destination.name": "bob",
		"messaging.message.body.size": "3", "signal.app": "app", "signal.account": "alice", "deployment": "test",
	}, named(t, here, "signal send").Attributes)
	assert.Equal(t, map[string]string{
		"messaging.system": "signal", "messaging.operation.name": "process", "messaging.operation.type": "process", "messaging.destination.name": "room",
		"messaging.message.body.size": "3", "signal.app": "app", "signal.account": "bob", "signal.from": "alice", "signal.kind": "channel_message", "deployment": "test",
	}, named(t, there, "signal process channel_message").Attributes)
	assert.Equal(t, "line", named(t, there, "signal process call").Attributes["signal.channel"])
}

// A request that fails says so by its span.
func TestASpanSaysWhatFailed(t *testing.T) {
	p := newProgram()
	alice := dial(t, signaltest.NewServer(t), "alice", p.tracing())
	_, err := alice.Invite(t.Context(), "bob", signal.CallOptions{RequireOnline: true})
	require.ErrorIs(t, err, signal.InviteEPeerOffline)
	s := named(t, p.spans(), "signal invite")
	assert.Equal(t, "INVITE_E_PEEROFFLINE", s.Status)
	assert.Equal(t, "INVITE_E_PEEROFFLINE", s.Attributes["error.type"])
	assert.Equal(t, "bob", s.Attributes["messaging.destination.name"])
}

// ears tells of the end of each handler, which its span comes before.
type ears struct {
	signal.NopCallBack
	heard chan<- string
}

func (e ears) OnMessageInstantReceive(_ string, _ int, msg string) { e.heard <- msg }

// With callbacks there are no contexts: each message begins a trace, in which its handling is.
func TestATraceOfClientsWithCallbacks(t *testing.T) {
	srv := signaltest.NewServer(t)
	sender, receiver := newProgram(), newProgram()
	heard := make(chan string, 1)
	users := make(map[string]*signal.API)
	for name, p := range map[string]program{"alice": sender, "bob": receiver} {
		u := signal.New("app", signal.WithServer(srv.URL), p.tracing())
		t.Cleanup(u.Destroy)
		u.CallbackSet(ears{heard: heard})
		u.Login("app", name, signal.NoToken, 0, "")
		require.Eventually(t, func() bool { return u.GetStatus() == signal.LoginStateLogined }, patience, time.Millisecond)
		users[name] = u
	}
	users["alice"].MessageInstantSend("bob", 0, "hello", "")
	assert.Equal(t, "hello", <-heard)
	users["bob"].Destroy()
	users["alice"].Destroy()
	from, to := named(t, sender.spans(), "signal send"), named(t, receiver.spans(), "signal process message")
	assert.Equal(t, trace.SpanID{}.String(), from.Parent)
	assert.Equal(t, from.Trace, to.Trace)
	assert.Equal(t, from.ID, to.Parent)
}

func TestExtractAndInjectUndoEachOther(t *testing.T) {
	p := newProgram()
	ctx, span := p.Tracer("x").Start(t.Context(), "x")
	defer span.End()
	text := signalotel.Inject(ctx)
	assert.Len(t, text, 55)
	got := trace.SpanContextFromContext(signalotel.Extract(t.Context(), text))
	assert.Equal(t, span.SpanContext().SpanID(), got.SpanID())
	assert.True(t, got.IsRemote())
	assert.Equal(t, t.Context(), signalotel.Extract(t.Context(), ""))
	assert.False(t, trace.SpanContextFromContext(signalotel.Extract(t.Context(), "no trace")).IsValid())
	assert.Empty(t, signalotel.Inject(t.Context()))
}
