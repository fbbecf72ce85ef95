package signal

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/feed"
)

// CallOptions say how [Client.Invite] calls. The zero value is good.
type CallOptions struct {
	// Channel is where the two are to meet, 1 to 128 bytes of printable UTF-8; "" is a new name that nobody can guess. Nobody
	// joins it by calling. A second call to the same account on the same channel fails with InviteEReinvite.
	Channel string
	// Extra is handed to the callee: "" or a JSON object, at most 8,192 bytes.
	Extra string
	// Timeout is how long to wait for the callee's device, up to 30 s; 0 is 20 s.
	Timeout time.Duration
	// RingTimeout is how long it may ring after that, 1 s to 10 min; 0 is for ever.
	RingTimeout time.Duration
	// RequireOnline makes the call fail at once when the callee is offline.
	RequireOnline bool
}

// extra returns what goes to the server, which reads the options there.
func (o *CallOptions) extra() (string, error) {
	if o.Timeout == 0 && o.RingTimeout == 0 && !o.RequireOnline {
		return o.Extra, nil
	}
	members := make(map[string]any)
	if o.Extra != "" {
		var given map[string]json.RawMessage
		if err := json.Unmarshal([]byte(o.Extra), &given); err != nil {
			return "", fmt.Errorf("extra: want \"\" or a JSON object: %w", err)
		}
		for name, value := range given {
			members[name] = value
		}
	}
	if o.Timeout != 0 {
		members["_timeout"] = o.Timeout.Seconds()
	}
	if o.RingTimeout != 0 {
		members["_ring_timeout"] = o.RingTimeout.Seconds()
	}
	if o.RequireOnline {
		members["_require_peer_online"] = 1
	}
	text, err := json.Marshal(members)
	return string(text), err
}

// A CallState says how far a [Call] is.
type CallState int

// The states of a Call.
const (
	CallInviting CallState = iota + 1 // the callee's device does not know yet; of the caller's side only
	CallRinging                       // it waits for an answer
	CallAccepted                      // the two talk
	CallEnded                         // it is over
)

// String returns "inviting", "ringing", "accepted" or "ended".
func (s CallState) String() string {
	switch s {
	case CallInviting:
		return "inviting"
	case CallRinging:
		return "ringing"
	case CallAccepted:
		return "accepted"
	case CallEnded:
		return "ended"
	}
	return fmt.Sprintf("CallState(%d)", int(s))
}

// A Call is one call between this account and another, on either side: made by [Client.Invite], or come in by
// [Client.Calls]. It is over when either side ends it, when the callee refuses it or does not answer in time, and with the
// session of either side.
type Call struct {
	client   *Client
	channel  string
	peer     string
	incoming bool
	extra    string
	trace    string        // that came with the invite
	ringing  chan struct{} // closed when the callee's device knows
	answered chan struct{} // closed when it was accepted, or is over
	done     chan struct{} // closed when it is over
	topic    feed.Topic[Event]

	// The client's lock guards these.
	id       string // the engine's name of it; does not change once the server has the call
	state    CallState
	accepted bool   // it was
	answer   string // the callee's extra
	err      error  // of the end
}

// Invite calls an account. nil means that the server has the call; [Call.Wait] waits for the answer. When ctx ends first,
// the client ends the call again should it come about.
//
// The error is [InviteEPeerOffline] when the callee is offline and RequireOnline is set, [InviteEReinvite] when this call is
// open already, [InviteEOther] above 100 open calls. [Call.Err] tells how a call has ended later.
//
// Seed: channelInviteUser, channelInviteUser2
func (c *Client) Invite(ctx context.Context, to string, o CallOptions) (*Call, error) {
	const op = "invite"
	extra, err := o.extra()
	if err != nil {
		return nil, &Error{Op: op, Code: GeneralEWrongParam, Reason: err.Error()}
	}
	if o.Channel == "" {
		o.Channel = uuid.NewString()
	}
	call := c.newCall(o.Channel, to, extra)
	call.state = CallInviting
	req := &engine.Request{Op: engine.OpInvite, Channel: o.Channel, Account: to, Extra: extra}
	_, err = c.ask(ctx, op, req, call)
	if err == nil {
		return call, nil
	}
	if ctx.Err() != nil {
		c.undo(&engine.Request{Op: engine.OpEnd, Channel: o.Channel, Account: to})
	}
	return nil, err
}

