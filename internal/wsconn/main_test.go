package wsconn_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tcp returns both ends of a connection, the first as a Stream.
func tcp(t *testing.T) (*wsconn.Stream, net.Conn) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	far, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	near, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = far.Close()
		_ = near.Close()
	})
	return wsconn.New(near), far
}

// piped returns both ends of a connection that the system knows nothing of.
func piped(t *testing.T) (*wsconn.Stream, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() {
		_ = far.Close()
		_ = near.Close()
	})
	return wsconn.New(near), far
}
