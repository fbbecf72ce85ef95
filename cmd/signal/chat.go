package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

const chatHelp = `/who   who is here, or online
/quit  end (also Ctrl-D)
//TEXT say /TEXT`

func (p *program) chatCommand() *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "chat {ACCOUNT | #CHANNEL | -c CHANNEL}",
		Short: "Talk with an account, or in a channel, line by line",
		Long: `Each line that is typed or piped in is a message; what others say is shown. A shell takes #CHANNEL for a
comment: quote it, or use -c. At the end of the input it goes on listening for as long as --wait says.

At a terminal, lines can be edited and called back, and these are commands:
  /who   who is in the channel, or whether the account is online
  /quit  the end, as Ctrl-D
  //TEXT says /TEXT

` + eventsHelp + `
And {"event":"sent",…} for each message of one's own, as of "signal send".`,
		Example: `  signal chat bob
  signal chat -c lobby --account alice
  echo "anybody here?" | signal chat -c lobby --wait 10s`,
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("channel") {
				return arguments(0, 0, "nothing beside --channel")(cmd, args)
			}
			return arguments(1, 1, "an ACCOUNT or a #CHANNEL")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			with, _, err := parseTargetOf(cmd, args)
			if err != nil {
				return err
			}
			if wait < 0 {
				return usagef("want a time of 0 or more, got %v", wait)
			}
			return p.session(cmd, func(ctx context.Context, c *signal.Client, s settings) error {
				return p.chat(ctx, c, s, with, wait)
			})
		},
	}
	cmd.Flags().StringP("channel", "c", "", "join the channel `NAME`, and talk there")
	cmd.Flags().DurationVar(&wait, "wait", 0, "how long to go on listening at the end of the input")
	return cmd
}

// chat sends what is written and shows what others say, until the input has ended, ctx ends, or the session is over.
func (p *program) chat(ctx context.Context, c *signal.Client, s settings, with target, wait time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	said, leave, err := p.entered(ctx, with)
	if err != nil {
		return err
	}
	defer leave()
	ready := make(chan error, 1)
	heard := make(chan error, 1)
	go func() { heard <- p.listen(ctx, c, s, with, ready) }()
	select {
	case err = <-ready:
	case err = <-heard:
		return err
	}
	if err == nil {
		err = p.sayAll(ctx, c, s, with, said, heard)
	}
	if err == nil {
		err = linger(ctx, wait, heard)
	}
	cancel(errTimeUp)
	select {
	case <-heard: //nolint:errcheck // it ends by the line above, and with its cause
	case <-time.After(closeTimeout):
	}
	return err
}

// linger waits at the end of the input.
func linger(ctx context.Context, wait time.Duration, heard chan error) error {
	select {
	case <-time.After(wait):
		return nil
	case err := <-heard:
		heard <- err // it has ended
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// entered returns the lines of the input: of a terminal with a prompt, which leave ends.
func (p *program) entered(ctx context.Context, with target) (said <-chan line, leave func(), err error) {
	if p.isTyped() && p.out.toTerminal && !p.out.json {
		return p.typed(ctx, clean(with.String())+"> ")
	}
	return p.lines(ctx), func() {}, nil
}

// listen shows what others say. ready is told when the chat can begin.
func (p *program) listen(ctx context.Context, c *signal.Client, s settings, with target, ready chan<- error) error {
	began := false
	for e, err := range c.Events(ctx) {
		if err != nil {
			return err
		}
		if err := p.show(c, e); err != nil {
			return err
		}
		if left, ok := e.(signal.ChannelLeft); ok && left.Err != nil {
			return cmp.Or(c.Err(), left.Err) // the session's end is the reason behind it
		}
		if began {
			continue
		}
		began = true
		if with.channel {
			err = s.within(ctx, func(ctx context.Context) error {
				_, err := c.Join(ctx, with.name)
				return err
			})
		}
		ready <- err
	}
	return c.Err()
}

// show shows an event of a chat. One's own words are on the screen already.
func (p *program) show(c *signal.Client, e signal.Event) error {
	r := recordOfEvent(e)
	if !p.out.json {
		own := r.Event == "message" && r.From == c.Account()
		if state, ok := e.(signal.StateChanged); own || ok && state.State == signal.StateConnected && state.Connection == 1 {
			return nil
		}
	}
	return p.out.result(r, "%s", p.out.describe(r))
}

// sayAll sends line after line, until the input has ended.
func (p *program) sayAll(ctx context.Context, c *signal.Client, s settings, with target, said <-chan line, heard chan error) error {
	for {
		select {
		case next := <-said:
			if errors.Is(next.err, io.EOF) {
				return nil
			}
			if next.err != nil {
				return next.err
			}
			if done, err := p.say(ctx, c, s, with, next.text); done || err != nil {
				return err
			}
		case err := <-heard:
			heard <- err // it has ended
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// say does what a line asks for. What is typed may be a command.
func (p *program) say(ctx context.Context, c *signal.Client, s settings, with target, text string) (done bool, err error) {
	if p.isTyped() {
		switch {
		case strings.TrimSpace(text) == "":
			return false, nil
		case strings.HasPrefix(text, "//"):
			text = text[1:]
		case strings.HasPrefix(text, "/"):
			return p.chatOrder(ctx, c, s, with, strings.TrimSpace(text))
		}
	}
	r := sentRecord{Event: "sent", Bytes: len(text)}
	if with.channel {
		r.Channel = with.name
	} else {
		r.To = with.name
	}
	if err = deliver(ctx, c, s, with, text); err != nil {
		if p.isTyped() && ctx.Err() == nil && c.Status().State != signal.StateClosed { // a person can try again
			return false, p.out.print("%s", p.out.in(red, "not sent: "+clean(plain(err))))
		}
		return false, err
	}
	if p.out.json {
		r.Time = time.Now().UTC()
		return false, p.out.result(r, "")
	}
	return false, nil
}

// chatOrder does what a line that begins with / asks for.
func (p *program) chatOrder(ctx context.Context, c *signal.Client, s settings, with target, order string) (done bool, err error) {
	switch order {
	case "/quit":
		return true, nil
	case "/who":
		err := s.within(ctx, func(ctx context.Context) error { return p.who(ctx, c, with) })
		if err != nil && ctx.Err() == nil {
			return false, p.out.print("%s", p.out.in(red, clean(plain(err))))
		}
		return false, err
	}
	return false, p.out.print("%s", chatHelp)
}