func (c *Client) newCall(channel, peer, extra string) *Call {
	return &Call{
		client: c, channel: channel, peer: peer, extra: extra,
		ringing: make(chan struct{}), answered: make(chan struct{}), done: make(chan struct{}),
	}
}

// takeDone follows the success of a request about a call.
//
// +checklocks:c.mu
func (c *Client) takeDone(r *request, ev engine.Event) {
	call := r.call
	switch r.op {
	case engine.OpInvite:
		call.id = ev.ID
		c.calls[call.id] = call
		c.publish(CallChanged{call, CallInviting})
	case engine.OpAccept:
		c.callAccepted(call, r.answer)
	case engine.OpRefuse, engine.OpEnd:
		c.callEnded(call, nil)
	}
}

// IncomingCall tells that somebody calls.
//
// Seed: onInviteReceived
type IncomingCall struct{ *Call }

// CallChanged tells that a call is in another state.
//
// Seed: onInviteReceivedByPeer, onInviteAcceptedByPeer, onInviteRefusedByPeer, onInviteFailed, onInviteEndByPeer,
// onInviteEndByMyself
type CallChanged struct {
	Call  *Call
	State CallState // since then it may have changed again
}

// Tone tells that the other side of a call has pressed keys.
//
// Seed: onInviteMsg
type Tone struct {
	Call *Call
	Keys string
}

// Calls returns the calls that come in, with those that came before, no loop has had, and wait for an answer. It ends as
// [Client.Events] does.
//
// Seed: onInviteReceived
func (c *Client) Calls(ctx context.Context) iter.Seq2[*Call, error] {
	read := func() *feed.Reader[Event] {
		return c.feed.Read(&c.incoming, func(e Event) bool { _, ok := e.(IncomingCall); return ok }, nil, &c.incoming)
	}
	return loop(ctx, c, read, func(e Event) (*Call, error) {
		in, _ := e.(IncomingCall)
		return in.Call, nil
	})
}

// takeCall follows an event of a call.
//
// +checklocks:c.mu
func (c *Client) takeCall(ev engine.Event) {
	if ev.Kind == engine.InviteReceived {
		call := c.newCall(ev.Channel, ev.Account, ev.Extra)
		call.incoming, call.id, call.state, call.trace = true, ev.ID, CallRinging, ev.Trace
		close(call.ringing)
		c.calls[ev.ID] = call
		c.feed.Publish(&c.incoming, IncomingCall{call}, 0, true)
		return
	}
	call := c.calls[ev.ID]
	if call == nil || ev.ID == "" {
		return
	}
	switch ev.Kind {
	case engine.InviteReceivedByPeer:
		c.callRings(call)
	case engine.InviteAccepted:
		c.callAccepted(call, ev.Extra)
	case engine.InviteRefused:
		call.answer = ev.Extra
		c.callEnded(call, &Error{Op: "call", Reason: "by " + call.peer, cause: ErrRefused})
	case engine.InviteFailed:
		c.callEnded(call, newError("call", Code(ev.Code), ev.Text))
	case engine.InviteEndByPeer, engine.InviteEndByMyself:
		c.callEnded(call, nil)
	case engine.InviteMsg:
		c.feed.Publish(&call.topic, Tone{call, ev.Text}, 0, true)
	}
}

// +checklocks:c.mu
func (c *Client) callRings(call *Call) {
	if call.state == CallInviting {
		call.state = CallRinging
		close(call.ringing)
		c.publish(CallChanged{call, CallRinging})
	}
}

// +checklocks:c.mu
func (c *Client) callAccepted(call *Call, answer string) {
	if call.state < CallAccepted {
		c.callRings(call)
		call.state, call.accepted, call.answer = CallAccepted, true, answer
		close(call.answered)
		c.publish(CallChanged{call, CallAccepted})
	}
}

// callEnded ends a call. One that was accepted ends well, whoever ended it, but with the client itself.
//
// +checklocks:c.mu
func (c *Client) callEnded(call *Call, err error) {
	if call.state == CallEnded {
		return
	}
	if call.state != CallAccepted {
		close(call.answered)
	}
	call.state, call.err = CallEnded, err
	close(call.done)
	delete(c.calls, call.id)
	if call.incoming {
		c.feed.Forget(&c.incoming, func(e Event) bool { return e == IncomingCall{call} })
	}
	c.publish(CallChanged{call, CallEnded})
	c.feed.EndTopic(&call.topic, nil)
}

// Channel returns the channel that the call is about.
func (call *Call) Channel() string { return call.channel }

