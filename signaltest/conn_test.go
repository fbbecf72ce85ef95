package signaltest

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A deadline that is set after Close, as a writer who comes late does, keeps no timer and with it the connection.
func TestNoDeadlineAfterClose(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	srv := &Server{gate: newGate(), conns: make(map[*conn]struct{})}
	c := newConn(srv, near)
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Hour)))
	require.True(t, ticking(&c.reading))
	require.NoError(t, c.Close())
	_ = c.SetDeadline(time.Now().Add(time.Hour))
	assert.False(t, ticking(&c.reading))
	assert.False(t, ticking(&c.writing))
}

func ticking(e *expiry) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.timer != nil
}
