package main

import (
	"context"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

func (p *program) channelAttr() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attr",
		Short: "Read and change attributes of a channel",
		Long: `Reads and changes attributes of a channel. Members are told of changes. The server shows a channel's attributes to
its members alone: to read them, the account joins the channel for a moment, and the members see that.`,
	}
	cmd.AddCommand(p.channelAttrGet(), p.channelAttrSet(), p.channelAttrDel(), p.channelAttrClear())
	return cmd
}

func (p *program) channelAttrGet() *cobra.Command {
	return &cobra.Command{
		Use:   "get CHANNEL [NAME]",
		Short: "Read an attribute, or all",
		Long: `Reads an attribute, "" when it is not set, or all of them. The account joins the channel for a moment.

JSON: {"channel","name","value"}, a line for each`,
		Args: arguments(1, 2, "a CHANNEL and a NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.channelSession(cmd, args[0], args[1:], func(ctx context.Context, c *signal.Client) error {
				ch, err := c.Join(ctx, args[0])
				if err != nil {
					return err
				}
				attrs := ch.Attrs()
				if err := ch.Leave(ctx); err != nil {
					return err
				}
				if len(args) == 1 {
					return p.showAttrs(attrRecord{Channel: args[0]}, attrs)
				}
				value := attrs[args[1]]
				if p.out.json {
					return p.out.result(attrRecord{Channel: args[0], Name: args[1], Value: value}, "")
				}
				return p.out.raw(value)
			})
		},
	}
}

func (p *program) channelAttrSet() *cobra.Command {
	return &cobra.Command{
		Use:   "set CHANNEL NAME [VALUE | -]",
		Short: "Set an attribute",
		Long: `Sets an attribute of a channel, to VALUE or to what is piped in. Being in the channel is not needed.

JSON: {"channel","name","value"}`,
		Args: arguments(2, 3, "a CHANNEL, a NAME and a VALUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			value, err := p.value(cmd.Context(), args[2:])
			if err != nil {
				return err
			}
			return p.channelSession(cmd, args[0], args[1:2], func(ctx context.Context, c *signal.Client) error {
				if err := c.SetChannelAttr(ctx, args[0], args[1], value); err != nil {
					return err
				}
				return p.attrChanged(attrRecord{Channel: args[0], Name: args[1], Value: value}, "Set.")
			})
		},
	}
}

func (p *program) channelAttrDel() *cobra.Command {
	return &cobra.Command{
		Use:   "del CHANNEL NAME",
		Short: "Delete an attribute",
		Long: `Deletes an attribute of a channel. One that is not there is no failure.

JSON: {"channel","name","deleted":true}`,
		Args: arguments(2, 2, "a CHANNEL and a NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.channelSession(cmd, args[0], args[1:], func(ctx context.Context, c *signal.Client) error {
				if err := c.DeleteChannelAttr(ctx, args[0], args[1]); err != nil {
					return err
				}
				return p.attrChanged(map[string]any{"channel": args[0], "name": args[1], "deleted": true}, "Deleted.")
			})
		},
	}
}

func (p *program) channelAttrClear() *cobra.Command {
	return &cobra.Command{
		Use:   "clear CHANNEL",
		Short: "Delete all attributes",
		Long: `Deletes all attributes of a channel, except those whose names begin with _.

JSON: {"channel","cleared":true}`,
		Args: arguments(1, 1, "a CHANNEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.channelSession(cmd, args[0], nil, func(ctx context.Context, c *signal.Client) error {
				if err := c.ClearChannelAttrs(ctx, args[0]); err != nil {
					return err
				}
				return p.attrChanged(map[string]any{"channel": args[0], "cleared": true}, "Cleared.")
			})
		},
	}
}
