package main

import (
	"context"
	"errors"

	signal "github.com/agora-signal-go/signal"
)

// hinted is an error with what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// hints are by what an error is, the special before the general.
var hints = []struct {
	is   error
	hint string
}{
	{signal.LoginETokenExpired, "the token has run out: signal token make makes another"},
	{signal.LogoutETokenExpired, "the token has run out: signal token make makes another"},
	{signal.LoginETokenWrong, "the token is of another app, account or certificate: signal token inspect looks into it"},
	{signal.LogoutETokenWrong, "the token is of another app, account or certificate: signal token inspect looks into it"},
	{signal.LoginEInvalidUser, "an account has 1 to 128 bytes of printable UTF-8 without spaces"},
	{signal.LoginEFailed, "does the server serve this app? --app says another"},
	{signal.LoginENet, "signal doctor finds out what is wrong"},
	{signal.LogoutEKicked, "the account logged in elsewhere: --account says another"},
	{signal.LogoutENet, "signal doctor finds out what is wrong"},
	{signal.InviteEPeerOffline, "signal who says who is online"},
	{signal.InviteETimeout, "the other side did not answer in time"},
	{signal.ErrRateLimited, "a user may send 60 messages a second, a channel takes 200"},
	{signal.GeneralELargeParam, "a message has at most 8,196 bytes, to a channel 8,192, an attribute 8,096"},
	{signal.SendMessageEOther, "is the list of the account full, or the text no UTF-8?"},
	{context.DeadlineExceeded, "--timeout says how long to wait"},
}

// hint says what to do about an error, "" when there is nothing to say.
func hint(err error) string {
	var h hinted
	if errors.As(err, &h) {
		return h.hint
	}
	for _, h := range hints {
		if errors.Is(err, h.is) {
			return h.hint
		}
	}
	return ""
}
