package signaltest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/signaltest"
)

const patience = 10 * time.Second // for what is wrong if it does not come

// An echo is a plain TCP server that hands its connections to the test.
type echo struct {
	addr  string
	conns chan net.Conn
}

func newEcho(t *testing.T) echo {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	e := echo{ln.Addr().String(), make(chan net.Conn, 10)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			e.conns <- c
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-done
	})
	return e
}

// pair returns both ends of a connection through a network.
func pair(t *testing.T, e echo, way *signaltest.Network) (client, server net.Conn) {
	t.Helper()
	client, err := net.Dial("tcp", way.Addr)
	require.NoError(t, err)
	select {
	case server = <-e.conns:
	case <-time.After(patience):
		require.Fail(t, "the connection does not come through")
	}
	for _, c := range []net.Conn{client, server} {
		t.Cleanup(func() { _ = c.Close() })
		require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	}
	return client, server
}

func write(t *testing.T, c net.Conn, text string) {
	t.Helper()
	_, err := io.WriteString(c, text)
	require.NoError(t, err)
}

func read(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	_, err := io.ReadFull(c, got)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

// silent checks that nothing comes, for a moment.
func silent(t *testing.T, c net.Conn) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	n, err := c.Read(make([]byte, 1))
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout(), err)
	require.Zero(t, n)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
}

func TestNetworkPasses(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	way := signaltest.NewNetwork(t, e.addr)
	assert.Equal(t, "ws://"+way.Addr+"/", way.URL)
	client, server := pair(t, e, way)
	write(t, client, "up")
	read(t, server, "up")
	write(t, server, "down!")
	read(t, client, "down!")
	_ = client.Close()
	_, err := server.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	_ = server.Close()
	stats := way.Stats()
	assert.Equal(t, signaltest.NetworkStats{Connections: 1, BytesUp: 2, BytesDown: 5}, stats)
	gone(t, way)
	way.Close()
	way.Close()
	_, err = net.Dial("tcp", way.Addr)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

// gone waits until no connection is left.
func gone(t *testing.T, way *signaltest.Network) {
	t.Helper()
	require.Eventually(t, func() bool { return len(way.Links()) == 0 }, patience, time.Millisecond)
}

func TestNetworkURL(t *testing.T) {
	t.Parallel()
	way := signaltest.NewNetwork(t, "wss://example.invalid/path?q=1")
	assert.Equal(t, "wss://"+way.Addr+"/path?q=1", way.URL)
	c, err := net.Dial("tcp", way.Addr)
	if err == nil { // the reset may be quicker
		_ = c.SetDeadline(time.Now().Add(patience))
		_, err = c.Read(make([]byte, 1))
		_ = c.Close()
	}
	require.Error(t, err, "the target is not there")
}

// Latency is a lower bound, whatever the machine has to do; what was sent first arrives first.
func TestNetworkShape(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	way := signaltest.NewNetwork(t, e.addr)
	client, server := pair(t, e, way)
	const latency = 50 * time.Millisecond
	way.Shape(signaltest.Up, signaltest.Shape{Latency: latency, Jitter: latency})
	began := time.Now()
	var all strings.Builder
	for i := range 100 {
		text := fmt.Sprint(i, " ")
		all.WriteString(text)
		write(t, client, text)
	}
	read(t, server, all.String())
	assert.GreaterOrEqual(t, time.Since(began), latency)

	way.Shape(signaltest.Both, signaltest.Shape{Rate: 10_000, Piece: 100})
	began = time.Now()
	long := strings.Repeat("x", 2_000)
	write(t, server, long)
	read(t, client, long)
	assert.GreaterOrEqual(t, time.Since(began), 150*time.Millisecond, "2,000 bytes at 10,000 a second")
}

func TestNetworkCutAndReset(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	way := signaltest.NewNetwork(t, e.addr)
	client, server := pair(t, e, way)
	write(t, client, "x")
	read(t, server, "x")
	assert.Equal(t, 1, way.Cut())
	for _, c := range []net.Conn{client, server} {
		write(t, c, "into the void") // or FIN would become RST
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		_ = c.Close()
	}
	gone(t, way)

	first, firstAt := pair(t, e, way)
	client, server = pair(t, e, way)
	write(t, client, "x")
	read(t, server, "x")
	links := way.Links()
	require.Len(t, links, 2)
	links[1].Reset()
	links[1].Reset()
	links[1].Cut()
	links[1].Freeze(signaltest.Both)
	links[1].Sever(signaltest.Client)
	for _, c := range []net.Conn{client, server} {
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, syscall.ECONNRESET)
	}
	write(t, first, "still here")
	read(t, firstAt, "still here")
	stats := way.Stats()
	assert.Equal(t, []int{3, 1, 1, 0, 0}, []int{stats.Connections, stats.Cuts, stats.Resets, stats.Frozen, stats.Severs})
}

