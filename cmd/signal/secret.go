package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

const maxSecret = 4096 // bytes of a token or a certificate

// readSecret reads a token or a certificate from a file, from the input when it is called "-".
func (p *program) readSecret(ctx context.Context, what, name string) (string, error) {
	if name == "-" && p.isTyped() {
		return p.askSecret(ctx, what)
	}
	if name == "-" {
		text, err := p.readInput(ctx, maxSecret)
		if err != nil {
			return "", fmt.Errorf("%s: %w", what, err)
		}
		return secret(what, text)
	}
	f, err := os.Open(name) //nolint:gosec // the user says which
	if err != nil {
		return "", usagef("%s: %w", what, err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", usagef("%s: %w", what, err)
	}
	return secret(what, text)
}

// askSecret asks the person at the terminal, who does not see what is typed.
func (p *program) askSecret(ctx context.Context, what string) (string, error) {
	fd := int(p.stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	undo := func() { _ = term.Restore(fd, before) }
	p.restoring.Store(&undo) // Ctrl-C comes in the middle
	_, _ = fmt.Fprintf(p.out.stderr, "%s: ", what)
	text, err := abandonable(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	p.restore()
	_, _ = fmt.Fprintln(p.out.stderr)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	return secret(what, text)
}

func secret(what string, text []byte) (string, error) {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return "", usageError{errors.New(what + ": want one line, got nothing")}
	case len(text) > maxSecret:
		return "", usagef("%s: want at most %d bytes", what, maxSecret)
	case bytes.ContainsAny(text, "\r\n"):
		return "", usageError{errors.New(what + ": want one line, got several")}
	}
	return string(text), nil
}

// masked shows that there is a secret, and which of several it may be.
func masked(s string) string {
	const hidden, shown, long = "********", 3, 24
	switch {
	case s == "":
		return ""
	case len(s) < long:
		return hidden
	}
	return hidden + strings.ToValidUTF8(s[len(s)-shown:], "")
}
