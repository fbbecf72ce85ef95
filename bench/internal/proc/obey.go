// Package proc runs parts of the benchmark in processes of their own and takes the figures that the operating system
// has of them.
package proc

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
)

// Commands are what a child understands, by name.
type Commands map[string]func(ctx context.Context, args json.RawMessage) (any, error)

// Obey does what the parent says, until that has nothing more to say; the context of what is being done then ends. A
// child understands figures and profile besides its own commands.
func Obey(in io.Reader, out io.Writer, own Commands) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lines := make(chan []byte)
	go func() {
		defer cancel()
		defer close(lines)
		for r := bufio.NewReader(in); ; {
			line, err := r.ReadBytes('\n')
			if err != nil { // the parent has ended or wants this process to
				return
			}
			select {
			case lines <- line:
			case <-ctx.Done():
				return
			}
		}
	}()
	var profile *os.File
	defer func() { _ = stopProfile(profile) }()
	replies := json.NewEncoder(out)
	for line := range lines {
		var c command
		if err := json.Unmarshal(line, &c); err != nil {
			return fmt.Errorf("want a command in JSON, got %q: %w", line, err)
		}
		var (
			reply any
			err   error
		)
		switch do, ok := own[c.Name]; {
		case ok:
			reply, err = do(ctx, c.Args)
		case c.Name == CmdFigures:
			reply, err = measure(c.Args)
		case c.Name == CmdProfile:
			profile, err = switchProfile(profile, c.Args)
		default:
			err = fmt.Errorf("unknown command %q", c.Name)
		}
		a := answer{}
		if err == nil {
			a.Reply, err = json.Marshal(reply)
		}
		if err != nil {
			a = answer{Err: err.Error()}
		}
		if err := replies.Encode(a); err != nil {
			return err
		}
	}
	return nil
}

// The commands that all children understand.
const (
	CmdFigures = "figures" // whether to settle first: Figures
	CmdProfile = "profile" // the path of a CPU profile that begins now, "": the one that runs ends
)

func measure(args json.RawMessage) (any, error) {
	var settled bool
	if err := json.Unmarshal(args, &settled); err != nil {
		return nil, err
	}
	if settled {
		settle()
	}
	return figures()
}

func switchProfile(running *os.File, args json.RawMessage) (*os.File, error) {
	var path string
	if err := json.Unmarshal(args, &path); err != nil {
		return running, err
	}
	if err := stopProfile(running); err != nil || path == "" {
		return nil, err
	}
	f, err := os.Create(path) //nolint:gosec // whoever starts the benchmark says where profiles go
	if err != nil {
		return nil, err
	}
	return f, pprof.StartCPUProfile(f)
}

func stopProfile(f *os.File) error {
	if f == nil {
		return nil
	}
	pprof.StopCPUProfile()
	return f.Close()
}
