package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"
)

// typed returns the lines that a person types at a prompt, with which what is printed does not interfere. leave gives the
// terminal its usual ways back. Ctrl-C is a key there: it ends the lines as the signal would end the process.
func (p *program) typed(ctx context.Context, prompt string) (said <-chan line, leave func(), err error) {
	fd := int(p.stdin.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, nil, err
	}
	keys := &keyboard{File: p.stdin}
	screen := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys, p.out.stdout}, prompt)
	back := p.out.through(screen)
	undo := func() {
		back()
		_ = term.Restore(fd, before)
		_, _ = p.out.stdout.WriteString("\r\x1b[K") // the prompt
	}
	p.restoring.Store(&undo)
	lines := make(chan line)
	go func() { // see abandonable
		for {
			if width, height, err := term.GetSize(fd); err == nil {
				_ = screen.SetSize(width, height)
			}
			text, err := screen.ReadLine()
			if err == term.ErrPasteIndicator { //nolint:errorlint // it is returned as it is
				err = nil
			}
			if err != nil && keys.interrupted {
				err = interruption{syscall.SIGINT}
			}
			select {
			case lines <- line{text, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return lines, p.restore, nil
}

const ctrlC = 3

// A keyboard notices Ctrl-C, which for a Terminal is the end of the input like any other.
type keyboard struct {
	*os.File
	interrupted bool
}

func (k *keyboard) Read(b []byte) (int, error) {
	n, err := k.File.Read(b)
	if bytes.IndexByte(b[:n], ctrlC) >= 0 {
		k.interrupted = true
	}
	return n, err
}
