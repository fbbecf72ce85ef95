package main

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/suite"
)

// Everything that the service promises, by three daemons that share a NATS cluster of three, with the users spread over them.
func TestSuiteOnThreeNodes(t *testing.T) {
	t.Parallel()
	nats := startNATS(t, 3)
	var nodes []*process
	suite.Run(t, func(t *testing.T) (string, []signal.Option) {
		t.Helper()
		var addrs []string
		for range 3 {
			p := spawn(t, "-nats", nats.urls(), "-replicas", "3", "-partitions", "8", "-log-level", "debug",
				"-app", suite.OpenApp, "-app", suite.SecuredApp+":"+suite.Certificate)
			nodes, addrs = append(nodes, p), append(addrs, p.ws)
		}
		for _, p := range nodes { // what moves when the last one comes has moved
			require.Eventually(t, func() bool {
				status, _ := get(t, "http://"+p.ws+"/readyz")
				return status == http.StatusOK
			}, slowly, 10*time.Millisecond)
		}
		return "ws://" + suite.Spread(t, addrs...) + "/", nil
	})
	for _, p := range nodes {
		noSecrets(t, p)
	}
}

// The same by a daemon that keeps everything in a directory.
func TestSuiteOnDisk(t *testing.T) {
	t.Parallel()
	for _, sync := range []string{"always", "100ms"} {
		t.Run(sync, func(t *testing.T) {
			t.Parallel()
			var p *process
			suite.Run(t, func(t *testing.T) (string, []signal.Option) {
				t.Helper()
				p = spawn(t, "-data", t.TempDir(), "-data-sync", sync, "-partitions", strconv.Itoa(4), "-log-level", "debug",
					"-app", suite.OpenApp, "-app", suite.SecuredApp+":"+suite.Certificate)
				return "ws://" + p.ws + "/", nil
			})
			noSecrets(t, p)
		})
	}
}

// noSecrets checks that what clients and operators keep secret is not in a daemon's log.
func noSecrets(t *testing.T, p *process) {
	t.Helper()
	text := p.log.all()
	assert.Contains(t, text, "msg=login")
	assert.NotContains(t, text, suite.Certificate)
	assert.NotContains(t, text, "1:"+suite.SecuredApp+":", "the beginning of a token")
	assert.NotRegexp(t, `[A-Z2-7]{26}\.[0-9a-z]`, text, "the line of a session")
}
