package main

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// keyMap is what keys do. All others write into the input line.
type keyMap struct {
	Send, Complete, Older, Newer, PageUp, PageDown, Bottom, Next, Previous, Accept, Refuse, Help, Suspend, Quit key.Binding
}

func keys() keyMap {
	return keyMap{
		Send:     key.NewBinding(key.WithKeys("enter")),
		Complete: key.NewBinding(key.WithKeys("tab")),
		Older:    key.NewBinding(key.WithKeys("up")),
		Newer:    key.NewBinding(key.WithKeys("down")),
		PageUp:   key.NewBinding(key.WithKeys("pgup")),
		PageDown: key.NewBinding(key.WithKeys("pgdown")),
		Bottom:   key.NewBinding(key.WithKeys("esc", "ctrl+end")),
		Next:     key.NewBinding(key.WithKeys("ctrl+n", "alt+down")),
		Previous: key.NewBinding(key.WithKeys("ctrl+p", "alt+up")),
		Accept:   key.NewBinding(key.WithKeys("alt+a")),
		Refuse:   key.NewBinding(key.WithKeys("alt+r")),
		Help:     key.NewBinding(key.WithKeys("f1")),
		Suspend:  key.NewBinding(key.WithKeys("ctrl+z")),
		Quit:     key.NewBinding(key.WithKeys("ctrl+c", "ctrl+q")),
	}
}

// inputLimit keeps a message of the widest characters below the service's 8,192 bytes.
const inputLimit = 2000

func newInput() textinput.Model {
	input := textinput.New()
	input.Prompt = ""
	input.CharLimit = inputLimit
	input.Focus()
	return input
}

// pressed does what a key is for.
func (m *model) pressed(msg tea.KeyPressMsg) tea.Cmd {
	bound := keys()
	if !key.Matches(msg, bound.Complete) {
		m.completer = completer{}
	}
	switch {
	case key.Matches(msg, bound.Quit):
		return m.quit()
	case key.Matches(msg, bound.Suspend):
		return tea.Suspend
	case key.Matches(msg, bound.Send):
		return m.enter()
	case key.Matches(msg, bound.Complete):
		m.complete()
	case key.Matches(msg, bound.Older):
		m.input.SetValue(m.recall.older(m.input.Value()))
		m.input.CursorEnd()
	case key.Matches(msg, bound.Newer):
		m.input.SetValue(m.recall.newer(m.input.Value()))
		m.input.CursorEnd()
	case key.Matches(msg, bound.PageUp):
		m.scroll(m.layout().body - 1)
	case key.Matches(msg, bound.PageDown):
		m.scroll(1 - m.layout().body)
	case key.Matches(msg, bound.Bottom):
		m.scroll(-m.shown.scroll)
	case key.Matches(msg, bound.Next):
		m.show(m.talks.beside(m.shown, 1))
	case key.Matches(msg, bound.Previous):
		m.show(m.talks.beside(m.shown, -1))
	case key.Matches(msg, bound.Help):
		return m.help()
	case key.Matches(msg, bound.Accept), msg.Text == "a" && m.answersByLetter():
		return m.accept()
	case key.Matches(msg, bound.Refuse), msg.Text == "r" && m.answersByLetter():
		return m.refuse()
	default:
		return m.typed(msg)
	}
	return nil
}

// answersByLetter says whether a letter answers a call: not in the middle of a line.
func (m *model) answersByLetter() bool {
	_, rings := m.phone.ringing()
	return rings && m.input.Value() == ""
}

// typed is for the input line.
func (m *model) typed(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	m.input, cmd = m.input.Update(msg)
	return cmd
}

// enter does what the input line says.
func (m *model) enter() tea.Cmd {
	text := strings.TrimSpace(m.input.Value())
	m.input.Reset()
	if text == "" {
		return nil
	}
	m.recall.add(text)
	if strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") {
		return m.command(text)
	}
	return m.post(m.shown, strings.TrimPrefix(text, "/")) // two slashes say one
}

// quit leaves when all is sent, or at once when asked again.
func (m *model) quit() tea.Cmd {
	if len(m.outbox) == 0 || m.quitting {
		return tea.Quit
	}
	m.quitting = true
	return m.tell("sending what waits … Ctrl-C again does not wait", false)
}

// wheelRows is how far one notch of the mouse's wheel goes.
const wheelRows = 3

func (m *model) wheel(msg tea.MouseWheelMsg) {
	switch msg.Button {
	case tea.MouseWheelUp:
		m.scroll(wheelRows)
	case tea.MouseWheelDown:
		m.scroll(-wheelRows)
	}
}

// clicked shows the conversation that was clicked at.
func (m *model) clicked(msg tea.MouseClickMsg) {
	l := m.layout()
	if msg.X >= l.left {
		return
	}
	if row := msg.Y - l.top; row >= 0 && row < l.body {
		if t := m.sidebar(l)[row].talk; t != nil {
			m.show(t)
		}
	}
}

// maxRecall bounds the lines that the arrow keys bring back.
const maxRecall = 100

// recall has the lines that were typed, for the arrow keys.
type recall struct {
	lines []string
	at    int    // the one that is in the input, len(lines) for none
	draft string // what was in the input before
}

func (r *recall) add(text string) {
	if n := len(r.lines); n == 0 || r.lines[n-1] != text {
		r.lines = append(r.lines, text)
	}
	r.lines = r.lines[max(0, len(r.lines)-maxRecall):]
	r.at = len(r.lines)
}

func (r *recall) older(input string) string {
	if r.at == len(r.lines) {
		r.draft = input
	}
	if r.at == 0 {
		return input
	}
	r.at--
	return r.lines[r.at]
}

func (r *recall) newer(input string) string {
	if r.at == len(r.lines) {
		return input
	}
	r.at++
	if r.at == len(r.lines) {
		return r.draft
	}
	return r.lines[r.at]
}
