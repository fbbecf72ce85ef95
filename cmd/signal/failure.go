package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"

	signal "github.com/agora-signal-go/signal"
)

// A usageError says which flag, argument or setting is no good.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// A failedError is the end of a command that has said itself what failed.
type failedError struct{}

func (failedError) Error() string { return "failed" }

// end says in one line why the command failed, if it did, and returns how the process ends.
func (p *program) end(ctx context.Context, err error) int {
	p.restore()
	var stopped interruption
	var usage usageError
	interrupted := errors.As(context.Cause(ctx), &stopped) || errors.As(err, &stopped) // a signal, or a key
	switch {
	case errors.Is(err, syscall.EPIPE): // whoever read the output has seen enough
		return exitSignal + int(syscall.SIGPIPE)
	case interrupted && (err == nil || ctxEnded(err)):
		return stopped.code()
	case err == nil:
		return 0
	case errors.As(err, &usage):
		p.complain(err, hint(err))
		return exitUsage
	case !errors.As(err, new(failedError)):
		p.complain(err, hint(err))
	}
	if interrupted {
		return stopped.code()
	}
	return exitFailed
}

func ctxEnded(err error) bool {
	return errors.Is(err, context.Canceled) || errors.As(err, new(interruption))
}

// A complaint is what --json writes to stderr.
type complaint struct {
	Error string `json:"error"`
	Code  int    `json:"code,omitempty"`
	Name  string `json:"name,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

func (p *program) complain(err error, hint string) {
	if p.out.json {
		c := complaint{Error: plain(err), Hint: hint}
		var code signal.Code
		if errors.As(err, &code) {
			c.Code, c.Name = int(code), code.String()
		}
		line, _ := json.Marshal(c) //nolint:errchkjson // of strings and a number
		_, _ = fmt.Fprintf(p.out.stderr, "%s\n", line)
		return
	}
	line := "signal: " + clean(plain(err))
	if hint != "" {
		line += " (" + hint + ")"
	}
	_, _ = fmt.Fprintln(p.out.stderr, line)
}
