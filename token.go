package signal

import (
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// NoToken is the token to log in with where the app has no certificate. An app that has one refuses it
// with [LoginETokenWrong].
//
// Seed: _no_need_token
const NoToken = wire.NoToken

// NewToken returns the SignalingToken with which account may log in to appID until expires.
//
// It is for the back end that knows the app's certificate: a certificate never goes into a client.
// Fractions of a second are cut off, and the token is good through the whole second that is left. A token
// is looked at when a session begins: one that runs out while its session is up ends nothing, but the
// session cannot be begun anew with it. Nothing is checked here; a server refuses what is wrong with
// [LoginETokenWrong] and what has run out with [LoginETokenExpired].
//
// It may be called from any goroutine and triggers no callback.
//
// Seed: the parameter token of login, "由 App ID 和 App Certificate 生成的 SignalingToken".
func NewToken(appID, certificate, account string, expires time.Time) string {
	return wire.Token(appID, certificate, account, max(expires.Unix(), 0))
}