// Peer returns the other side.
func (call *Call) Peer() string { return call.peer }

// Incoming reports whether the other side has called.
func (call *Call) Incoming() bool { return call.incoming }

// Extra returns what the caller gave to the callee: "" or a JSON object, in which the options are, too.
func (call *Call) Extra() string { return call.extra }

// Trace returns the W3C traceparent that came with a call that came in, "" for none: see [WithTracing].
func (call *Call) Trace() string { return call.trace }

// State returns how far the call is.
func (call *Call) State() CallState {
	call.client.mu.Lock()
	defer call.client.mu.Unlock()
	return call.state
}

// Ringing is closed when the callee's device knows of the call.
func (call *Call) Ringing() <-chan struct{} { return call.ringing }

// Done is closed when the call is over: [Call.Err] says how.
func (call *Call) Done() <-chan struct{} { return call.done }

// Err returns how the call has ended: nil before that and when either side ended it; [ErrRefused] when the callee refused
// it; [InviteEPeerOffline], [InviteETimeout] when he was not reached or did not answer, or another of those codes;
// [ErrClosed] when the client came to its end first.
func (call *Call) Err() error {
	call.client.mu.Lock()
	defer call.client.mu.Unlock()
	return call.err
}

// Wait waits until the call is accepted, and returns what the callee gave with that: "" or a JSON object. When it is over
// without having been accepted the error is that of [Call.Err], or [ErrCallEnded] where that is nil; answer is what the
// callee gave with a refusal. When ctx ends the call goes on.
func (call *Call) Wait(ctx context.Context) (answer string, err error) {
	select {
	case <-call.answered:
	case <-ctx.Done():
		if !isClosed(call.answered) { // both may have come
			return "", &Error{Op: "call", Reason: "no answer yet", cause: ctx.Err()}
		}
	}
	call.client.mu.Lock()
	defer call.client.mu.Unlock()
	switch {
	case call.accepted:
		return call.answer, nil
	case call.err != nil:
		return call.answer, call.err
	}
	return "", &Error{Op: "call", Reason: "ended before it was accepted", cause: ErrCallEnded}
}

// Accept accepts a call that came in. extra is handed to the caller: "" or a JSON object, at most 8,192 bytes. The error is
// [ErrCallEnded] when the call is over already.
//
// Seed: channelInviteAccept
func (call *Call) Accept(ctx context.Context, extra string) error {
	return call.ask(ctx, "accept", &engine.Request{Op: engine.OpAccept, Extra: extra})
}

// Refuse refuses a call that came in, which ends it. extra is as for Accept.
//
// Seed: channelInviteRefuse
func (call *Call) Refuse(ctx context.Context, extra string) error {
	return call.ask(ctx, "refuse", &engine.Request{Op: engine.OpRefuse, Extra: extra})
}

// End ends the call, whoever called and whether it was accepted or not. A call that is over already is no error.
//
// Seed: channelInviteEnd
func (call *Call) End(ctx context.Context) error {
	err := call.ask(ctx, "end", &engine.Request{Op: engine.OpEnd})
	if isClosed(call.done) {
		return nil
	}
	return err
}

// DTMF sends telephone keys, 1 to 128 of 0-9 * #, to the other side, such as a SIP gateway.
//
// Seed: channelInviteDTMF
func (call *Call) DTMF(ctx context.Context, keys string) error {
	return call.ask(ctx, "send keys", &engine.Request{Op: engine.OpDTMF, Text: keys})
}

// Tones returns the keys that the other side sends. It ends when the call does.
//
// Seed: onInviteMsg
func (call *Call) Tones(ctx context.Context) iter.Seq2[string, error] {
	read := func() *feed.Reader[Event] {
		return call.client.feed.Read(&call.topic, func(e Event) bool { _, ok := e.(Tone); return ok }, nil, &call.topic)
	}
	return loop(ctx, call.client, read, func(e Event) (string, error) {
		tone, _ := e.(Tone)
		return tone.Keys, nil
	})
}

// ask asks for something of this call, as long as it is open.
func (call *Call) ask(ctx context.Context, op string, req *engine.Request) error {
	if isClosed(call.done) {
		return &Error{Op: op, Code: GeneralEFailed, Reason: "call with " + call.peer, cause: ErrCallEnded}
	}
	req.Channel, req.Account, req.ID = call.channel, call.peer, call.id
	_, err := call.client.ask(ctx, op, req, call)
	return err
}
