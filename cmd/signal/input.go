package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
)

// abandonable returns what read returns, or the end of ctx. Nothing can end a read of a terminal: it is left to itself then,
// until the process ends, which is soon.
func abandonable[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type outcome struct {
		got T
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		got, err := read()
		done <- outcome{got, err}
	}()
	select {
	case o := <-done:
		return o.got, o.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// readInput reads the whole input. When it is longer than so many bytes, one more is returned.
func (p *program) readInput(ctx context.Context, most int64) ([]byte, error) {
	return abandonable(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(p.stdin, most+1)) })
}

// trimLine returns a text without the end of its last line.
func trimLine(text []byte) string {
	return string(bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")))
}

// maxLine bounds a line of the input, which is far beyond what may be sent: the server says so then.
const maxLine = 1 << 20

// A line is one of the input, or why there are no more: io.EOF at its end.
type line struct {
	text string
	err  error
}

// lines hands over the input line by line. Reading goes on one line ahead until ctx ends, see abandonable.
func (p *program) lines(ctx context.Context) <-chan line {
	lines := make(chan line)
	go func() {
		scanner := bufio.NewScanner(p.stdin)
		scanner.Buffer(nil, maxLine)
		for more := true; more; {
			var next line
			if more = scanner.Scan(); more {
				next.text = string(bytes.TrimSuffix(scanner.Bytes(), []byte("\r")))
			} else if next.err = scanner.Err(); next.err != nil {
				next.err = fmt.Errorf("input: %w", next.err)
			} else {
				next.err = io.EOF
			}
			select {
			case lines <- next:
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}
