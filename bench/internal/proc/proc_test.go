package proc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/bench/internal/proc"
)

const (
	patience = 10 * time.Second
	tick     = time.Millisecond
)

// TestMain is the program of the children, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == proc.Role {
		if err := proc.Obey(os.Stdin, os.Stdout, own()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func own() proc.Commands {
	return proc.Commands{
		"double": func(_ context.Context, args json.RawMessage) (any, error) {
			var n int
			err := json.Unmarshal(args, &n)
			return 2 * n, err
		},
		"fail": func(context.Context, json.RawMessage) (any, error) { return nil, errors.New("no luck") },
		"exit": func(context.Context, json.RawMessage) (any, error) {
			os.Exit(0)
			return nil, nil
		},
	}
}

func start(ctx context.Context, t *testing.T) *proc.Child {
	t.Helper()
	c, err := proc.Start(ctx, "tested")
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestChild(t *testing.T) {
	c := start(t.Context(), t)
	var n int
	require.NoError(t, c.Call("double", 21, &n))
	assert.Equal(t, 42, n)
	require.ErrorContains(t, c.Call("fail", nil, nil), "tested: fail: no luck")
	require.ErrorContains(t, c.Call("dance", nil, nil), `unknown command "dance"`)
	require.Error(t, c.Call("double", "no number", &n))

	path := filepath.Join(t.TempDir(), "cpu")
	require.NoError(t, c.Call(proc.CmdProfile, path, nil))
	require.NoError(t, c.Call(proc.CmdProfile, "", nil))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Positive(t, info.Size())

	for _, settled := range []bool{false, true} {
		var f proc.Figures
		require.NoError(t, c.Call(proc.CmdFigures, settled, &f))
		assert.Positive(t, f.CPU)
		assert.Positive(t, f.RSS)
	}
}

func TestChildThatEnds(t *testing.T) {
	c := start(t.Context(), t)
	require.ErrorContains(t, c.Call("exit", nil, nil), "no answer")
	require.Error(t, c.Call("double", 1, nil))
}

func TestChildEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := start(ctx, t)
	cancel()
	require.Eventually(t, func() bool { return c.Call("double", 1, nil) != nil }, patience, tick)
}

func TestObeyEndsWithItsInput(t *testing.T) {
	var out strings.Builder
	require.NoError(t, proc.Obey(strings.NewReader(`{"name":"double","args":4}`+"\n"), &out, own()))
	assert.Equal(t, `{"reply":8}`+"\n", out.String())
	assert.Error(t, proc.Obey(strings.NewReader("nonsense\n"), &out, own()))
}

// A parent that dies takes what its children do with it.
func TestObeyEndsWhatItDoes(t *testing.T) {
	in, parent := io.Pipe()
	go func() {
		_, _ = io.WriteString(parent, `{"name":"wait"}`+"\n")
		_ = parent.Close()
	}()
	commands := proc.Commands{"wait": func(ctx context.Context, _ json.RawMessage) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	var out strings.Builder
	require.NoError(t, proc.Obey(in, &out, commands))
	assert.Equal(t, `{"err":"context canceled"}`+"\n", out.String())
}

func TestAllowFiles(t *testing.T) {
	n, err := proc.AllowFiles(1)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, n, uint64(1))
	again, err := proc.AllowFiles(n)
	require.NoError(t, err)
	assert.Equal(t, n, again)
}
