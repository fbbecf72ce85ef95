package signal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// What an error of a [Client] may be besides its [Code], for [errors.Is].
var (
	// ErrUnauthorized is what the server says to a token that is wrong or has run out. A token source returns it, wrapped
	// or not, when there will be no token for this account: the client does not try again then.
	ErrUnauthorized = engine.ErrUnauthorized
	// ErrClosed is that the client is at its end: [Client.Err] says why.
	ErrClosed = errors.New("signal: the client is closed")
	// ErrLeft is that the channel was left, or another one was joined.
	ErrLeft = errors.New("signal: not in the channel any more")
	// ErrRefused is that the callee refused the call.
	ErrRefused = errors.New("signal: the call was refused")
	// ErrCallEnded is that the call is over.
	ErrCallEnded = errors.New("signal: the call is over")
	// ErrRateLimited is that the server takes no more of this for the moment: see the limits of [Client.Send] and others.
	ErrRateLimited = errors.New("signal: sent faster than the server allows")
	// ErrSlowConsumer is that events wait for the loops that read them, up to the limit, so that the client does not read
	// from its connection: it could not get an answer.
	ErrSlowConsumer = errors.New("signal: the client's loops are too slow")
)

// An Error is what went wrong with something that a [Client] was asked for. [errors.Is] finds its Code, and with it one of
// the errors above, or [context.DeadlineExceeded] where no answer came in time:
//
//	errors.Is(err, signal.InviteEPeerOffline)
//
//	var e *signal.Error
//	errors.As(err, &e) // e.Code, e.Reason
type Error struct {
	Op     string // "send", "join", "invite", …
	Code   Code   // as the callbacks of the other face have it; 0 where the context ended first
	Reason string // for people; may be empty
	cause  error
}

// Error returns all there is in one line.
func (e *Error) Error() string {
	text := "signal: " + e.Op
	if e.Code != 0 {
		text += ": " + strings.TrimPrefix(e.Code.Error(), "signal: ")
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Code == 0 && e.cause != nil {
		text += ": " + strings.TrimPrefix(e.cause.Error(), "signal: ")
	}
	return text
}

// Unwrap returns the code and the cause.
func (e *Error) Unwrap() []error {
	var all []error
	if e.Code != 0 {
		all = append(all, e.Code)
	}
	if e.cause != nil {
		all = append(all, e.cause)
	}
	return all
}

// A GapError stands among the messages of a channel where some are missing. The loop may go on.
type GapError struct{ Gap }

// Error says how many messages of which channel are missing.
func (e *GapError) Error() string {
	if e.Channel == "" {
		return fmt.Sprintf("signal: %d messages are missing: nobody has read them in time", e.Dropped)
	}
	if e.Dropped == 0 {
		return fmt.Sprintf("signal: events of channel %s are missing: the connection was away for too long", e.Channel)
	}
	return fmt.Sprintf("signal: %d messages of channel %s are missing: nobody has read them in time", e.Dropped, e.Channel)
}

func newError(op string, code Code, reason string) *Error {
	return &Error{Op: op, Code: code, Reason: reason, cause: causeOf(code, reason)}
}

// causeOf returns which of the errors above belongs to a code and the reason with it.
func causeOf(code Code, reason string) error {
	switch code {
	case LoginETokenExpired, LoginETokenWrong, LoginETokenKicked, LogoutETokenExpired, LogoutETokenWrong:
		return ErrUnauthorized
	case SendMessageETimeout, QueryUserNumETimeout:
		return context.DeadlineExceeded
	}
	switch {
	case strings.HasPrefix(reason, wire.ReasonRateLimited):
		return ErrRateLimited
	case strings.HasPrefix(reason, engine.TimedOut):
		return context.DeadlineExceeded
	case reason == engine.LoginEnded:
		return ErrClosed
	}
	return nil
}

// outcomeCode returns the code of a request's outcome, or Success.
func outcomeCode(ev *engine.Event) Code {
	code := Code(ev.Code)
	if ev.Kind == engine.ChannelLeaved && code == LeaveChannelEByUser {
		return Success
	}
	return code
}

// failed returns the error that an outcome is, or nil.
func failed(op string, ev engine.Event) error {
	code, reason := outcomeCode(&ev), ev.Text
	if code == Success {
		return nil
	}
	if ev.Kind == engine.InvokeRet {
		ret, _ := wire.ParseObject(ev.Text)
		reason = ret.Get("reason").Text()
	}
	return newError(op, code, reason)
}
