package suite

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// Spread returns an address that leads each connection to another of these in turn, so that the users of a test are
// spread over the nodes of a cluster. It ends with the test.
func Spread(t *testing.T, addrs ...string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var running sync.WaitGroup
	var turn atomic.Int64
	var mu sync.Mutex
	var open []net.Conn
	keep := func(c net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		open = append(open, c)
	}
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			keep(in)
			out, err := net.Dial("tcp", addrs[int(turn.Add(1))%len(addrs)]) //nolint:noctx // it is there or it is not
			if err != nil {
				_ = in.Close()
				continue
			}
			keep(out)
			running.Go(func() { pass(in, out) })
			running.Go(func() { pass(out, in) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return l.Addr().String()
}

// pass passes on what comes in, and then the end of it.
func pass(out, in net.Conn) {
	_, _ = io.Copy(out, in)
	_ = out.Close()
	_ = in.Close()
}
