package main

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// A command is a line that begins with a slash.
type command struct {
	name, args, does string
	run              func(m *model, rest string) tea.Cmd
}

// least is how many words the command needs, by its args: those in brackets may be absent.
func (c command) least() int {
	required, _, _ := strings.Cut(c.args, "[")
	return len(strings.Fields(required))
}

func commands() []command {
	return []command{
		{"/join", "CHANNEL", "go to another channel", func(m *model, rest string) tea.Cmd {
			return m.join(strings.TrimPrefix(rest, "#"))
		}},
		{"/leave", "", "leave the channel", func(m *model, _ string) tea.Cmd { return m.leave() }},
		{"/msg", "NAME [TEXT]", "write to NAME alone", (*model).msg},
		{"/call", "NAME", "call NAME", (*model).call},
		{"/accept", "", "take the call", func(m *model, _ string) tea.Cmd { return m.accept() }},
		{"/refuse", "", "do not take the call", func(m *model, _ string) tea.Cmd { return m.refuse() }},
		{"/hangup", "", "end the call", func(m *model, _ string) tea.Cmd { return m.hangUp() }},
		{"/keys", "123", "press 0-9 * # in it", (*model).dial},
		{"/attr", "[NAME VALUE]", "list or set attributes", (*model).attr},
		{"/who", "[CHANNEL]", "who is in a channel", (*model).whoIs},
		{"/callme", "", "the guide calls you", func(m *model, _ string) tea.Cmd { return m.callMe() }},
		{"/help", "", "this", func(m *model, _ string) tea.Cmd { return m.help() }},
		{"/quit", "", "log out", func(m *model, _ string) tea.Cmd { return m.quit() }},
	}
}

// command runs a line that begins with a slash.
func (m *model) command(text string) tea.Cmd {
	name, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		if len(strings.Fields(rest)) < c.least() {
			return m.complain(fmt.Errorf("want %s %s", c.name, c.args))
		}
		return c.run(m, rest)
	}
	return m.complain(fmt.Errorf("there is no %s: /help lists what there is", name))
}

// msg begins a conversation with one person.
func (m *model) msg(rest string) tea.Cmd {
	name, text, _ := strings.Cut(rest, " ")
	t := m.talk(name, true)
	m.show(t)
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return m.post(t, text)
}

func (m *model) whoIs(rest string) tea.Cmd {
	switch {
	case rest != "":
		return m.who(strings.TrimPrefix(rest, "#"))
	case m.channel != nil:
		return m.who(m.channel.Name())
	}
	return m.complain(errors.New("want /who CHANNEL, as you are in none"))
}

func (m *model) attr(rest string) tea.Cmd {
	if rest == "" {
		return m.attrs()
	}
	name, value, _ := strings.Cut(rest, " ")
	if value = strings.TrimSpace(value); value == "" && !strings.HasPrefix(name, "-") {
		return m.complain(errors.New("want /attr NAME VALUE, or /attr -NAME to delete it"))
	}
	return m.setAttr(name, value)
}

// help writes into the conversation what there is, so that it can be scrolled on the smallest screen.
func (m *model) help() tea.Cmd {
	var text strings.Builder
	text.WriteString("What you type goes to all who are here.\n")
	for _, c := range commands() {
		fmt.Fprintf(&text, "%-18s %s\n", c.name+" "+c.args, c.does)
	}
	text.WriteString("Ctrl-N, Ctrl-P: next, previous talk.\nTab: names. PgUp, PgDn, wheel: scroll.")
	m.shown.scroll, m.shown.below = 0, 0
	m.note(m.shown, text.String())
	return nil
}
