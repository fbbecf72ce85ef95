package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

// callFlags say how to call, or how to answer.
type callFlags struct {
	channel     string
	extra       string
	ringTimeout time.Duration
	mustOnline  bool
	keys        string
	talk        time.Duration
	answer      string
	count       int
}

// What --answer takes.
const (
	answerAccept = "accept"
	answerRefuse = "refuse"
)

func (p *program) callCommand() *cobra.Command {
	var f callFlags
	cmd := &cobra.Command{
		Use:   "call {ACCOUNT | --answer accept|refuse}",
		Short: "Call an account, or answer calls",
		Long: `Calls ACCOUNT and shows how far the call is: inviting, ringing, accepted, ended. It goes on until either side
ends it: here Ctrl-C does, --for, or the end of the keys that --dtmf - reads. A call that is not accepted is a failure.

With --answer it waits for calls instead, and accepts or refuses each of them, until Ctrl-C or --count.

` + eventsHelp,
		Example: `  signal call bob --ring-timeout 30s
  signal call bob --extra '{"video":true}' --for 1m
  echo 12# | signal call gateway --dtmf -
  signal call --answer accept --account bob`,
		Args: func(_ *cobra.Command, args []string) error {
			if f.answer != "" {
				return arguments(0, 0, "no ACCOUNT with --answer")(nil, args)
			}
			return arguments(1, 1, "an ACCOUNT")(nil, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if f.answer != "" {
				return p.session(cmd, func(ctx context.Context, c *signal.Client, s settings) error {
					return p.answerCalls(ctx, c, s, f)
				})
			}
			if err := checkAccount(args[0]); err != nil {
				return err
			}
			return p.session(cmd, func(ctx context.Context, c *signal.Client, s settings) error {
				return p.call(ctx, c, s, args[0], f)
			})
		},
	}
	set := cmd.Flags()
	set.StringVarP(&f.channel, "channel", "c", "", "call about the channel `NAME` (default: one that nobody can guess)")
	set.StringVar(&f.extra, "extra", "", "hand the other side a `JSON` object, with the call or the answer")
	set.DurationVar(&f.ringTimeout, "ring-timeout", 0, "how long it may ring, 1s to 10m (default: for ever)")
	set.BoolVar(&f.mustOnline, "require-online", false, "fail at once when ACCOUNT is offline")
	set.StringVar(&f.keys, "dtmf", "", "send `KEYS`, of 0-9*#, once it is accepted; - reads them from the input, a line at a time, and hangs up at its end")
	set.DurationVar(&f.talk, "for", 0, "hang up so long after it was accepted")
	set.StringVar(&f.answer, "answer", "", "wait for calls, and `accept|refuse` them")
	set.IntVarP(&f.count, "count", "n", 0, "with --answer: end after so many calls")
	_ = cmd.RegisterFlagCompletionFunc("answer", cobra.FixedCompletions([]string{answerAccept, answerRefuse}, cobra.ShellCompDirectiveNoFileComp)) // there is such a flag
	return cmd
}

func (f *callFlags) check() error {
	var object map[string]any
	switch {
	case f.answer != "" && f.answer != answerAccept && f.answer != answerRefuse:
		return usagef("want --answer accept or refuse, got %q", f.answer)
	case f.answer != "" && f.keys == "-":
		return usagef("want the keys themselves with --answer: there may be several calls at a time")
	case f.extra != "" && (json.Unmarshal([]byte(f.extra), &object) != nil || object == nil):
		return usagef("want a JSON object as --extra, got %q", f.extra)
	case f.keys != "" && f.keys != "-" && !areKeys(f.keys):
		return usagef("want keys of 0-9, * and #, at most %d, got %q", maxNameBytes, f.keys)
	case f.ringTimeout != 0 && (f.ringTimeout < time.Second || f.ringTimeout > 10*time.Minute):
		return usagef("want a ring timeout of 1s to 10m, got %v", f.ringTimeout)
	case f.talk < 0 || f.count < 0:
		return usagef("want nothing below 0 as --for and --count")
	case f.channel != "":
		return checkName("a channel", f.channel)
	}
	return nil
}

// call calls, and shows what becomes of it. When ctx ends it is ended.
func (p *program) call(ctx context.Context, c *signal.Client, s settings, to string, f callFlags) error {
	var call *signal.Call
	err := s.within(ctx, func(ctx context.Context) (err error) {
		call, err = c.Invite(ctx, to, signal.CallOptions{
			Channel: f.channel, Extra: f.extra, RingTimeout: f.ringTimeout, RequireOnline: f.mustOnline,
		})
		return err
	})
	if err != nil {
		return err
	}
	return errors.Join(p.converse(ctx, s, call, f), hangUp(ctx, call))
}

// converse shows what becomes of a call that was made here, until it is over or ctx ends.
func (p *program) converse(ctx context.Context, s settings, call *signal.Call, f callFlags) error {
	if err := p.showCall(call, signal.CallInviting, call.Extra()); err != nil {
		return err
	}
	select {
	case <-call.Ringing():
		if err := p.showCall(call, signal.CallRinging, call.Extra()); err != nil {
			return err
		}
	case <-call.Done():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	answer, err := call.Wait(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return errors.Join(p.showCall(call, signal.CallEnded, answer), err)
	}
	return p.talk(ctx, s, call, answer, f)
}

// showCall shows how far a call is. extra is what the other side has said last.
func (p *program) showCall(call *signal.Call, state signal.CallState, extra string) error {
	r := callRecord(call, state)
	r.Extra = extra
	return p.out.result(r, "%s", p.out.describe(r))
}

// hangUp ends a call that may be over already, also after ctx has ended.
func hangUp(ctx context.Context, call *signal.Call) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := call.End(ctx); err != nil && !errors.Is(err, signal.ErrClosed) {
		return err
	}
	return nil
}
