package signal_test

import (
	"testing"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/suite"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// TestEveryMethodAndCallback plays the behaviour suite against a server in this process. It fails unless every
// method of API was called, with the outcome that is due, and every callback of ICallBack fired.
func TestEveryMethodAndCallback(t *testing.T) {
	suite.Run(t, func(t *testing.T) (string, []signal.Option) {
		t.Helper()
		srv := signaltest.NewServer(t, server.WithApp(suite.OpenApp, ""), server.WithApp(suite.SecuredApp, suite.Certificate))
		return srv.URL, nil
	})
}
