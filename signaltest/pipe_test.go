package signaltest

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testPipe() (client, server net.Conn) { return pipe(loopback(1), loopback(2)) }

func TestPipe(t *testing.T) {
	t.Parallel()
	a, b := testPipe()
	assert.Equal(t, "127.0.0.1:1", a.LocalAddr().String())
	assert.Equal(t, "127.0.0.1:2", a.RemoteAddr().String())
	assert.Equal(t, a.RemoteAddr(), b.LocalAddr())

	n, err := a.Write([]byte("hello")) // nobody reads yet
	require.NoError(t, err)
	assert.Equal(t, 5, n)
	buf := make([]byte, 3)
	n, err = b.Read(buf)
	require.NoError(t, err)
	assert.Equal(t, "hel", string(buf[:n]))
	n, err = b.Read(nil)
	require.NoError(t, err)
	assert.Zero(t, n)

	require.NoError(t, a.Close())
	rest, err := io.ReadAll(b)
	require.NoError(t, err)
	assert.Equal(t, "lo", string(rest))
	_, err = b.Write([]byte("x"))
	require.ErrorIs(t, err, syscall.EPIPE)
	_, err = a.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = a.Read(buf)
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, a.Close(), net.ErrClosed)
	require.ErrorIs(t, a.SetDeadline(time.Now()), net.ErrClosed)
	require.NoError(t, b.Close())
}

func TestPipeIsFullDuplex(t *testing.T) {
	t.Parallel()
	a, b := testPipe()
	sent := bytes.Repeat([]byte("0123456789"), pipeBuffer)
	got := make(chan []byte, 2)
	for _, end := range []net.Conn{a, b} {
		go func() {
			_, err := end.Write(sent)
			assert.NoError(t, err)
		}()
		go func() {
			p := make([]byte, len(sent))
			_, err := io.ReadFull(end, p)
			assert.NoError(t, err)
			got <- p
		}()
	}
	for range 2 {
		assert.True(t, bytes.Equal(sent, <-got))
	}
	_, _ = a.Close(), b.Close()
}

func TestPipeDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, _ := testPipe()
		start := time.Now()
		in := start.Add
		buf := make([]byte, 1)

		require.NoError(t, a.SetReadDeadline(in(time.Second)))
		_, err := a.Read(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))

		// One that is moved while somebody waits.
		require.NoError(t, a.SetReadDeadline(in(10*time.Second)))
		time.AfterFunc(time.Second, func() { _ = a.SetReadDeadline(in(3 * time.Second)) })
		_, err = a.Read(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(start))

		// One that is past already.
		require.NoError(t, a.SetReadDeadline(time.Time{}))
		time.AfterFunc(time.Second, func() { _ = a.SetReadDeadline(time.Unix(1, 0)) })
		_, err = a.Read(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 4*time.Second, time.Since(start))

		// A full pipe.
		require.NoError(t, a.SetDeadline(in(5*time.Second)))
		n, err := a.Write(make([]byte, pipeBuffer+1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, pipeBuffer, n)
		assert.Equal(t, 5*time.Second, time.Since(start))
	})
}

// A connection that waits at the gate keeps its deadlines.
func TestGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := testPipe()
		c := newConn(&Server{gate: newGate()}, far)
		c.srv.gate.set(true)
		start := time.Now()
		_, err := near.Write([]byte("x"))
		require.NoError(t, err)
		buf := make([]byte, 1)

		require.NoError(t, c.SetDeadline(start.Add(time.Second)))
		_, err = c.Read(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		_, err = c.Write(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))

		require.NoError(t, c.SetReadDeadline(start.Add(2*time.Second)))
		require.NoError(t, c.SetWriteDeadline(start.Add(3*time.Second)))
		_, err = c.Read(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 2*time.Second, time.Since(start))
		_, err = c.Write(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(start))

		require.NoError(t, c.SetDeadline(time.Time{}))
		time.AfterFunc(time.Second, func() { c.srv.gate.set(false) })
		_, err = c.Read(buf)
		require.NoError(t, err)
		assert.Equal(t, 4*time.Second, time.Since(start))

		// What comes in while the gate is shut is held, and lost to no deadline.
		read := make(chan error)
		go func() {
			_, err := c.Read(buf)
			read <- err
		}()
		synctest.Wait()
		c.srv.gate.set(true)
		require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Second)))
		_, err = near.Write([]byte("yz"))
		require.NoError(t, err)
		require.ErrorIs(t, <-read, os.ErrDeadlineExceeded)
		require.NoError(t, c.SetReadDeadline(time.Time{}))
		c.srv.gate.set(false)
		_, err = c.Read(buf)
		require.NoError(t, err)
		assert.Equal(t, "y", string(buf))
		_, err = c.Read(buf)
		require.NoError(t, err)
		assert.Equal(t, "z", string(buf))

		c.srv.gate.set(true)
		time.AfterFunc(time.Second, func() { _ = c.Close() })
		_, err = c.Read(buf)
		require.ErrorIs(t, err, net.ErrClosed)
		require.ErrorIs(t, c.Close(), net.ErrClosed)
	})
}

func TestPipeListener(t *testing.T) {
	t.Parallel()
	ln := newPipeListener()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ln.dial(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, ln.Close())
	require.NoError(t, ln.Close())
	_, err = ln.dial(t.Context())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	_, err = ln.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}
