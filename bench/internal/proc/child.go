package proc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// A Child is a process of this program in another role. It ends with the context that it was started with, with Close,
// and, as its input does, with this process.
type Child struct {
	role string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// Role is the first argument of a program that runs as a child.
const Role = "child"

// closeWithin is how long a child may take to end by itself.
const closeWithin = 10 * time.Second

// Start starts the running program with the arguments Role and role. What the child has to say about errors goes to
// this process's standard error.
func Start(ctx context.Context, role string) (*Child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &Child{role: role, cmd: exec.CommandContext(ctx, self, Role, role)} //nolint:gosec // it is this program
	c.cmd.Stderr = os.Stderr
	c.cmd.WaitDelay = closeWithin
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the %s: %w", role, err)
	}
	return c, nil
}

// Call gives the child a command and waits for what it says, which is decoded into reply unless that is nil.
func (c *Child) Call(name string, args, reply any) error {
	if err := c.call(name, args, reply); err != nil {
		return fmt.Errorf("%s: %s: %w", c.role, name, err)
	}
	return nil
}

func (c *Child) call(name string, args, reply any) error {
	data, err := json.Marshal(args)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(c.in).Encode(command{name, data}); err != nil {
		return err
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	var a answer
	switch err := json.Unmarshal(line, &a); {
	case err != nil:
		return fmt.Errorf("want an answer in JSON, got %q: %w", line, err)
	case a.Err != "":
		return errors.New(a.Err)
	case reply == nil:
		return nil
	}
	return json.Unmarshal(a.Reply, reply)
}

// Close ends the child and waits until it has ended.
func (c *Child) Close() {
	_ = c.in.Close() // the child may have ended already
	late := time.AfterFunc(closeWithin, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	_ = c.cmd.Wait() // it has said what went wrong
}

type command struct {
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

type answer struct {
	Err   string          `json:"err,omitempty"`
	Reply json.RawMessage `json:"reply,omitempty"`
}