// A reset at one end is one at the other.
func TestNetworkPassesResets(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	way := signaltest.NewNetwork(t, e.addr)
	client, server := pair(t, e, way)
	require.NoError(t, client.(*net.TCPConn).SetLinger(0))
	_ = client.Close()
	_, err := server.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestNetworkFreeze(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	way := signaltest.NewNetwork(t, e.addr)
	client, server := pair(t, e, way)
	assert.Equal(t, 1, way.Freeze(signaltest.Up))
	write(t, client, "later")
	silent(t, server)
	write(t, server, "now")
	read(t, client, "now")
	way.Thaw()
	read(t, server, "later")

	way.Freeze(signaltest.Both)
	write(t, client, "last words")
	_ = client.Close()
	silent(t, server) // is not told
	assert.Len(t, way.Links(), 1)
	_ = server.Close()
	gone(t, way)
	assert.Equal(t, 2, way.Stats().Frozen)
}

func TestNetworkSever(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	way := signaltest.NewNetwork(t, e.addr)
	for _, end := range []signaltest.End{signaltest.Client, signaltest.Upstream} {
		told, other := pair(t, e, way)
		if end == signaltest.Upstream {
			told, other = other, told
		}
		assert.Equal(t, 1, way.Sever(end))
		_, err := told.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		write(t, other, "anybody?")
		silent(t, other)
		_ = other.Close()
		gone(t, way)
	}
	assert.Equal(t, 2, way.Stats().Severs)
}

func TestNetworkRefuseIgnoreShut(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	way := signaltest.NewNetwork(t, e.addr)
	old, oldAt := pair(t, e, way)

	way.Refuse(true)
	c, err := net.Dial("tcp", way.Addr)
	if err == nil { // the reset may be quicker
		_ = c.SetDeadline(time.Now().Add(patience))
		_, err = c.Read(make([]byte, 1))
		_ = c.Close()
	}
	require.ErrorIs(t, err, syscall.ECONNRESET)
	way.Refuse(false)

	way.Ignore(true)
	c, err = net.Dial("tcp", way.Addr)
	require.NoError(t, err)
	write(t, c, "hello?")
	silent(t, c)
	way.Ignore(false)
	silent(t, c)
	_ = c.Close()
	require.Eventually(t, func() bool { return len(way.Links()) == 1 }, patience, time.Millisecond)

	for range 3 {
		require.NoError(t, way.Shut(true))
		require.NoError(t, way.Shut(true))
		_, err = net.Dial("tcp", way.Addr)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.NoError(t, way.Shut(false))
		require.NoError(t, way.Shut(false))
		pair(t, e, way)
	}
	write(t, old, "x")
	read(t, oldAt, "x")
	assert.Empty(t, e.conns)
	stats := way.Stats()
	assert.Equal(t, []int{1, 1, 5}, []int{stats.Refused, stats.Ignored, stats.Connections})
	way.Close()
	require.NoError(t, way.Shut(false), "closed is closed")
}

// Whatever is in a chunk that passes, the connection ends inside a frame.
func TestNetworkTear(t *testing.T) {
	t.Parallel()
	for after := range 40 {
		for _, size := range []int{0, 1, 5, 200, 70_000} {
			if size > 200 && after%10 != 0 {
				continue
			}
			torn(t, after, size)
		}
	}
}

// torn tears a connection after so many bytes of frames of that size.
func torn(t *testing.T, after, size int) {
	t.Helper()
	e := newEcho(t)
	way := signaltest.NewNetwork(t, e.addr)
	client, server := pair(t, e, way)
	write(t, client, "GET / HTTP/1.1\r\nA: b\r\n\r\n")
	write(t, server, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
	in := bufio.NewReader(client)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
	way.Tear(signaltest.Down, after)
	frame := []byte{0x81, byte(size)}
	switch {
	case size > 1<<16:
		frame = []byte{0x81, 127, 0, 0, 0, 0, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}
	case size > 125:
		frame = []byte{0x81, 126, byte(size >> 8), byte(size)}
	}
	frame = append(frame, make([]byte, size)...)
	go func() {
		for range 50 {
			_, _ = server.Write(frame)
		}
	}()
	got, err := io.ReadAll(in)
	require.NoError(t, err, "EOF")
	require.NotZero(t, len(got)%len(frame), "%d bytes of frames of %d", len(got), len(frame))
	require.GreaterOrEqual(t, len(got), after)
	require.LessOrEqual(t, len(got), after+2)
	require.Equal(t, 1, way.Stats().Tears)
	_ = client.Close()
	_ = server.Close()
	way.Close()
}

// What reaches a server twice is exactly what was to.
func TestNetworkDuplicate(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	way := signaltest.NewNetwork(t, srv.URL)
	for i, double := range []signaltest.Duplication{signaltest.DuplicateHandshake, signaltest.DuplicateLogin} {
		way.Duplicate(double)
		ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), way.URL, nil)
		require.NoError(t, err)
		_ = resp.Body.Close()
		require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(`["ping",1]`)))
		_, answer, err := ws.ReadMessage()
		require.NoError(t, err)
		assert.JSONEq(t, `["pong",1]`, string(answer))
		require.Eventually(t, func() bool { return way.Stats().Duplicates == i+1 }, patience, time.Millisecond)
		_ = ws.Close()
	}
	gone(t, way)
}
