package wsconn_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

func TestReadAll(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) (*wsconn.Stream, net.Conn){"tcp": tcp, "pipe": piped} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, far := open(t)
			want := bytes.Repeat([]byte("0123456789abcdef"), 1<<14)
			go func() {
				_, _ = far.Write(want)
				_ = far.Close()
			}()
			idle := 0
			s.Begin(true, 1, func() { idle++ })
			got, err := io.ReadAll(s)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(want, got))
			assert.Positive(t, idle)
		})
	}
}

func TestReadDeadline(t *testing.T) {
	t.Parallel()
	s, far := tcp(t)
	require.NoError(t, s.SetReadDeadline(time.Now().Add(-time.Second)))
	_, err := s.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, s.SetReadDeadline(time.Time{}))
	_, err = far.Write([]byte("x"))
	require.NoError(t, err)
	n, err := s.Read(make([]byte, 2))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
}

func TestTryWriteNowhere(t *testing.T) {
	t.Parallel()
	s, _ := piped(t)
	assert.False(t, s.IsDirect())
	n, err := s.TryWrite([]byte("x"))
	require.NoError(t, err)
	assert.Zero(t, n)
}
