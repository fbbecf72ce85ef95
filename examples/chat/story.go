package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// storyTimeout is how long anything in the story may take.
const storyTimeout = 10 * time.Second

// play is what chat does without a terminal: a visit to the lobby as a short story, each sentence an event that came.
func play(ctx context.Context, client *signal.Client, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, storyTimeout)
	defer cancel()
	next, stop := iter.Pull2(client.Events(ctx))
	defer stop()
	s := &story{client: client, out: out, next: next}

	fmt.Fprintf(out, "There is no terminal here, so this is a story. In a terminal it is a chat with a screen.\n\n")
	s.until("the connection", func(event signal.Event) bool { _, ok := event.(signal.StateChanged); return ok })
	room, err := client.Join(ctx, lobby)
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	s.until("the topic", func(event signal.Event) bool {
		change, ok := event.(signal.AttrChange)
		return ok && change.Name == topicAttr
	})
	s.until("a greeting", s.from(guideName, lobby))
	s.do("say", room.Send(ctx, "Hello everybody!"))
	s.until("what we say ourselves", s.from(client.Account(), lobby))
	s.do("write", client.Send(ctx, echoName, "Is anybody there?"))
	s.until("the echo", s.from(echoName, ""))

	s.do("write", client.Send(ctx, guideName, callMe))
	s.until("a call", func(event signal.Event) bool { _, ok := event.(signal.IncomingCall); return ok })
	if s.err == nil {
		s.do("accept", s.call.Accept(ctx, ""))
	}
	s.until("what the guide says to that", s.from(guideName, ""))
	if s.err == nil {
		s.do("hang up", s.call.End(ctx))
	}
	s.until("the end of the call", func(event signal.Event) bool {
		change, ok := event.(signal.CallChanged)
		return ok && change.State == signal.CallEnded
	})
	stop() // before Close, which waits for loops that do not read on
	s.do("log out", closing(client))
	if s.err == nil {
		fmt.Fprintln(out, "\nBye.")
	}
	return s.err
}

// A story goes on until something is missing.
type story struct {
	client *signal.Client
	out    io.Writer
	next   func() (signal.Event, error, bool)
	call   *signal.Call // the one that came in
	err    error
}

func (s *story) do(what string, err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("%s: %w", what, err)
	}
}

// until tells all that happens until the one thing that is waited for.
func (s *story) until(what string, found func(signal.Event) bool) {
	for s.err == nil {
		event, err, ok := s.next()
		if !ok {
			err = errors.New("the session ended")
		}
		if err != nil {
			s.err = fmt.Errorf("%s did not come: %w", what, err)
			return
		}
		s.tell(event)
		if found(event) {
			return
		}
	}
}

// from finds a message of somebody, in a channel or, with channel "", to us alone.
func (s *story) from(account, channel string) func(signal.Event) bool {
	return func(event signal.Event) bool {
		msg, ok := event.(signal.Message)
		return ok && msg.From == account && msg.Channel == channel
	}
}

// tell says in a sentence what happened.
func (s *story) tell(event signal.Event) {
	var text string
	switch event := event.(type) {
	case signal.StateChanged:
		text = fmt.Sprintf("%s is %s.", s.client.Account(), event.State)
	case signal.ChannelJoined:
		text = fmt.Sprintf("%s joins #%s.", s.client.Account(), event.Name())
	case signal.Presence:
		text = presenceText(event) + "."
	case signal.AttrChange:
		text = fmt.Sprintf("#%s: %s = %s", event.Channel, event.Name, event.Value)
	case signal.Message:
		where := "#" + event.Channel
		if event.Channel == "" {
			where = "to " + s.client.Account() + " alone"
		}
		text = fmt.Sprintf("%s (%s): %s", event.From, where, event.Text)
	case signal.IncomingCall:
		s.call = event.Call
		text = event.Peer() + " calls."
	case signal.CallChanged:
		text = fmt.Sprintf("The call with %s: %s.", event.Call.Peer(), event.State)
	default:
		return
	}
	fmt.Fprintln(s.out, "  "+cleanLine(text))
}
