package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

const maxNameBytes = 128 // of an account, a channel, an attribute

// checkAccount says what is wrong with an account.
func checkAccount(s string) error {
	if err := checkName("an account", s); err != nil {
		return err
	}
	if strings.ContainsFunc(s, unicode.IsSpace) {
		return usagef("want an account without spaces, got %q", s)
	}
	return nil
}

// checkName says what is wrong with the name of what.
func checkName(what, s string) error {
	switch {
	case s == "" || len(s) > maxNameBytes:
		return usagef("want %s of 1 to %d bytes, got %d", what, maxNameBytes, len(s))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return usagef("want %s of printable UTF-8, got %q", what, s)
	}
	return nil
}

// A target is whom something is for: an account, or a channel.
type target struct {
	name    string
	channel bool
}

// parseTarget reads ACCOUNT or #CHANNEL.
func parseTarget(s string) (target, error) {
	if name, ok := strings.CutPrefix(s, "#"); ok {
		return target{name, true}, checkName("a channel", name)
	}
	return target{name: s}, checkAccount(s)
}

// parseTargetOf reads whom a command is about: the flag --channel, or the first argument. The rest are the other arguments.
func parseTargetOf(cmd *cobra.Command, args []string) (t target, rest []string, err error) {
	if flag := cmd.Flags().Lookup("channel"); flag.Changed {
		return target{flag.Value.String(), true}, args, checkName("a channel", flag.Value.String())
	}
	t, err = parseTarget(args[0])
	return t, args[1:], err
}

func (t target) String() string {
	if t.channel {
		return "#" + t.name
	}
	return t.name
}
