package main

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"
)

// maxLetters bounds what waits to be sent.
const maxLetters = 50

// A letter is a message on its way to the server.
type letter struct {
	talk *talk
	text string
	send func(ctx context.Context, text string) error
}

// letterSent says how the first of the outbox fared. No error means that the server has it.
type letterSent struct{ err error }

// post puts a message into the outbox. One is sent at a time, so that they arrive in the order in which they were
// typed; while the connection is lost they wait there, and are shown as not sent yet.
func (m *model) post(t *talk, text string) tea.Cmd {
	send := func(ctx context.Context, text string) error { return m.client.Send(ctx, t.name, text) }
	if !t.private {
		if m.channel == nil || m.channel.Name() != t.name {
			return m.complain(errors.New("you are not in " + t.title() + " any more: /join it first"))
		}
		send = m.channel.Send
	}
	if len(m.outbox) == maxLetters {
		return m.complain(errors.New("too much waits to be sent: try again later"))
	}
	t.scroll, t.below = 0, 0
	m.outbox = append(m.outbox, letter{talk: t, text: text, send: send})
	if len(m.outbox) > 1 {
		return nil
	}
	return m.deliver()
}

// deliver sends the first of the outbox.
func (m *model) deliver() tea.Cmd {
	first := m.outbox[0]
	return func() tea.Msg { return letterSent{err: first.send(m.ctx, first.text)} }
}

// sent takes the first out of the outbox and goes on with the next. What was said in a channel comes back from the
// server, in the order that holds for all; what was said to one person does not.
func (m *model) sent(outcome letterSent) tea.Cmd {
	first := m.outbox[0]
	m.outbox = m.outbox[1:]
	var cmds []tea.Cmd
	switch {
	case errors.Is(outcome.err, context.DeadlineExceeded): // the server has it, or not
		m.note(first.talk, "perhaps not sent: "+first.text)
		cmds = append(cmds, m.complain(outcome.err))
	case outcome.err != nil:
		m.note(first.talk, "not sent: "+first.text)
		cmds = append(cmds, m.complain(outcome.err))
	case first.talk.private:
		m.say(first.talk, line{at: m.now(), from: m.client.Account(), text: first.text})
	}
	switch {
	case len(m.outbox) > 0:
		cmds = append(cmds, m.deliver())
	case m.quitting:
		cmds = append(cmds, tea.Quit)
	}
	return tea.Batch(cmds...)
}
