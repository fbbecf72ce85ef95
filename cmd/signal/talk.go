package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// talk goes on from when a call was accepted until it is over or ctx ends: it shows the keys that come, sends those that
// are to be sent, and hangs up when it is time.
func (p *program) talk(ctx context.Context, s settings, call *signal.Call, answer string, f callFlags) error {
	if err := p.showCall(call, signal.CallAccepted, answer); err != nil {
		return err
	}
	speaking, quiet := context.WithCancel(ctx)
	defer quiet()
	spoken := make(chan error, 1)
	go func() { spoken <- p.speak(speaking, s, call, f) }()
	heard := p.hear(ctx, call)
	quiet()
	said := <-spoken
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case heard != nil:
		return heard
	case said != nil:
		return said
	}
	return errors.Join(p.showCall(call, signal.CallEnded, ""), call.Err())
}

// hear shows the keys that come, until the call is over.
func (p *program) hear(ctx context.Context, call *signal.Call) error {
	for keys, err := range call.Tones(ctx) {
		if err != nil {
			return err
		}
		r := record{Event: "tone", Time: time.Now().UTC(), Channel: call.Channel(), Peer: call.Peer(), Keys: keys}
		if err := p.out.result(r, "%s", p.out.describe(r)); err != nil {
			return err
		}
	}
	return nil
}

// speak sends the keys, and hangs up when it is time. When it fails, it hangs up, too.
func (p *program) speak(ctx context.Context, s settings, call *signal.Call, f callFlags) error {
	err := p.press(ctx, s, call, f.keys)
	if err == nil && f.talk > 0 {
		select {
		case <-time.After(f.talk):
		case <-call.Done():
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil || errors.Is(err, signal.ErrCallEnded) {
		return nil //nolint:nilerr // the call is over: there is nothing to be said any more
	}
	if err != nil || f.talk > 0 || f.keys == "-" {
		err = errors.Join(err, hangUp(ctx, call))
	}
	return err
}

// press sends the keys, those of the input line by line.
func (p *program) press(ctx context.Context, s settings, call *signal.Call, keys string) error {
	send := func(keys string) error {
		return s.within(ctx, func(ctx context.Context) error { return call.DTMF(ctx, keys) })
	}
	if keys == "" {
		return nil
	}
	if keys != "-" {
		return send(keys)
	}
	lines := p.lines(ctx)
	for {
		select {
		case next := <-lines:
			keys := strings.TrimSpace(next.text)
			switch {
			case errors.Is(next.err, io.EOF):
				return nil
			case next.err != nil:
				return next.err
			case keys == "":
				continue
			case !areKeys(keys):
				return fmt.Errorf("want keys of 0-9, * and # in the input, at most %d a line, got %q", maxNameBytes, keys)
			}
			if err := send(keys); err != nil {
				return err
			}
		case <-call.Done():
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func areKeys(s string) bool {
	return s != "" && len(s) <= maxNameBytes && strings.Trim(s, "0123456789*#") == ""
}
