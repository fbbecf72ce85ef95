//go:build unix

package wsconn_test

import (
	"bytes"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is there is read before Read says that there is nothing.
func TestIdle(t *testing.T) {
	t.Parallel()
	s, far := tcp(t)
	require.True(t, s.IsDirect())
	var told []string
	p := make([]byte, 4)
	s.Begin(true, 1, func() {
		told = append(told, "idle")
		if len(told) == 1 {
			_, err := far.Write([]byte("abcdefgh"))
			assert.NoError(t, err)
		} else {
			assert.NoError(t, far.Close())
		}
	})
	for {
		n, err := s.Read(p)
		if err != nil {
			assert.Equal(t, io.EOF, err)
			break
		}
		told = append(told, string(p[:n]))
	}
	assert.Equal(t, []string{"idle", "abcd", "efgh", "idle"}, told)
}

func TestReadError(t *testing.T) {
	t.Parallel()
	s, far := tcp(t)
	_, err := s.Write([]byte("unread"))
	require.NoError(t, err)
	require.NoError(t, far.(*net.TCPConn).SetLinger(0)) //nolint:forcetypeassert // it was dialed by TCP
	require.NoError(t, far.Close())
	_, err = s.Read(make([]byte, 1))
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	_, err = s.TryWrite([]byte("x"))
	require.Error(t, err)
	require.NoError(t, s.Close())
	_, err = s.TryWrite([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = s.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
}

// TryWrite stops where a peer that does not read stops it, and Write goes on there.
func TestTryWrite(t *testing.T) {
	t.Parallel()
	s, far := tcp(t)
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	n, err := s.TryWrite(want)
	require.NoError(t, err)
	require.Less(t, n, len(want))
	go func() {
		_, err := s.Write(want[n:])
		assert.NoError(t, err)
		assert.NoError(t, s.Close())
	}()
	got, err := io.ReadAll(far)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got))
}
