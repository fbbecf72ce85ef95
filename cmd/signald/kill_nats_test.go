//go:build load && unix

package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// NATS is gone for a while, all of it: daemons live, say that they are not ready and refuse calls; when it is back everything goes on,
// and nothing that was acknowledged is lost.
func TestKilledNATS(t *testing.T) {
	t.Parallel()
	const users, away = 30, 15 * time.Second
	f := launch(t)
	c := gather(t, users, 300*time.Millisecond, f.servers())
	c.talk()
	c.serves("before NATS is gone")
	for i := range f.nats.running {
		f.nats.kill(i)
	}
	gone := time.Now()
	for _, p := range f.nodes {
		require.Eventually(t, func() bool { return statusOf(t, p, "/readyz") == http.StatusServiceUnavailable }, slowly, 10*time.Millisecond)
		assert.Equal(t, http.StatusOK, statusOf(t, p, "/healthz"))
	}
	failed := c.failures()
	require.Eventually(t, func() bool { return c.failures() > failed+users }, slowly, 10*time.Millisecond, "nothing is refused")
	t.Logf("calls are refused %.1f s after NATS is gone", time.Since(gone).Seconds())
	lasts(away - time.Since(gone))
	for _, p := range f.nodes {
		assert.Equal(t, http.StatusServiceUnavailable, statusOf(t, p, "/readyz"))
		assert.Equal(t, http.StatusOK, statusOf(t, p, "/healthz"))
	}
	back := time.Now()
	for i := range f.nats.running {
		f.nats.start(i)
	}
	for _, p := range f.nodes {
		require.Eventually(t, func() bool { return statusOf(t, p, "/readyz") == http.StatusOK }, slowly, 10*time.Millisecond)
	}
	t.Logf("all daemons are ready %.1f s after NATS is back", time.Since(back).Seconds())
	c.serves("after NATS is back")
	c.settle()
	t.Logf("NATS away for %v: %d users: %v", away, users, c.check())
}

func statusOf(t *testing.T, p *process, path string) int {
	t.Helper()
	status, _ := get(t, "http://"+p.ws+path)
	return status
}
