package main

import (
	"os"
	"sync/atomic"

	"golang.org/x/term"
)

// A program is one run of the command: where it reads and writes, and what its flags say.
type program struct {
	getenv func(string) string
	stdin  *os.File
	out    *printer
	flags  flags

	restoring atomic.Pointer[func()] // what is to be undone before the process ends, such as a terminal in raw mode
}

func newProgram(getenv func(string) string, stdin, stdout, stderr *os.File) *program {
	return &program{getenv: getenv, stdin: stdin, out: newPrinter(getenv, stdout, stderr)}
}

// restore undoes what is to be undone, once.
func (p *program) restore() {
	if undo := p.restoring.Swap(nil); undo != nil {
		(*undo)()
	}
}

// isTyped reports whether a person sits at the input.
func (p *program) isTyped() bool { return isTerminal(p.stdin) }

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
