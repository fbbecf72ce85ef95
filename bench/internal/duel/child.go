package duel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/agora-signal-go/signal/bench/internal/peer"
	"github.com/agora-signal-go/signal/bench/internal/proc"
	"github.com/agora-signal-go/signal/bench/internal/roster"
	"github.com/agora-signal-go/signal/bench/internal/workload"
)

// The roles of children and what they understand.
const (
	serverRole = "server"
	clientRole = "client"
	awakeRole  = "awake" // keeps the processors from going to sleep

	cmdServe = "serve" // the contender's name: the address of its server
	cmdSetup = "setup" // a setup: nothing
	cmdRun   = "run"   // nothing: a workload.Result
)

// Files is how many files a process of the benchmark asks to have open, each connection being one.
const Files = 24 << 10

// A setup says what a client's process is to do.
type setup struct {
	Contender string          `json:"contender"`
	Addr      string          `json:"addr"`
	Workload  string          `json:"workload"`
	Params    workload.Params `json:"params"`
}

// Child is the program of a child: it does what its parent says on in, and ends when in does.
func Child(role string, in io.Reader, out io.Writer) error {
	if _, err := proc.AllowFiles(Files); err != nil {
		return err
	}
	switch role {
	case serverRole:
		return server(in, out)
	case clientRole:
		return client(in, out)
	case awakeRole:
		return proc.StayAwake(in)
	}
	return fmt.Errorf("want the role %s, %s or %s, got %q", serverRole, clientRole, awakeRole, role)
}

// StayAwake keeps the machine's processors from going to sleep until it is told to end.
func StayAwake(ctx context.Context) (end func(), err error) {
	c, err := proc.Start(ctx, awakeRole)
	if err != nil {
		return nil, err
	}
	return c.Close, nil
}

func server(in io.Reader, out io.Writer) error {
	var srv peer.Server
	defer func() {
		if srv != nil {
			srv.Close()
		}
	}()
	return proc.Obey(in, out, proc.Commands{
		cmdServe: func(_ context.Context, args json.RawMessage) (any, error) {
			var name string
			if err := json.Unmarshal(args, &name); err != nil {
				return nil, err
			}
			c, err := roster.Find(name)
			if err != nil {
				return nil, err
			}
			if srv, err = c.Serve(); err != nil {
				return nil, err
			}
			return srv.Addr(), nil
		},
	})
}

func client(in io.Reader, out io.Writer) error {
	var w workload.Workload
	defer func() {
		if w != nil {
			w.Close()
		}
	}()
	return proc.Obey(in, out, proc.Commands{
		cmdSetup: func(ctx context.Context, args json.RawMessage) (any, error) {
			var s setup
			if err := json.Unmarshal(args, &s); err != nil {
				return nil, err
			}
			c, err := roster.Find(s.Contender)
			if err != nil {
				return nil, err
			}
			if w, err = workload.New(s.Workload, c, s.Addr, s.Params); err != nil {
				return nil, err
			}
			return nil, w.Setup(ctx)
		},
		cmdRun: func(ctx context.Context, _ json.RawMessage) (any, error) {
			if w == nil {
				return nil, errors.New("nothing is set up")
			}
			return w.Run(ctx)
		},
	})
}
