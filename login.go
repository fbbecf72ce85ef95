package signal

import (
	"math"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
)

// Login logs in as Login2 does, trying for 30 s and 15 times at most.
//
// Seed: login
func (a *API) Login(appID, account, token string, uid int, deviceID string) {
	a.login(engine.LoginParams{Method: "login", AppID: appID, Account: account, Token: token})
}

// Login2 logs in to the app appID, which from now on is the API's, as account: 1 to 128 bytes of printable
// UTF-8 without spaces. token is [NoToken] for an app without a certificate, else made by [NewToken]. uid and
// deviceID are not used.
//
// While no server can be reached it tries again after 0.5, 1, 2, 4, 8, 8 … s, each give or take a fifth, for
// retryTimeInS seconds and retryCount times at most, the first try included; 0 or less means the default for
// either: 30 s, 15. A refusal is final at once.
//
// OnLoginSuccess or OnLoginFailed follows. A Login2 of one who is not logged out is ignored and reported by
// OnError("login2", 208); Logout then Login2, without waiting in between, works.
//
// Seed: login2
func (a *API) Login2(appID, account, token string, uid int, deviceID string, retryTimeInS, retryCount int) {
	a.login(engine.LoginParams{
		Method: "login2", AppID: appID, Account: account, Token: token,
		RetryTime:  time.Duration(min(retryTimeInS, math.MaxInt32)) * time.Second,
		RetryCount: retryCount,
	})
}

func (a *API) login(p engine.LoginParams) {
	if !a.over(p.Method) {
		if a.GetStatus() == LoginStateNotLogin { // else this login is none
			a.meter.login(p.Account)
		}
		a.link.Login(p)
	}
}

// Logout logs out, or gives up logging in; then OnLoginFailed(203) comes first. One who is in a channel
// leaves it: OnChannelLeaved(channel, 603). OnLogout(101) follows, within 2 s; OnLogout(108) when not logged
// in.
//
// Seed: logout
func (a *API) Logout() {
	if !a.over("logout") {
		a.link.Logout()
	}
}
