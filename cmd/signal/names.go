package main

import (
	"strings"
	"unicode"
	"unicode/utf8"
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

func (t target) String() string {
	if t.channel {
		return "#" + t.name
	}
	return t.name
}
