package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
)

// A printer writes what a command has to say. Results go to stdout: as lines for people, or with --json as one object a
// line. Notes on what is going on go to stderr, for people who did not say --quiet. Any goroutine may use it.
type printer struct {
	stdout     *os.File
	stderr     *os.File
	toTerminal bool
	colours    bool // on stdout
	json       bool
	quiet      bool

	mu sync.Mutex
	// +checklocks:mu
	text io.Writer
	// +checklocks:mu
	note io.Writer
}

func newPrinter(getenv func(string) string, stdout, stderr *os.File) *printer {
	terminal := isTerminal(stdout)
	return &printer{
		stdout: stdout, stderr: stderr, text: stdout, note: stderr, toTerminal: terminal,
		colours: terminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb",
	}
}

// through lets everything for people be written to w until back is called: a terminal that has a line of input below.
func (p *printer) through(w io.Writer) (back func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text, note := p.text, p.note
	p.text, p.note = w, w
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.text, p.note = text, note
	}
}

// result writes one result: record with --json, else the text, which is made of clean parts.
func (p *printer) result(record any, format string, args ...any) error {
	if !p.json {
		return p.print(format, args...)
	}
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.text.Write(line.Bytes())
	return err
}

// print writes a line for people.
func (p *printer) print(format string, args ...any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.text.Write(fmt.Appendf(nil, format+"\n", args...))
	return err
}

// raw writes a value as it is, but for a terminal, which it must not be able to steer.
func (p *printer) raw(value string) error {
	if p.toTerminal {
		value = clean(value, '\n', '\t')
	}
	return p.print("%s", value)
}

// notef says on stderr what is going on.
func (p *printer) notef(format string, args ...any) {
	if p.quiet || p.json {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = p.note.Write(fmt.Appendf(nil, format+"\n", args...)) // a note that cannot be written is not missed
}

// Colours, as the parameters of a terminal's SGR sequence.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// in puts colour on a text, where colours are.
func (p *printer) in(colour, text string) string {
	if !p.colours || p.json {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
