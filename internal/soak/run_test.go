package soak

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// A goroutine that outlives its test fails the run.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A short run with a server of its own. What it finds is not how fast they are, but that nothing goes wrong.
func TestShortRun(t *testing.T) {
	in, end := io.Pipe()
	out, told := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- Serve(in, told) }()
	url := make([]byte, 64)
	n, err := out.Read(url)
	require.NoError(t, err)

	var text bytes.Buffer
	ok := Run(t.Context(), Config{
		Server: strings.TrimSpace(string(url[:n])), Users: 12, For: 3 * time.Second, Every: 300 * time.Millisecond,
		WarmUp: 2 * time.Second, Load: 0.5, Cuts: 60, Relogins: 20, JSON: true,
	}, &text)
	require.NoError(t, end.Close())
	require.NoError(t, <-served)

	lines, passed := 0, false
	for dec := json.NewDecoder(&text); dec.More(); {
		var l struct {
			Line
			Note string `json:"note"`
		}
		require.NoError(t, dec.Decode(&l))
		if l.Note == "" {
			lines++
			assert.Zero(t, l.Lost+l.Doubled+l.Reordered)
			assert.NotZero(t, l.Client.Heap)
			assert.NotZero(t, l.Server.Heap)
		} else {
			t.Log(l.Note)
			passed = passed || l.Note == "PASSED"
		}
	}
	assert.NotZero(t, lines)
	assert.Equal(t, ok, passed)
	assert.True(t, ok)
}
