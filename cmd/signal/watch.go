package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

// eventKinds are what a watch may be narrowed to.
var eventKinds = []string{"state", "message", "presence", "attribute", "joined", "left", "gap", "call", "tone"}

// A watch is what is shown of what happens, and for how long.
type watch struct {
	channel  string
	only     []string
	count    int
	duration time.Duration
}

func (p *program) watchCommand() *cobra.Command {
	var w watch
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show what happens to an account, and in a channel",
		Long: `Shows what happens: messages to the account, those included that came while it was offline, calls, and with
--channel what is said in a channel, who comes and goes, and its attributes. It goes on until Ctrl-C, until --count
or --for is reached, or until the session ends. Messages count as read when they came here, those that --only
leaves out, too.

--count counts what is shown, without states, and without what is told of the channel on coming in: joined and
who is there.

` + eventsHelp,
		Example: `  signal watch --account alice
  signal watch -c lobby --only message --json | jq -r .text
  signal watch --account alice --only message --count 1 --for 30s`,
		Args: arguments(0, 0, "nothing but flags"),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.runWatch(cmd, w) },
	}
	cmd.Flags().StringVarP(&w.channel, "channel", "c", "", "join the channel `NAME`")
	cmd.Flags().StringSliceVar(&w.only, "only", nil, "show `KINDS` of events alone, of "+strings.Join(eventKinds, ","))
	cmd.Flags().IntVarP(&w.count, "count", "n", 0, "end after so many events")
	cmd.Flags().DurationVar(&w.duration, "for", 0, "end after this time")
	_ = cmd.RegisterFlagCompletionFunc("only", cobra.FixedCompletions(eventKinds, cobra.ShellCompDirectiveNoFileComp)) // there is such a flag
	return cmd
}

func (w *watch) check() error {
	for _, kind := range w.only {
		if !slices.Contains(eventKinds, kind) {
			return usagef("want --only of %s, got %q", strings.Join(eventKinds, ","), kind)
		}
	}
	switch {
	case w.count < 0:
		return usagef("want a count of 0 or more, got %d", w.count)
	case w.duration < 0:
		return usagef("want a time of 0 or more, got %v", w.duration)
	}
	return nil
}

// errTimeUp is the cause of the end that --for sets.
var errTimeUp = errors.New("the time is up")

func (p *program) runWatch(cmd *cobra.Command, w watch) error {
	if err := w.check(); err != nil {
		return err
	}
	if cmd.Flags().Changed("channel") || w.channel != "" {
		if err := checkName("a channel", w.channel); err != nil {
			return err
		}
	}
	return p.session(cmd, func(ctx context.Context, c *signal.Client, s settings) error {
		if w.duration > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeoutCause(ctx, w.duration, errTimeUp)
			defer cancel()
		}
		err := p.watch(ctx, c, s, w)
		if ctx.Err() != nil && errors.Is(context.Cause(ctx), errTimeUp) {
			return nil
		}
		return err
	})
}

// watch shows events until ctx ends, enough are shown, or the session or the channel is over.
func (p *program) watch(ctx context.Context, c *signal.Client, s settings, w watch) error {
	shown := 0
	began := false
	for e, err := range c.Events(ctx) {
		if err != nil {
			return err
		}
		if r := recordOfEvent(e); w.shows(r) {
			if err := p.out.result(r, "%s", p.out.describe(r)); err != nil {
				return err
			}
			if counts(r) {
				shown++
			}
		}
		if w.count > 0 && shown >= w.count {
			return nil
		}
		if left, ok := e.(signal.ChannelLeft); ok && left.Err != nil {
			return cmp.Or(c.Err(), left.Err) // the session's end is the reason behind it
		}
		if !began && w.channel != "" { // not before: what is told on coming in is shown, too
			err := s.within(ctx, func(ctx context.Context) error {
				_, err := c.Join(ctx, w.channel)
				return err
			})
			if err != nil {
				return err
			}
		}
		began = true
	}
	return c.Err()
}

// shows reports whether a record is to be seen.
func (w *watch) shows(r record) bool {
	return len(w.only) == 0 || slices.Contains(w.only, r.Event)
}

// counts reports whether --count counts an event.
func counts(r record) bool {
	return r.Event != "state" && r.Event != "joined" && r.Kind != "sync"
}
