package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
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

// The program answers a call, also of a browser that gives a name of its network instead of its addresses. Nobody here has
// that name: it holds up nothing.
func TestServe(t *testing.T) {
	s := newStage(t, 1)
	ctx, stop := context.WithCancel(t.Context())
	out, over := make(lines, 16), make(chan error, 1)
	go func() {
		over <- run(ctx, []string{"-server", s.srv.URL, "-app", "app", "-account", "mirror", "-calls", "2", "-ice", "stun:127.0.0.1:1"}, out)
	}()
	assert.Equal(t, "mirror answers calls at "+s.srv.URL+", 2 at a time; Ctrl-C ends it\n", <-out)
	call, p := s.accepted(t, s.caller(t, "alice"), "mirror")
	assert.Equal(t, "  → mirror  alice calls; accepted\n", <-out)
	require.NoError(t, newPicture().attach(talking(t), p))
	require.NoError(t, p.tell(t.Context(), kindICE, webrtc.ICECandidateInit{
		Candidate: "candidate:1 1 udp 2113937151 d3d154b0-5815-4d84-b293-ccb2918fa9c5.local 37488 typ host",
	}))
	require.NoError(t, p.offer(t.Context()))
	ran := make(chan error, 1)
	p.goes(func() { ran <- p.run(context.Background()) })
	<-p.connected
	stop()
	assert.NoError(t, <-over)
	isDone(t, call)
	assert.NoError(t, <-ran)
	assert.Equal(t, "  → mirror  the call of alice is over\n", <-out)
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
