// Package mobile is the client for programs in other languages: what gomobile can bind of package signal, for Java, Kotlin,
// Objective-C and Swift. It has the callback API of the original SDK, method by method, in the types that gomobile knows. A
// doc comment here says in a line what package signal explains.
//
//	gomobile bind -target=android -androidapi 21 github.com/agora-signal-go/signal/mobile
//	gomobile bind -target=ios github.com/agora-signal-go/signal/mobile
//
// Go programs have no use for it.
package mobile

import (
	"strings"

	signal "github.com/agora-signal-go/signal"
)

// NoToken is the token to log in with where the app has no certificate.
const NoToken = signal.NoToken

// API is one client. Every method returns at once but [API.Destroy], and may be called on any thread, also from inside
// every method of a [Listener].
type API struct{ api *signal.API }

// NewAPI returns a new API for the app; in Java it is the constructor. servers are URLs with spaces between them: ws:// and wss://
// ones are connected to, http:// and https:// ones are asked for the servers of the app.
func NewAPI(appID, servers string) *API {
	var direct, discovery []string
	for _, url := range strings.Fields(servers) {
		if strings.HasPrefix(url, "http") {
			discovery = append(discovery, url)
		} else {
			direct = append(direct, url)
		}
	}
	var opts []signal.Option
	if len(direct) > 0 {
		opts = append(opts, signal.WithServer(direct...))
	}
	if len(discovery) > 0 {
		opts = append(opts, signal.WithDiscovery(discovery...))
	}
	return &API{signal.New(appID, opts...)}
}

// CodeName returns the name of a code, such as LOGIN_E_TOKENWRONG of 206.
func CodeName(ecode int) string { return signal.Code(ecode).String() }

// CallbackSet says who hears from the API; nil is nobody.
func (a *API) CallbackSet(listener Listener) {
	if listener == nil {
		a.api.CallbackSet(nil)
		return
	}
	a.api.CallbackSet(callback{listener})
}

// Login logs in, trying for 30 s.
func (a *API) Login(appID, account, token string, uid int, deviceID string) {
	a.api.Login(appID, account, token, uid, deviceID)
}

// Login2 logs in, trying for so many seconds and so many times.
func (a *API) Login2(appID, account, token string, uid int, deviceID string, retryTimeInS, retryCount int) {
	a.api.Login2(appID, account, token, uid, deviceID, retryTimeInS, retryCount)
}

// Logout logs out.
func (a *API) Logout() { a.api.Logout() }

// GetStatus returns the login state: 0 logged out, 1 logging in, 2 logged in, 3 reconnecting.
func (a *API) GetStatus() int { return a.api.GetStatus() }

// IsOnline reports whether the API is logged in and connected.
//
// Deprecated: Use [API.GetStatus].
func (a *API) IsOnline() bool { return a.api.IsOnline() }

// GetSdkVersion returns the version.
func (a *API) GetSdkVersion() int { return a.api.GetSdkVersion() }

// Destroy ends the API: no method of a Listener is called any more once it has returned.
func (a *API) Destroy() { a.api.Destroy() }
