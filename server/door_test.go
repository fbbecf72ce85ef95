package server_test

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
)

// A pipeListener hands out one end of each pipe that is dialed.
type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
	err    error // what Accept says after Close
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{}), err: net.ErrClosed}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.conns:
		return nc, nil
	case <-l.closed:
		return nil, l.err
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

func (l *pipeListener) dial() net.Conn {
	near, far := net.Pipe()
	l.conns <- far
	return near
}

// served runs Serve for a handler until the test ends.
func served(t *testing.T, h http.Handler) (l *pipeListener, web *http.Server, ended chan error) {
	t.Helper()
	l, ended = newPipeListener(), make(chan error, 1)
	web = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { ended <- server.Serve(l, web) }()
	return l, web, ended
}

// An httpAnswer is what there is to know of one by HTTP.
type httpAnswer struct {
	status int
	last   bool // the connection ends with it
	body   string
}

// exchange sends a text in pieces and returns the answer.
func exchange(t *testing.T, l *pipeListener, pieces ...string) httpAnswer {
	t.Helper()
	nc := l.dial()
	t.Cleanup(func() { _ = nc.Close() })
	go func() {
		for _, p := range pieces {
			_, _ = io.WriteString(nc, p)
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(nc), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return httpAnswer{resp.StatusCode, resp.Close, string(body)}
}

const upgradeHeader = "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"

// What is a websocket becomes one, in how many pieces its request ever comes; all else is net/http's.
func TestServe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := server.New()
		l, web, ended := served(t, srv)
		for _, pieces := range [][]string{{upgradeHeader}, {upgradeHeader[:20], upgradeHeader[20:]}, strings.SplitAfter(upgradeHeader, "\n")} {
			assert.Equal(t, http.StatusSwitchingProtocols, exchange(t, l, pieces...).status)
		}
		assert.Equal(t, http.StatusOK, exchange(t, l, "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n").status)
		assert.Equal(t, http.StatusUpgradeRequired, exchange(t, l, "GET / HTTP/1.1\r\nHost: here\r\n\r\n").status)
		assert.Equal(t, http.StatusBadRequest, exchange(t, l, "nonsense\r\n\r\n").status)
		assert.Equal(t, http.StatusBadRequest, exchange(t, l, strings.Replace(upgradeHeader, "Host: here\r\n", "", 1)).status)
		long := strings.Replace(upgradeHeader, "\r\n\r\n", "\r\nX-Long: "+strings.Repeat("x", 10<<10)+"\r\n\r\n", 1)
		assert.Equal(t, http.StatusSwitchingProtocols, exchange(t, l, long).status)
		early := l.dial() // speaks before it is asked: hung up on, as without the door
		go func() { _, _ = io.WriteString(early, upgradeHeader+"\x81\x80\x00\x00\x00\x00") }()
		_, err := early.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		wrong := exchange(t, l, strings.Replace(upgradeHeader, "Version: 13", "Version: 12", 1))
		assert.Equal(t, http.StatusBadRequest, wrong.status)
		assert.Contains(t, wrong.body, "Bad Request")
		assert.True(t, wrong.last)
		require.NoError(t, srv.Shutdown(t.Context()))
		assert.Equal(t, http.StatusServiceUnavailable, exchange(t, l, upgradeHeader).status)
		require.NoError(t, web.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
}

// The whole way: a client logs in through the door.
func TestServeLogin(t *testing.T) {
	t.Parallel()
	srv := server.New()
	l, web, ended := served(t, srv)
	d := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return l.dial(), nil }}
	ws, resp, err := d.DialContext(t.Context(), "ws://here/", nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	c := &client{t: t, ws: ws}
	c.login("alice")
	c.works()
	require.NoError(t, ws.Close())
	require.NoError(t, srv.Shutdown(t.Context()))
	require.NoError(t, web.Close())
	require.ErrorIs(t, <-ended, http.ErrServerClosed)
}

// Who says nothing, or stops halfway, is let go; and at the end nobody is waited for.
func TestServeMute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, web, ended := served(t, http.NotFoundHandler())
		start := time.Now()
		nc := l.dial()
		_, err := io.WriteString(nc, upgradeHeader[:30])
		require.NoError(t, err)
		_, err = nc.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		assert.Equal(t, 10*time.Second, time.Since(start))
		mute := l.dial()
		synctest.Wait()
		require.NoError(t, web.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
		_, err = mute.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		assert.Equal(t, 10*time.Second, time.Since(start))
	})
}

// A websocket is not the door's any more when its peer hears that it is one, though the handler has yet to return.
func TestServeEndsDuringUpgrade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		upgraded, done := make(chan struct{}), make(chan struct{})
		l, web, ended := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			up := websocket.Upgrader{}
			ws, err := up.Upgrade(w, r, nil)
			if assert.NoError(t, err) {
				close(upgraded)
				<-done
				assert.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte("alive")))
				assert.NoError(t, ws.Close())
			}
		}))
		d := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return l.dial(), nil }}
		ws, resp, err := d.DialContext(t.Context(), "ws://here/", nil)
		require.NoError(t, err)
		_ = resp.Body.Close()
		<-upgraded
		require.NoError(t, web.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
		close(done)
		_, text, err := ws.ReadMessage()
		require.NoError(t, err)
		assert.Equal(t, "alive", string(text))
		require.NoError(t, ws.Close())
	})
}

func TestServePanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, web, ended := served(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("planned") }))
		nc := l.dial()
		_, err := io.WriteString(nc, upgradeHeader)
		require.NoError(t, err)
		_, err = nc.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, web.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
}

// Too many open files is nothing that lasts.
func TestServeListenerHasNoFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &fullListener{pipeListener: newPipeListener(), full: 3}
		web := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(l, web) }()
		assert.Equal(t, http.StatusNotFound, exchange(t, l.pipeListener, upgradeHeader).status)
		assert.Zero(t, l.full)
		require.NoError(t, web.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
}

type fullListener struct {
	*pipeListener
	full int // how often there are too many files
}

func (l *fullListener) Accept() (net.Conn, error) {
	if l.full > 0 {
		l.full--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return l.pipeListener.Accept()
}

func TestServeListenerFails(t *testing.T) {
	t.Parallel()
	l := newPipeListener()
	l.err = errors.New("no more")
	require.NoError(t, l.Close())
	require.ErrorIs(t, server.Serve(l, &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}), l.err)
}
