package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const about = `signal talks to a signaling server: it sends and watches messages, calls, reads and sets attributes,
says who is online, measures a server and finds out what is wrong with one.

Where to log in and as whom is said by flags, by SIGNAL_… variables, or by a context: settings that are saved
under a name, see "signal context -h". Flags win over variables, variables over the context.

An account has one session at a time: who logs in as an account that is logged in elsewhere ends that session.

Results go to stdout, with --json as one JSON object a line; notes and errors go to stderr.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 Ctrl-C, 143 SIGTERM, 141 nobody reads the output.`

// root returns the command with all below it.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:              "signal",
		Short:            "Talk to a signaling server",
		Long:             about,
		SilenceErrors:    true,
		SilenceUsage:     true,
		PersistentPreRun: func(cmd *cobra.Command, _ []string) { p.timeoutGiven(cmd) },
		Version:          version().String(),
	}
	root.SetVersionTemplate("{{.Version}}\n")
	p.addFlags(root.PersistentFlags())
	root.SetIn(p.stdin)
	root.SetOut(p.out.stdout)
	root.SetErr(p.out.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w: %s -h explains the flags", err, cmd.CommandPath())
	})
	_ = root.RegisterFlagCompletionFunc("context", p.completeContexts) // there is such a flag
	root.AddCommand(
		p.sendCommand(), p.watchCommand(), p.chatCommand(), p.callCommand(), p.attrCommand(), p.channelCommand(), p.whoCommand(), p.invokeCommand(),
		p.tokenCommand(), p.contextCommand(), p.benchCommand(), p.doctorCommand(), p.versionCommand(),
	)
	root.SetHelpCommand(helpCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	strict(root)
	return root
}

// strict makes wrong arguments a matter of usage, in a command and in all below it.
func strict(cmd *cobra.Command) {
	if cmd.HasSubCommands() {
		cmd.Args, cmd.RunE = cobra.ArbitraryArgs, group
		cmd.SuggestionsMinimumDistance = 2
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usagef("%w: %s -h explains them", err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND…]",
		Short: "Explain a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q", strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// group is what a command does that others stand below: it says so. The first of all explains itself.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 && !cmd.HasParent() {
		return cmd.Help()
	}
	if len(args) == 0 {
		names := make([]string, 0, len(cmd.Commands()))
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				names = append(names, sub.Name())
			}
		}
		return usagef("%s: want one of %s", cmd.CommandPath(), strings.Join(names, ", "))
	}
	meant := ""
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		meant = fmt.Sprintf(", did you mean %s?", strings.Join(like, " or "))
	}
	return usagef("%s: there is no command %q%s", cmd.CommandPath(), args[0], meant)
}

// arguments checks how many there are, and says what they are when there are too few or too many.
func arguments(least, most int, want string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return fmt.Errorf("want %s, got %d arguments", want, len(args))
		}
		return nil
	}
}
