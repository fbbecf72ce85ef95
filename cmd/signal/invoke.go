package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

// ownFunctions are those of the service itself, in its own package.
var ownFunctions = []string{
	"user_query_user_status", "user_set_attr", "user_get_attr", "user_get_attr_all", "channel_query_num", "channel_query_user_isin",
	"channel_query_userlist", "channel_query_userlist_all", "channel_set_attr", "channel_del_attr", "channel_clear_attr",
}

const ownPackage = "io.agora.signal."

func (p *program) invokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "invoke FUNCTION [JSON | -]",
		Short: "Call a function of the server",
		Long: `Calls a function of the server, PACKAGE.NAME, with a JSON object for its parameters, and writes its answer, which is
JSON. A name without a package is one of the service's own, of ` + ownPackage + `:
  ` + strings.Join(ownFunctions, "\n  ") + `
All others are what the server's owner has added.

JSON: the answer, on one line`,
		Example: `  signal invoke channel_query_user_isin '{"name":"lobby","account":"bob"}'
  signal invoke shop.order - < order.json`,
		Args: arguments(1, 2, "a FUNCTION and a JSON object"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return ownFunctions, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := p.request(cmd.Context(), args[1:])
			if err != nil {
				return err
			}
			function := args[0]
			if !strings.Contains(function, ".") {
				function = ownPackage + function
			}
			return p.session(cmd, func(ctx context.Context, c *signal.Client, s settings) error {
				return s.within(ctx, func(ctx context.Context) error {
					answer, err := signal.Invoke[json.RawMessage](ctx, c, function, request)
					if err != nil {
						return err
					}
					return p.out.result(answer, "%s", clean(string(answer)))
				})
			})
		},
	}
}

// request returns the parameters among arguments, or those that are piped in.
func (p *program) request(ctx context.Context, args []string) (json.RawMessage, error) {
	text := []byte("{}")
	if len(args) > 0 {
		text = []byte(args[0])
	}
	if len(args) > 0 && args[0] == "-" {
		var err error
		if text, err = p.readInput(ctx, maxInput); err != nil {
			return nil, err
		}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return nil, usagef("want a JSON object for the parameters, got %.100q", text)
	}
	return text, nil
}
