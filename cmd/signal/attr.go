package main

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

// attrRecord is what --json writes of an attribute of an account or a channel.
type attrRecord struct {
	Account string `json:"account,omitempty"`
	Channel string `json:"channel,omitempty"`
	Name    string `json:"name"`
	Value   string `json:"value"`
}

func (p *program) attrCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attr",
		Short: "Read and set attributes of accounts",
		Long: `Reads and sets attributes of accounts. Everybody in the app may read them, an account sets its own alone: the one
that --account says. "signal channel attr" is for those of channels.`,
	}
	cmd.AddCommand(p.attrGet(), p.attrList(), p.attrSet())
	return cmd
}

func (p *program) attrGet() *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:   "get NAME",
		Short: "Read an attribute",
		Long: `Reads an attribute, "" when it is not set.

JSON: {"account","name","value"}`,
		Example: `  signal attr get mood --of bob`,
		Args:    arguments(1, 1, "a NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.attrSession(cmd, of, args, func(ctx context.Context, c *signal.Client, of string) error {
				value, err := c.Attr(ctx, of, args[0])
				if err != nil {
					return err
				}
				if p.out.json {
					return p.out.result(attrRecord{Account: of, Name: args[0], Value: value}, "")
				}
				return p.out.raw(value)
			})
		},
	}
	ofFlag(cmd, &of)
	return cmd
}

func (p *program) attrList() *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Read all attributes",
		Long: `Reads all attributes of an account.

JSON: {"account","name","value"}, a line for each`,
		Args: arguments(0, 0, "nothing but flags"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.attrSession(cmd, of, nil, func(ctx context.Context, c *signal.Client, of string) error {
				attrs, err := c.Attrs(ctx, of)
				if err != nil {
					return err
				}
				return p.showAttrs(attrRecord{Account: of}, attrs)
			})
		},
	}
	ofFlag(cmd, &of)
	return cmd
}

func (p *program) attrSet() *cobra.Command {
	return &cobra.Command{
		Use:   "set NAME [VALUE | -]",
		Short: "Set an attribute of one's own account",
		Long: `Sets an attribute of the account that --account says, to VALUE or to what is piped in. _conn_timeout says for how
many seconds, 20 to 120, the account stays online while its connection is lost.

JSON: {"account","name","value"}`,
		Example: `  signal attr set mood happy --account alice`,
		Args:    arguments(1, 2, "a NAME and a VALUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			value, err := p.value(cmd.Context(), args[1:])
			if err != nil {
				return err
			}
			return p.attrSession(cmd, "", args[:1], func(ctx context.Context, c *signal.Client, of string) error {
				if err := c.SetAttr(ctx, args[0], value); err != nil {
					return err
				}
				return p.attrChanged(attrRecord{Account: of, Name: args[0], Value: value}, "Set.")
			})
		},
	}
}

func ofFlag(cmd *cobra.Command, of *string) {
	cmd.Flags().StringVar(of, "of", "", "read those of `ACCOUNT` (default: one's own)")
}

// attrSession logs in and does one thing within the timeout. of "" means the account itself, names are checked.
func (p *program) attrSession(cmd *cobra.Command, of string, names []string, work func(ctx context.Context, c *signal.Client, of string) error) error {
	if of != "" {
		if err := checkAccount(of); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := checkName("an attribute", name); err != nil {
			return err
		}
	}
	return p.session(cmd, func(ctx context.Context, c *signal.Client, s settings) error {
		return s.within(ctx, func(ctx context.Context) error { return work(ctx, c, or(of, c.Account())) })
	})
}

// value returns the value among arguments, or what is piped in.
func (p *program) value(ctx context.Context, args []string) (string, error) {
	if len(args) > 0 && args[0] != "-" {
		return args[0], nil
	}
	if len(args) == 0 && p.isTyped() {
		return "", usagef("want a VALUE, or - and the value in the input")
	}
	text, err := p.readInput(ctx, maxInput)
	return trimLine(text), err
}

// showAttrs shows attributes in the order of their names.
func (p *program) showAttrs(of attrRecord, attrs map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		of.Name, of.Value = name, attrs[name]
		if err := p.out.result(of, "%s = %s", p.out.in(bold, clean(name)), clean(of.Value)); err != nil {
			return err
		}
	}
	return nil
}

// attrChanged says that something was done.
func (p *program) attrChanged(r any, note string) error {
	if p.out.json {
		return p.out.result(r, "")
	}
	p.out.notef("%s", note)
	return nil
}
