package link

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// The first server that opens is used; the other one is closed without having got a frame.
func TestDialRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var frames atomic.Int32
		n := network{
			"fast:1": web(socket(signaling)),
			"slow:1": web(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(time.Second)
				socket(func(ws *websocket.Conn) {
					if _, _, err := ws.ReadMessage(); err == nil {
						frames.Add(1)
					}
				})(w, r)
			}),
		}
		l, s := start(t, n, Config{Servers: []string{"ws://slow:1/", "ws://fast:1/", "ws://nobody:1/"}})
		began := time.Now()
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		within(t, began, 0, 0)
		time.Sleep(time.Minute)
		assert.Equal(t, engine.Logined, l.State())
		assert.Zero(t, s.count(engine.ReconnectTry))
		assert.Zero(t, frames.Load())
	})
}

// Of two that open at once one is closed again.
func TestRaceDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running sync.WaitGroup
		var dropped atomic.Int32
		try := func(_ context.Context, n int) (int, error) { return n, nil }
		for range 100 {
			_, err := race(t.Context(), &running, []int{1, 2, 3}, try, func(int) { dropped.Add(1) })
			assert.NoError(t, err)
		}
		running.Wait()
		assert.Equal(t, int32(200), dropped.Load())
	})
}

func TestDialRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := start(t, network{}, Config{Servers: []string{"ws://nobody:1/", "ws://nowhere:1/"}})
		began := time.Now()
		login(l, 3)
		assert.Equal(t, engine.Logining, l.State())
		assert.Equal(t, wire.LoginENet, s.await(t, engine.LoginFailed).Code)
		within(t, began, 1500*time.Millisecond, 1500*time.Millisecond) // after 0.5 s and 1 s
		assert.Equal(t, engine.NotLogin, l.State())
		end(l)
	})
}

// TCP, TLS and websocket handshake have 6 s together.
func TestDialTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, server := range []string{"ws://mute:1/", "wss://mute:1/"} {
			closed := make(chan struct{}, 1)
			l, s := start(t, network{"mute:1": silent(closed)}, Config{Servers: []string{server}})
			began := time.Now()
			login(l, 1)
			assert.Equal(t, wire.LoginENet, s.await(t, engine.LoginFailed).Code)
			within(t, began, dialTimeout, dialTimeout)
			<-closed
			end(l)
		}
	})
}

// A dial under way is given up at once, whatever it is waiting for.
func TestDialCancelled(t *testing.T) {
	for name, cfg := range map[string]Config{
		"websocket": {Servers: []string{"ws://mute:1/"}},
		"TLS":       {Servers: []string{"wss://mute:1/"}},
		"discovery": {Discovery: []string{"http://mute:1", "http://mute:1", "http://mute:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				closed := make(chan struct{}, 2)
				l, s := start(t, network{"mute:1": silent(closed)}, cfg)
				login(l, 1)
				synctest.Wait()
				began := time.Now()
				l.Logout()
				assert.Equal(t, engine.NotLogin, l.State())
				assert.Equal(t, wire.LoginECancel, s.await(t, engine.LoginFailed).Code)
				s.await(t, engine.Logout)
				<-closed
				end(l)
				within(t, began, 0, 0)
			})
		})
	}
}

func TestDialBadHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		n := network{"sig:1": web(func(w http.ResponseWriter, _ *http.Request) {
			tries++
			http.Error(w, "no", http.StatusForbidden)
		})}
		l, s := start(t, n, Config{Servers: []string{"ws://sig:1/"}})
		login(l, 2)
		assert.Equal(t, wire.LoginENet, s.await(t, engine.LoginFailed).Code)
		assert.Equal(t, 2, tries)
		end(l)
	})
}

// A configuration that can never work ends a login at once instead of after half a minute.
func TestInvalidConfig(t *testing.T) {
	for _, cfg := range []Config{
		{},
		{Servers: []string{"http://sig:1/"}},
		{Servers: []string{"ws://sig:1/", "ws://"}},
		{Servers: []string{"ws://sig:port/"}},
		{Servers: []string{"\x00"}},
		{Servers: []string{"ws://user:secret@sig:1/"}},
		{Servers: []string{"ws://sig:1/"}, Discovery: []string{"sig:1"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			dialed := false
			n := network{"sig:1": func(net.Conn) { dialed = true }}
			l, s := start(t, n, cfg)
			began := time.Now()
			login(l, 15)
			assert.Equal(t, wire.LoginENet, s.await(t, engine.LoginFailed).Code)
			within(t, began, 0, 0)
			end(l)
			assert.False(t, dialed)
			assert.NotContains(t, l.dialer.invalid.Error(), "secret")
		})
	}
}
