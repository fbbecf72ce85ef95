package main

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// SIGHUP takes up apps, origins and the log level, says what it cannot take up, and changes nothing when something
// is wrong.
func TestReload(t *testing.T) {
	t.Parallel()
	conf := write(t, "signald.conf", `app = ["other"]`)
	p := spawn(t, "-config", conf)
	opt := signal.WithServer("ws://" + p.ws + "/")

	alice := visitor(t, opt)
	alice.Login("app", "alice", signal.NoToken, 0, "")
	alice.Expect(t, "OnLoginFailed", int(signal.LoginEFailed))

	rewrite(t, conf, `
app = ["app", "secured:cert"]
origins = ["https://good.example"]
log-level = "debug"
max-sessions = 7
message-ttl = "1h"
`)
	p.signal(syscall.SIGHUP)
	p.log.await(t, `settings taken up.* apps="\[app secured\]"`)
	assert.Regexp(t, `max-sessions.*message-ttl|message-ttl.*max-sessions`, p.log.await(t, "take a restart"))
	alice.Login("app", "alice", signal.NoToken, 0, "")
	alice.Expect(t, "OnLoginSuccess")
	bob := visitor(t, opt)
	bob.Login("secured", "bob", signal.NoToken, 0, "")
	bob.Expect(t, "OnLoginFailed", int(signal.LoginETokenWrong))
	bob.Login("secured", "bob", signal.NewToken("secured", "cert", "bob", time.Now().Add(-time.Minute)), 0, "")
	bob.Expect(t, "OnLoginFailed", int(signal.LoginETokenExpired))
	bob.Login("secured", "bob", signal.NewToken("secured", "cert", "bob", time.Now().Add(time.Minute)), 0, "")
	bob.Expect(t, "OnLoginSuccess")
	for origin, status := range map[string]int{
		"": http.StatusSwitchingProtocols, "https://GOOD.example": http.StatusSwitchingProtocols, "https://bad.example": http.StatusForbidden,
	} {
		assert.Equal(t, status, upgrade(t, p.ws, origin), origin)
	}
	p.log.await(t, "level=DEBUG .*https://bad.example")

	rewrite(t, conf, "app = [\"third\"]\nlog-level = \"loud\"\n")
	p.signal(syscall.SIGHUP)
	p.log.await(t, "the old ones stay.*loud")
	alice.QueryUserStatus("bob") // those who are in stay in
	alice.Expect(t, "OnQueryUserStatusResult", "bob", "0")
	carol := visitor(t, opt)
	carol.Login("app", "carol", signal.NoToken, 0, "")
	carol.Expect(t, "OnLoginSuccess")

	cert, key := newAuthority(t).issue(t, 1)
	rewrite(t, conf, fmt.Sprintf("tls-cert = %q\ntls-key = %q\n", cert, key))
	p.signal(syscall.SIGHUP)
	p.log.await(t, "the old ones stay.*takes a restart")
	_, metrics := get(t, "http://"+p.admin+"/metrics")
	assert.Contains(t, metrics, "\nsignald_reloads_total 1\n")
	assert.Contains(t, metrics, "\nsignald_reload_failures_total 2\n")
	assert.NotContains(t, p.log.all(), "cert ", "certificates of apps are secrets")

	rewrite(t, conf, "")
	p.signal(syscall.SIGHUP)
	p.log.await(t, `settings taken up`)
	require.Equal(t, http.StatusSwitchingProtocols, upgrade(t, p.ws, "https://bad.example"))
	p.signal(syscall.SIGTERM)
	p.exits(exitOK)
}

// upgrade asks for a websocket as a page of that origin, and returns the status.
func upgrade(t *testing.T, addr, origin string) int {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+addr+"/", header)
	require.NotNil(t, resp, err)
	_ = resp.Body.Close()
	if err == nil {
		_ = ws.Close()
	}
	return resp.StatusCode
}

