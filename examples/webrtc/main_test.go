package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestStory(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out))
	for _, line := range []string{
		"alice  it rings at echo", "echo   alice calls; accepted", "alice  echo has accepted", "alice  ICE is connected: host udp here",
		"alice  hangs up", "echo   the call of alice is over", "pings on the data channel: 10 of 10",
	} {
		assert.Contains(t, out.String(), line)
	}
}

// lines is what a program prints, line by line.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

func TestServe(t *testing.T) {
	srv := signaltest.NewServer(t, server.WithApp("app", ""))
	ctx, stop := context.WithCancel(t.Context())
	out, over := make(lines, 16), make(chan error, 1)
	go func() {
		over <- run(ctx, []string{"-server", srv.URL, "-app", "app", "-account", "mirror", "-calls", "2", "-ice", "stun:127.0.0.1:1"}, out)
	}()
	assert.Equal(t, "mirror answers calls at "+srv.URL+", 2 at a time; Ctrl-C ends it\n", <-out)
	stop()
	assert.NoError(t, <-over)
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	srv := signaltest.NewServer(t, server.WithApp("app", "certificate"))
	for args, want := range map[string]string{
		"x":                       `want flags only, got "x"`,
		"-server ws://x -calls 0": "-calls: want a number above 0, got 0",
		"-account echo":           "-server is missing",
		"-server " + srv.URL + " -app app -token wrong": "TOKEN",
		"-server " + srv.URL + " -ice http://x":         "-ice: ",
	} {
		err := run(t.Context(), strings.Fields(args), new(bytes.Buffer))
		assert.ErrorContains(t, err, want, args)
	}
}
