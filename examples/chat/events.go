package main

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	signal "github.com/agora-signal-go/signal"
)

// topicAttr is the attribute of a channel that the header shows.
const topicAttr = "topic"

// happened takes up what the service tells: every event there is, in the one order in which they happened.
func (m *model) happened(event signal.Event) tea.Cmd {
	switch event := event.(type) {
	case signal.StateChanged:
		return m.stateChanged(event.Status)
	case signal.Message:
		m.message(event)
	case signal.ChannelJoined:
		m.joined(event.Channel)
	case signal.ChannelLeft:
		m.left(event)
	case signal.Presence:
		m.presence(event)
	case signal.AttrChange:
		m.attrChanged(event)
	case signal.Gap:
		m.gap(event)
	case signal.IncomingCall:
		m.phone.note(event.Call, signal.CallRinging)
		m.callNote(event.Call, event.Peer()+" calls you")
	case signal.CallChanged:
		m.callChanged(event)
	case signal.Tone:
		m.callNote(event.Call, event.Call.Peer()+" pressed "+event.Keys)
	}
	return nil
}

// gap says that something is missing: of a channel, or with an empty name of what came to us alone.
func (m *model) gap(event signal.Gap) {
	t := m.shown
	if event.Channel != "" {
		t = m.talk(event.Channel, false)
	}
	m.note(t, "something was missed here, which cannot be had any more")
}

func (m *model) stateChanged(now signal.Status) tea.Cmd {
	before := m.status
	m.status = now
	if before.State == signal.StateReconnecting && now.State == signal.StateConnected {
		return m.tell("connected again", false)
	}
	return nil
}

func (m *model) message(msg signal.Message) {
	l := line{at: msg.Time, from: msg.From, text: msg.Text}
	if msg.Channel == "" {
		m.say(m.talk(msg.From, true), l)
	} else {
		m.say(m.talk(msg.Channel, false), l)
	}
}

func (m *model) joined(channel *signal.Channel) {
	m.channel, m.members, m.topic = channel, nil, ""
	t := m.talk(channel.Name(), false)
	if m.shown != t && !m.shown.private {
		m.show(t)
	}
}

func (m *model) left(event signal.ChannelLeft) {
	text := "you left"
	if event.Err != nil {
		text = "you are out: " + reason(event.Err)
	}
	m.note(m.talk(event.Channel.Name(), false), text)
	if m.channel == event.Channel {
		m.channel, m.members, m.topic = nil, nil, ""
	}
}

// in says whether an event is about the channel that we are in.
func (m *model) in(channel string) bool { return m.channel != nil && m.channel.Name() == channel }

func (m *model) presence(event signal.Presence) {
	if !m.in(event.Channel) {
		return
	}
	switch event.Kind {
	case signal.PresenceSync:
		m.members = slices.Clone(event.Accounts)
	case signal.PresenceJoin:
		m.members = slices.Concat(event.Accounts, m.without(event.Accounts))
	case signal.PresenceLeave:
		m.members = m.without(event.Accounts)
	}
	m.note(m.talk(event.Channel, false), presenceText(event))
}

func presenceText(event signal.Presence) string {
	accounts := list(event.Accounts)
	switch event.Kind {
	case signal.PresenceJoin:
		return accounts + " came in"
	case signal.PresenceLeave:
		return accounts + " went out"
	}
	return "here: " + accounts
}

// list names a few, and says how many more there are.
func list(accounts []string) string {
	const few = 20
	if len(accounts) <= few {
		return strings.Join(accounts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(accounts[:few], ", "), len(accounts)-few)
}

func (m *model) without(accounts []string) []string {
	return slices.DeleteFunc(slices.Clone(m.members), func(member string) bool { return slices.Contains(accounts, member) })
}

func (m *model) attrChanged(event signal.AttrChange) {
	if !m.in(event.Channel) {
		return
	}
	t := m.talk(event.Channel, false)
	switch event.Kind {
	case signal.AttrSet:
		m.note(t, fmt.Sprintf("%s = %s", event.Name, event.Value))
	case signal.AttrDeleted:
		m.note(t, event.Name+" was deleted")
	case signal.AttrsCleared:
		m.note(t, "all attributes were deleted")
	}
	m.topic = m.channel.Attr(topicAttr)
}

func (m *model) callChanged(event signal.CallChanged) {
	call := event.Call
	m.phone.note(call, event.State)
	switch event.State {
	case signal.CallInviting:
		m.callNote(call, "you call "+call.Peer())
	case signal.CallRinging: // the banner says so
	case signal.CallAccepted:
		text := call.Peer() + " answers"
		if call.Incoming() {
			text = "you answer " + call.Peer()
		}
		m.callNote(call, text)
	case signal.CallEnded:
		text := "the call is over"
		if err := call.Err(); err != nil {
			text += ": " + reason(err)
		}
		m.callNote(call, text)
	}
}

// callNote writes about a call into the conversation with the one at its other end.
func (m *model) callNote(call *signal.Call, text string) {
	m.note(m.talk(call.Peer(), true), "☎ "+text)
}

// over takes up that no event comes any more: the session has ended.
func (m *model) over(msg sessionOver) {
	m.status.State = signal.StateClosed
	if m.status.Err == nil {
		m.status.Err = msg.err
	}
	m.channel, m.members = nil, nil
}
