package signal_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/suite"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/server/backend"
	"github.com/agora-signal-go/signal/signaltest"
)

// A player plays the behaviour suite, through one face or the other.
type player = func(t *testing.T, start suite.Start)

// TestEveryMethodAndCallback plays the behaviour suite against a server in this process. It fails unless every
// method of API was called, with the outcome that is due, and every callback of ICallBack fired; and when a secret
// is in a log of client or server, at whatever level.
func TestEveryMethodAndCallback(t *testing.T) { playOnOne(t, suite.Run) }

// The same through the second face.
func TestEveryMethodThroughClient(t *testing.T) { playOnOne(t, suite.RunClient) }

func playOnOne(t *testing.T, play player) {
	t.Helper()
	t.Parallel()
	logs := new(logbook)
	logger := slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	play(t, func(t *testing.T) (string, []signal.Option) {
		t.Helper()
		srv := signaltest.NewServer(t, server.WithApp(suite.OpenApp, ""), server.WithApp(suite.SecuredApp, suite.Certificate),
			server.WithLogger(logger))
		return srv.URL, []signal.Option{signal.WithLogger(logger)}
	})
	text := logs.String()
	assert.Contains(t, text, "logging in", "the client's log")
	assert.Contains(t, text, "logged in")
	assert.NotContains(t, text, suite.Certificate)
	assert.NotContains(t, text, "1:"+suite.SecuredApp+":", "the beginning of a token")
	assert.NotRegexp(t, `[A-Z2-7]{26}\.[0-9a-z]`, text, "the line of a session")
}

// The same with the users spread over three servers that share a backend.
func TestEveryMethodAndCallbackOnThreeNodes(t *testing.T) { playOnThree(t, suite.Run) }

// The same through the second face.
func TestEveryMethodThroughClientOnThreeNodes(t *testing.T) { playOnThree(t, suite.RunClient) }

func playOnThree(t *testing.T, play player) {
	t.Helper()
	t.Parallel()
	logs := new(logbook)
	logger := slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	play(t, func(t *testing.T) (string, []signal.Option) {
		t.Helper()
		data := backend.NewMemory(8)
		var addrs []string
		for range 3 {
			srv := signaltest.NewServer(t, server.WithApp(suite.OpenApp, ""), server.WithApp(suite.SecuredApp, suite.Certificate),
				server.WithLogger(logger), server.WithBackend(data.Node()))
			addrs = append(addrs, strings.TrimPrefix(srv.HTTPURL, "http://"))
		}
		return "ws://" + suite.Spread(t, addrs...) + "/", []signal.Option{signal.WithLogger(logger)}
	})
	text := logs.String()
	assert.Contains(t, text, "logged in")
	assert.NotContains(t, text, suite.Certificate)
	assert.NotContains(t, text, "1:"+suite.SecuredApp+":", "the beginning of a token")
}

// A logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