// A client is told to come back, by a close frame and code 1001, and the process ends with 0.
func TestDrain(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := spawn(t)
		ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+p.ws+"/", nil)
		require.NoError(t, err)
		_ = resp.Body.Close()
		p.signal(s)
		_, frame, err := ws.ReadMessage()
		require.NoError(t, err)
		assert.Equal(t, `["close","restart"]`, string(frame))
		_, _, err = ws.ReadMessage()
		assert.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), err)
		_ = ws.Close()
		p.exits(exitOK)
	}
}

// Whoever holds a drain up does so until the deadline, or until a second signal.
func TestDrainHeldUp(t *testing.T) {
	t.Parallel()
	t.Run("deadline", func(t *testing.T) {
		t.Parallel()
		p := spawn(t, "-drain-timeout", "200ms")
		heldUp(t, p)
		p.signal(syscall.SIGTERM)
		p.log.await(t, "msg=drained")
		p.exits(exitOK)
	})
	t.Run("second signal", func(t *testing.T) {
		t.Parallel()
		p := spawn(t, "-drain-timeout", "10m")
		heldUp(t, p)
		p.signal(syscall.SIGTERM)
		p.log.await(t, "msg=draining")
		status, _ := get(t, "http://"+p.admin+"/readyz")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		status, _ = get(t, "http://"+p.admin+"/healthz")
		assert.Equal(t, http.StatusOK, status)
		p.signal(syscall.SIGHUP) // not now
		p.signal(syscall.SIGTERM)
		p.exits(exitForced)
		assert.NotContains(t, p.log.all(), "msg=drained")
	})
}

// heldUp has somebody in the middle of a request, which is waited for.
func heldUp(t *testing.T, p *process) {
	t.Helper()
	conn, err := net.Dial("tcp", p.ws)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Write([]byte("POST /healthz HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\n"))
	require.NoError(t, err)
	for range 10 { // those who come later are served one after the other, so that this one was long ago
		get(t, "http://"+p.ws+"/healthz")
	}
}

// The daemon is restarted under load. Each message whose sender was told that it is sent arrives, and clients come
// back by themselves.
func TestRestartUnderLoad(t *testing.T) {
	t.Parallel()
	const senders, enough = 8, 100
	fast := []string{"-user-messages-per-second", "-1", "-calls-per-second", "-1"}
	p := spawn(t, fast...)
	opt := signal.WithServer("ws://" + p.ws + "/")
	receiver := loggedIn(t, "receiver", opt)
	acked := make(chan string)
	done := make(chan struct{})
	var talking sync.WaitGroup
	for i := range senders {
		u := loggedIn(t, fmt.Sprint("sender", i), opt)
		talking.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d/%d", i, n)
				u.MessageInstantSend("receiver", 0, id, id)
				for { // being reconnected is not an answer
					c := u.Next(t)
					if c.Is("OnMessageSendError", id) {
						break
					}
					if c.Is("OnMessageSendSuccess", id) {
						select {
						case acked <- id:
						case <-done:
							return
						}
						break
					}
				}
			}
		})
	}
	missing := make(map[string]bool)
	for len(missing) < enough {
		missing[<-acked] = true
	}
	p.signal(syscall.SIGTERM)
	for running := true; running; {
		select {
		case id := <-acked:
			missing[id] = true
		case <-p.exited:
			running = false
		}
	}
	p.exits(exitOK)
	before := len(missing)
	again := spawn(t, append(fast, "-addr", p.ws)...)
	require.Equal(t, p.ws, again.ws)
	for len(missing) < before+enough {
		missing[<-acked] = true
	}
	close(done)
	talking.Wait()

	t.Logf("%d messages were acknowledged before the end of the first process", before)
	for len(missing) > 0 {
		c := receiver.Await(t, "OnMessageInstantReceive") // fails when there are no more
		text, _ := c.Args[2].(string)
		delete(missing, text)
	}
	assert.Positive(t, receiver.Count("OnReconnected"))
	assert.Zero(t, receiver.Count("OnLogout"))
}
