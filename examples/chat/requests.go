package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	signal "github.com/agora-signal-go/signal"
)

// answered is the outcome of a request: a note for the conversation in which it was asked, or an error.
type answered struct {
	talk *talk
	text string
	err  error
}

// ask runs a request beside the screen, which would stand still otherwise.
func (m *model) ask(request func(ctx context.Context) (string, error)) tea.Cmd {
	t := m.shown
	return func() tea.Msg {
		text, err := request(m.ctx)
		return answered{talk: t, text: text, err: err}
	}
}

func (m *model) answered(a answered) tea.Cmd {
	if a.err != nil {
		return m.complain(a.err)
	}
	if a.text != "" {
		m.note(a.talk, a.text)
	}
	return nil
}

// join goes to a channel, which leaves the one that we are in: [signal.ChannelLeft] and [signal.ChannelJoined] follow.
func (m *model) join(channel string) tea.Cmd {
	return m.ask(func(ctx context.Context) (string, error) {
		_, err := m.client.Join(ctx, channel)
		return "", err
	})
}

func (m *model) leave() tea.Cmd {
	channel := m.channel
	if channel == nil {
		return m.complain(signal.ErrLeft)
	}
	return m.ask(func(ctx context.Context) (string, error) { return "", channel.Leave(ctx) })
}

// call rings up somebody who is online. The rest comes as [signal.CallChanged].
func (m *model) call(peer string) tea.Cmd {
	m.show(m.talk(peer, true))
	return m.ask(func(ctx context.Context) (string, error) {
		_, err := m.client.Invite(ctx, peer, signal.CallOptions{RequireOnline: true})
		return "", err
	})
}

func (m *model) accept() tea.Cmd {
	call, ok := m.phone.ringing()
	if !ok {
		return m.tell("nobody is calling", true)
	}
	m.show(m.talk(call.Peer(), true))
	return m.ask(func(ctx context.Context) (string, error) { return "", call.Accept(ctx, "") })
}

func (m *model) refuse() tea.Cmd {
	call, ok := m.phone.ringing()
	if !ok {
		return m.tell("nobody is calling", true)
	}
	return m.ask(func(ctx context.Context) (string, error) { return "", call.Refuse(ctx, "") })
}

func (m *model) hangUp() tea.Cmd {
	call, ok := m.phone.current()
	if !ok {
		return m.tell("there is no call", true)
	}
	return m.ask(func(ctx context.Context) (string, error) { return "", call.End(ctx) })
}

// dial sends keys as a phone does: 0 to 9, * and #.
func (m *model) dial(keys string) tea.Cmd {
	call, ok := m.phone.current()
	if !ok {
		return m.tell("there is no call", true)
	}
	return m.ask(func(ctx context.Context) (string, error) { return "☎ you pressed " + keys, call.DTMF(ctx, keys) })
}

// callMe asks the guide for a call, where there is one.
func (m *model) callMe() tea.Cmd {
	return m.ask(func(ctx context.Context) (string, error) {
		online, err := m.client.Online(ctx, guideName)
		if err == nil && !online {
			err = errors.New("there is no guide at this server")
		}
		if err != nil {
			return "", err
		}
		return "", m.client.Send(ctx, guideName, callMe)
	})
}

// who lists the members of a channel that we need not be in.
func (m *model) who(channel string) tea.Cmd {
	return m.ask(func(ctx context.Context) (string, error) {
		members, err := m.client.Members(ctx, channel)
		return fmt.Sprintf("#%s has %d: %s", channel, len(members), list(members)), err
	})
}

// setAttr sets an attribute of our channel, deletes it when its name has a minus before it. All members hear of it.
func (m *model) setAttr(name, value string) tea.Cmd {
	channel := m.channel
	if channel == nil {
		return m.complain(signal.ErrLeft)
	}
	return m.ask(func(ctx context.Context) (string, error) {
		if deleted, ok := strings.CutPrefix(name, "-"); ok {
			return "", channel.DeleteAttr(ctx, deleted)
		}
		return "", channel.SetAttr(ctx, name, value)
	})
}

// attrs lists the attributes of our channel, which the client knows without asking.
func (m *model) attrs() tea.Cmd {
	if m.channel == nil {
		return m.complain(signal.ErrLeft)
	}
	attrs := m.channel.Attrs()
	text := fmt.Sprintf("#%s has %d attributes", m.channel.Name(), len(attrs))
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		text += fmt.Sprintf("\n%s = %s", name, attrs[name])
	}
	m.note(m.shown, text)
	return nil
}
