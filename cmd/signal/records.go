package main

import (
	"fmt"
	"strings"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// A record is what --json writes of something that happened. Fields that mean nothing for an event are left out.
type record struct {
	Event    string    `json:"event"`
	Time     time.Time `json:"time"`
	State    string    `json:"state,omitempty"`
	Attempt  int       `json:"attempt,omitempty"`
	From     string    `json:"from,omitempty"`
	To       string    `json:"to,omitempty"`
	Channel  string    `json:"channel,omitempty"`
	Text     *string   `json:"text,omitempty"`
	Kind     string    `json:"kind,omitempty"`
	Accounts []string  `json:"accounts,omitempty"`
	Name     string    `json:"name,omitempty"`
	Value    *string   `json:"value,omitempty"`
	Peer     string    `json:"peer,omitempty"`
	Incoming *bool     `json:"incoming,omitempty"`
	Keys     string    `json:"keys,omitempty"`
	Extra    string    `json:"extra,omitempty"`
	Dropped  int       `json:"dropped,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// eventsHelp explains the records, for those who write programs.
const eventsHelp = `JSON: {"event":…,"time":…} and, by event,
  state      state (connected, reconnecting, closed), attempt, error
  message    from, text, channel (of one to a channel)
  presence   channel, kind (sync: all that are in it; join; leave), accounts
  attribute  channel, kind (set, delete, clear), name, value
  joined     channel
  left       channel, error (unless it was asked for)
  gap        channel, dropped (messages that are missing; 0: nobody knows how many)
  call       channel, peer, incoming, state (inviting, ringing, accepted, ended), extra, error
  tone       channel, peer, keys
Times are UTC; of messages it is the server's.`

// recordOfEvent returns what --json writes of an event.
func recordOfEvent(e signal.Event) record {
	r := record{Time: time.Now().UTC()}
	switch e := e.(type) {
	case signal.StateChanged:
		r.Event, r.State, r.Attempt, r.Error = "state", e.State.String(), e.Attempt, errorText(e.Err)
	case signal.Message:
		r.Event, r.Time, r.From, r.Channel, r.Text = "message", e.Time.UTC(), e.From, e.Channel, &e.Text
	case signal.Presence:
		r.Event, r.Channel, r.Kind, r.Accounts = "presence", e.Channel, presenceKind(e.Kind), e.Accounts
	case signal.AttrChange:
		r.Event, r.Channel, r.Kind, r.Name = "attribute", e.Channel, attrKind(e.Kind), e.Name
		if e.Kind == signal.AttrSet {
			r.Value = &e.Value
		}
	case signal.ChannelJoined:
		r.Event, r.Channel = "joined", e.Name()
	case signal.ChannelLeft:
		r.Event, r.Channel, r.Error = "left", e.Channel.Name(), errorText(e.Err)
	case signal.Gap:
		r.Event, r.Channel, r.Dropped = "gap", e.Channel, e.Dropped
	case signal.IncomingCall:
		r = callRecord(e.Call, e.State())
	case signal.CallChanged:
		r = callRecord(e.Call, e.State)
	case signal.Tone:
		r.Event, r.Channel, r.Peer, r.Keys = "tone", e.Call.Channel(), e.Call.Peer(), e.Keys
	}
	return r
}

func callRecord(c *signal.Call, state signal.CallState) record {
	incoming := c.Incoming()
	r := record{Event: "call", Time: time.Now().UTC(), Channel: c.Channel(), Peer: c.Peer(), Incoming: &incoming, State: state.String(), Extra: c.Extra()}
	if state == signal.CallEnded {
		r.Error = errorText(c.Err())
	}
	return r
}

func presenceKind(k signal.PresenceKind) string {
	switch k {
	case signal.PresenceJoin:
		return "join"
	case signal.PresenceLeave:
		return "leave"
	default:
		return "sync"
	}
}

func attrKind(k signal.AttrChangeKind) string {
	switch k {
	case signal.AttrDeleted:
		return "delete"
	case signal.AttrsCleared:
		return "clear"
	default:
		return "set"
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return plain(err)
}

// plain writes an error without the name of the package that most of ours begin with.
func plain(err error) string { return strings.TrimPrefix(err.Error(), "signal: ") }

// describe writes an event for people.
func (p *printer) describe(r record) string {
	at := p.in(dim, r.Time.Local().Format(time.TimeOnly))
	room := ""
	if r.Channel != "" {
		room = p.in(cyan, "#"+clean(r.Channel)) + " "
	}
	names := clean(strings.Join(r.Accounts, ", "))
	failed := ""
	if r.Error != "" {
		failed = ": " + clean(r.Error)
	}
	text := ""
	switch r.Event {
	case "state":
		text = r.State + failed
		if r.Attempt > 0 {
			text = fmt.Sprintf("%s, try %d%s", r.State, r.Attempt, failed)
		}
		text = p.in(yellow, text)
	case "message":
		text = room + p.in(bold, clean(r.From)) + ": " + clean(*r.Text)
	case "presence":
		text = room + map[string]string{"sync": "here: " + names, "join": names + " came in", "leave": names + " went out"}[r.Kind]
	case "attribute":
		text = room + attrText(r)
	case "joined":
		text = room + "joined"
	case "left":
		text = room + "left" + failed
	case "gap":
		text = room + p.in(yellow, "something is missing here")
		if r.Dropped > 0 {
			text = room + p.in(yellow, fmt.Sprintf("%d messages are missing here", r.Dropped))
		}
	case "call":
		text = room + callText(r) + failed
	case "tone":
		text = fmt.Sprintf("%scall of %s: keys %s", room, clean(r.Peer), clean(r.Keys))
	}
	return at + " " + text
}

func attrText(r record) string {
	switch r.Kind {
	case "delete":
		return clean(r.Name) + " is deleted"
	case "clear":
		return "all attributes are deleted"
	}
	return clean(r.Name) + " = " + clean(*r.Value)
}

func callText(r record) string {
	way := "call to "
	if *r.Incoming {
		way = "call from "
	}
	text := way + clean(r.Peer) + " " + r.State
	if r.Extra != "" {
		text += " " + clean(r.Extra)
	}
	return text
}
