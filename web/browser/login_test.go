package browser

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

func TestATokenIsWanted(t *testing.T) {
	t.Parallel()
	const certificate = "fe1a0437bf217bdd34cd65053fb0fe1d"
	d := startDaemon(t, "SIGNALD_APP=locked:"+certificate)
	alice := openTab(t, d.host, desktop)
	token := func(account string, expires time.Time) string {
		return signal.NewToken("locked", certificate, account, expires)
	}

	alice.fill("#app-id", "locked")
	alice.login("alice")
	alice.sees("#login-error", "token is missing or wrong")
	alice.await(`document.activeElement.id === 'token'`)
	alice.fill("#token", token("bob", time.Now().Add(time.Hour)))
	alice.click("#login-button")
	alice.await(`!document.querySelector('#login-button').disabled`)
	alice.sees("#login-error", "token is missing or wrong")
	alice.shot("login-error")
	alice.fill("#token", token("alice", time.Now().Add(-time.Hour)))
	alice.click("#login-button")
	alice.sees("#login-error", "has expired")
	alice.fill("#token", token("alice", time.Now().Add(time.Hour)))
	alice.click("#login-button")
	alice.sees("#state-text", "connected")
	require.NotContains(t, eval[string](alice, `JSON.stringify(localStorage)`), "token")
}

func TestALoginThatCannotBe(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "SIGNALD_APP=one")
	alice := openTab(t, d.host, desktop)
	alice.click("#login-button")
	alice.sees("#login-error", "which account you are")
	alice.login("alice") // of the app demo, which is not served
	alice.sees("#login-error", "does not let you in")
	alice.fill("#account", "al ice")
	alice.click("#login-button")
	alice.sees("#login-error", "want no space")
}
