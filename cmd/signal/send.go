package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

// sentRecord is what --json writes of a message that the server has.
type sentRecord struct {
	Event   string    `json:"event"` // "sent"
	Time    time.Time `json:"time"`
	To      string    `json:"to,omitempty"`
	Channel string    `json:"channel,omitempty"`
	Bytes   int       `json:"bytes"`
}

func (p *program) sendCommand() *cobra.Command {
	var lines bool
	cmd := &cobra.Command{
		Use:   "send {ACCOUNT | #CHANNEL | -c CHANNEL} [TEXT… | -]",
		Short: "Send a message to an account or a channel",
		Long: `Sends TEXT, its words joined by spaces, to an account or to a channel; or what is piped into it, whole or, with
--lines, a message for each line. It is done when the server has it. An account that is offline gets it when
it comes online, within a day. A shell takes #CHANNEL for a comment: quote it, or use -c.

When messages come faster than the server allows (60 a second) they are held back.

JSON: {"event":"sent","time","to","channel","bytes"} for each message, where to or channel is left out.`,
		Example: `  signal send bob "hello there"
  signal send -c lobby dinner is ready
  tail -f log | signal send --lines -c log
  signal send bob - < letter.txt`,
		Args: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("channel") && len(args) == 0 {
				return errors.New("want an ACCOUNT or a #CHANNEL to send to")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			to, words, err := parseTargetOf(cmd, args)
			if err != nil {
				return err
			}
			return p.send(cmd, to, words, lines)
		},
	}
	cmd.Flags().StringP("channel", "c", "", "send to the channel `NAME`, without being in it")
	cmd.Flags().BoolVar(&lines, "lines", false, "a message for each line of the input")
	return cmd
}

// send sends words, or what is piped in.
func (p *program) send(cmd *cobra.Command, to target, words []string, lines bool) error {
	typed := len(words) > 0 && (len(words) != 1 || words[0] != "-")
	switch {
	case typed && lines:
		return usagef("want the messages of --lines in the input, got TEXT")
	case len(words) == 0 && p.isTyped():
		return usagef("want TEXT, or - and the text in the input")
	}
	return p.session(cmd, func(ctx context.Context, c *signal.Client, s settings) error {
		post := func(text string) error { return p.post(ctx, c, s, to, text) }
		switch {
		case typed:
			return post(strings.Join(words, " "))
		case lines:
			return p.postLines(ctx, post)
		}
		return p.postInput(ctx, post)
	})
}

const maxInput = 64 << 10 // bytes of a message, far above what the server takes: it says so

// postInput sends the whole input, without the end of its last line.
func (p *program) postInput(ctx context.Context, post func(string) error) error {
	text, err := p.readInput(ctx, maxInput)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return usagef("want a text in the input, got nothing")
	}
	return post(trimLine(text))
}

// postLines sends the input line by line.
func (p *program) postLines(ctx context.Context, post func(string) error) error {
	lines := p.lines(ctx)
	for {
		select {
		case next := <-lines:
			if errors.Is(next.err, io.EOF) {
				return nil
			}
			if next.err != nil {
				return next.err
			}
			if err := post(next.text); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// post sends one message, and says so.
func (p *program) post(ctx context.Context, c *signal.Client, s settings, to target, text string) error {
	if err := deliver(ctx, c, s, to, text); err != nil {
		return err
	}
	r := sentRecord{Event: "sent", Time: time.Now().UTC(), Bytes: len(text)}
	if to.channel {
		r.Channel = to.name
	} else {
		r.To = to.name
	}
	if p.out.json {
		return p.out.result(r, "")
	}
	p.out.notef("Sent to %s.", clean(to.String()))
	return nil
}

// Pauses after the server has refused a message for its rate.
const (
	shortPause = 50 * time.Millisecond
	longPause  = time.Second
)

// deliver hands the server a message. One that comes too fast was not delivered: it is sent again, within the timeout.
func deliver(ctx context.Context, c *signal.Client, s settings, to target, text string) error {
	return s.within(ctx, func(in context.Context) error {
		for pause := shortPause; ; pause = min(2*pause, longPause) {
			var err error
			if to.channel {
				err = c.SendChannel(in, to.name, text)
			} else {
				err = c.Send(in, to.name, text)
			}
			if !errors.Is(err, signal.ErrRateLimited) {
				return err
			}
			select {
			case <-time.After(pause):
			case <-in.Done():
				return err
			}
		}
	})
}
