package main

import (
	"slices"
	"strings"
)

// A completer goes through what a word could become, one with each Tab.
type completer struct {
	before, after string // the line around the word
	options       []string
	next          int
}

// complete makes a command or a name of the word before the cursor.
func (m *model) complete() {
	c := &m.completer
	if c.options == nil {
		line := []rune(m.input.Value())
		c.before, c.after = string(line[:m.input.Position()]), string(line[m.input.Position():])
		begins := strings.LastIndexByte(c.before, ' ') + 1
		word := c.before[begins:]
		c.before = c.before[:begins]
		c.options = m.candidates(word, begins == 0)
	}
	if len(c.options) == 0 {
		return
	}
	done := c.before + c.options[c.next%len(c.options)]
	c.next++
	m.input.SetValue(done + c.after)
	m.input.SetCursor(len([]rune(done)))
}

// candidates are the commands or names that begin with a word.
func (m *model) candidates(word string, first bool) []string {
	var options []string
	switch {
	case first && strings.HasPrefix(word, "/"):
		for _, c := range commands() {
			options = append(options, c.name+" ")
		}
	case word == "" && first: // an empty line has nothing to complete
	default:
		end := " "
		if first {
			end = ": " // who is meant in a channel
		}
		for _, member := range m.members {
			options = append(options, member+end)
		}
		for _, t := range m.talks {
			if t.private {
				options = append(options, t.name+end)
			} else if !first {
				options = append(options, t.name+end)
			}
		}
	}
	options = slices.DeleteFunc(options, func(option string) bool {
		return !hasPrefixFold(option, word) || strings.TrimRight(option, ": ") == m.client.Account()
	})
	slices.Sort(options)
	return slices.Compact(options)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
