package main

import (
	"context"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

// countRecord is what --json writes of how many are in a channel.
type countRecord struct {
	Channel string `json:"channel"`
	Count   int    `json:"count"`
}

func (p *program) channelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "channel",
		Short: "Read and change channels",
		Long:  "Says who is in a channel, sends to it, watches it, and reads and changes its attributes.",
	}
	cmd.AddCommand(p.channelMembers(), p.channelCount(), p.channelSend(), p.channelWatch(), p.channelAttr())
	return cmd
}

func (p *program) channelMembers() *cobra.Command {
	return &cobra.Command{
		Use:   "members CHANNEL",
		Short: "Say who is in a channel",
		Long: `Says who is in a channel, the newest first. Nobody in it is told.

JSON: {"channel","count","members"}`,
		Args: arguments(1, 1, "a CHANNEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.channelSession(cmd, args[0], nil, func(ctx context.Context, c *signal.Client) error {
				return p.who(ctx, c, target{args[0], true})
			})
		},
	}
}

func (p *program) channelCount() *cobra.Command {
	return &cobra.Command{
		Use:   "count CHANNEL",
		Short: "Say how many are in a channel",
		Long: `Says how many are in a channel. Nobody in it is told.

JSON: {"channel","count"}`,
		Args: arguments(1, 1, "a CHANNEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.channelSession(cmd, args[0], nil, func(ctx context.Context, c *signal.Client) error {
				n, err := c.MemberCount(ctx, args[0])
				if err != nil {
					return err
				}
				return p.out.result(countRecord{args[0], n}, "%d", n)
			})
		},
	}
}

func (p *program) channelSend() *cobra.Command {
	var lines bool
	cmd := &cobra.Command{
		Use:   "send CHANNEL [TEXT… | -]",
		Short: "Send a message to a channel",
		Long: `Does what "signal send -c CHANNEL" does: sends TEXT, or what is piped in.

JSON: {"event":"sent","time","channel","bytes"}`,
		Example: `  signal channel send lobby dinner is ready`,
		Args:    arguments(1, -1, "a CHANNEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkName("a channel", args[0]); err != nil {
				return err
			}
			return p.send(cmd, target{args[0], true}, args[1:], lines)
		},
	}
	cmd.Flags().BoolVar(&lines, "lines", false, "a message for each line of the input")
	return cmd
}

func (p *program) channelWatch() *cobra.Command {
	var w watch
	cmd := &cobra.Command{
		Use:   "watch CHANNEL",
		Short: "Show what happens in a channel",
		Long: `Does what "signal watch -c CHANNEL" does: joins a channel and shows what is said there, who comes and goes, and its
attributes, and what comes to the account meanwhile.

` + eventsHelp,
		Args: arguments(1, 1, "a CHANNEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			w.channel = args[0]
			return p.runWatch(cmd, w)
		},
	}
	cmd.Flags().IntVarP(&w.count, "count", "n", 0, "end after so many events")
	cmd.Flags().DurationVar(&w.duration, "for", 0, "end after this time")
	return cmd
}

// channelSession logs in and does one thing within the timeout, after names were checked.
func (p *program) channelSession(cmd *cobra.Command, channel string, names []string, work func(ctx context.Context, c *signal.Client) error) error {
	if err := checkName("a channel", channel); err != nil {
		return err
	}
	return p.attrSession(cmd, "", names, func(ctx context.Context, c *signal.Client, _ string) error { return work(ctx, c) })
}
