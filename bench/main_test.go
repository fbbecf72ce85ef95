package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/bench/internal/duel"
	"github.com/agora-signal-go/signal/bench/internal/proc"
	"github.com/agora-signal-go/signal/bench/internal/report"
)

// TestMain is the program of the children, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == proc.Role {
		if err := duel.Child(os.Args[2], proc.Leash(os.Stdin), os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// hurry lets children that the race detector watches end at once.
func hurry(t *testing.T) {
	t.Helper()
	t.Setenv("GORACE", "atexit_sleep_ms=0")
}

func TestEngines(t *testing.T) {
	hurry(t)
	var table, progress bytes.Buffer
	err := run(t.Context(), []string{"-engines", "-short", "-for", "20ms", "-only", "user64"}, &table, &progress)
	require.NoError(t, err, progress.String())
	assert.Contains(t, table.String(), "|  | memory | disk | disk synced | NATS 1 node | NATS 3 nodes |\n")
}

func TestCompare(t *testing.T) {
	hurry(t)
	dir := t.TempDir()
	samples := filepath.Join(dir, "samples")
	var table, progress bytes.Buffer
	err := run(t.Context(), []string{
		"-short", "-awake", "-for", "20ms", "-rounds", "2", "-only", "request1, user64", "-peers", "ours,gorilla+json",
		"-json", samples, "-plot", filepath.Join(dir, "plots"), "-profile", filepath.Join(dir, "profiles"),
	}, &table, &progress)
	require.NoError(t, err, progress.String())
	assert.Contains(t, table.String(), "|  | gorilla+json | ours | target |  |")
	assert.Equal(t, 2*2*2, bytes.Count(progress.Bytes(), []byte("\n")))

	f, err := os.Open(samples)
	require.NoError(t, err)
	defer f.Close()
	n := 0
	for d := json.NewDecoder(f); ; n++ {
		var s report.Sample
		err := d.Decode(&s)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		assert.Positive(t, s.Values[map[string]string{"request1": "p50", "user64": "server"}[s.Workload]])
	}
	assert.Equal(t, 2*2*2, n)
	for _, file := range []string{"plots/request1-p50.svg", "profiles/user64-ours-server.pprof", "profiles/request1-gorilla+json-client.pprof"} {
		assert.FileExists(t, filepath.Join(dir, file))
	}
}

func TestGrow(t *testing.T) {
	hurry(t)
	var tables, progress bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-short", "-grow", "-for", "20ms", "-plot", t.TempDir()}, &tables, &progress), progress.String())
	for _, figure := range []string{"| users |", "| members |", "| channels |", "| inbox |"} {
		assert.Contains(t, tables.String(), figure)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-only", "sleep"}, {"-peers", "nobody"}, {"-rounds", "0"}, {"-for", "-1s"}, {"fast"}, {"-fast"},
	} {
		assert.Error(t, run(t.Context(), args, io.Discard, io.Discard), args)
	}
	var help bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard, &help), flag.ErrHelp)
	assert.Contains(t, help.String(), "request64")
	assert.Contains(t, help.String(), "centrifuge")
}

func TestInterrupted(t *testing.T) {
	hurry(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := run(ctx, []string{"-short", "-only", "request64", "-for", "20ms"}, io.Discard, writerFunc(func([]byte) {
		cancel() // after the first measurement
	}))
	assert.ErrorIs(t, err, context.Canceled)
}

type writerFunc func(p []byte)

func (w writerFunc) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

func TestTooFewFiles(t *testing.T) {
	assert.NoError(t, enoughFiles(1))
	assert.ErrorContains(t, enoughFiles(1<<40), "ulimit")
}
