package main

import (
	"slices"

	signal "github.com/agora-signal-go/signal"
)

// A phone knows the calls that are going on. They change by themselves: by [signal.CallChanged].
type phone struct{ calls []ongoing }

type ongoing struct {
	*signal.Call
	state signal.CallState
}

// note takes up a call that is new and drops one that is over.
func (p *phone) note(call *signal.Call, state signal.CallState) {
	at := slices.IndexFunc(p.calls, func(c ongoing) bool { return c.Call == call })
	switch {
	case state == signal.CallEnded && at >= 0:
		p.calls = slices.Delete(p.calls, at, at+1)
	case state != signal.CallEnded && at >= 0:
		p.calls[at].state = state
	case state != signal.CallEnded:
		p.calls = append(p.calls, ongoing{call, state})
	}
}

// ringing is the oldest call that wants an answer from us.
func (p *phone) ringing() (call ongoing, ok bool) {
	for _, call := range p.calls {
		if call.Incoming() && call.state != signal.CallAccepted {
			return call, true
		}
	}
	return ongoing{}, false
}

// current is the call that hanging up and keys are for: the newest that is ours or that we accepted.
func (p *phone) current() (call ongoing, ok bool) {
	for _, call := range slices.Backward(p.calls) {
		if !call.Incoming() || call.state == signal.CallAccepted {
			return call, true
		}
	}
	return ongoing{}, false
}

// banner is what the phone has to say, "" when it is quiet, and what can be done about it. With letters, the keys a and r
// answer.
func (p *phone) banner(letters bool) (says, keys string) {
	if call, ok := p.ringing(); ok {
		says = cleanLine(call.Peer()) + " calls you"
		if letters {
			return says, "[a] accept  [r] refuse"
		}
		return says, "[alt-a] accept  [alt-r] refuse"
	}
	call, ok := p.current()
	if !ok {
		return "", ""
	}
	peer := cleanLine(call.Peer())
	switch call.state {
	case signal.CallAccepted:
		return "in a call with " + peer, "/keys 123  /hangup"
	case signal.CallRinging:
		return "it rings at " + peer + "'s", "/hangup"
	default:
		return "calling " + peer, "/hangup"
	}
}
