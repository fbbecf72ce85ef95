package server_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// Here time is virtual, and exact.

const timedOut = `["close","timeout"]`

func TestLoginWithin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		does func(c *client) // every two seconds
	}{
		{"silent", func(*client) {}},
		{"pings", func(c *client) {
			c.send(`["ping",1]`)
			assert.Equal(c.t, `["pong",1]`, c.read())
		}},
		{"pings by websocket", func(c *client) {
			require.NoError(c.t, c.ws.WriteMessage(websocket.PingMessage, nil))
		}},
		{"never ends its frame", func(c *client) {
			_, err := c.ws.NetConn().Write([]byte("\x01\x80\x00\x00\x00\x00")[:6])
			require.NoError(c.t, err)
		}},
	}
	tests[3].does = endlessFrame()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := signaltest.NewPipeServer(t)
				c := dial(t, srv)
				start := time.Now()
				for range 4 {
					time.Sleep(2 * time.Second)
					tt.does(c)
				}
				c.endsWith(websocket.ClosePolicyViolation, timedOut)
				assert.Equal(t, 10*time.Second, time.Since(start))
			})
		})
	}
}

// endlessFrame sends a frame in empty parts.
func endlessFrame() func(c *client) {
	opcode := byte(1)
	return func(c *client) {
		_, err := c.ws.NetConn().Write([]byte{opcode, 0x80, 0, 0, 0, 0})
		require.NoError(c.t, err)
		opcode = 0
	}
}

// A socket that says nothing for 30 s is dropped, whatever it said before, and its session stays.
func TestSilence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		does func(c *client) // its last signs of life, 20 s apart
	}{
		{"after pings", func(c *client) { c.send(`["ping",1]`) }},
		{"after calls", func(c *client) { c.works() }},
		{"after websocket pings", func(c *client) {
			require.NoError(c.t, c.ws.WriteMessage(websocket.PingMessage, nil))
		}},
		{"after websocket pongs", func(c *client) {
			require.NoError(c.t, c.ws.WriteMessage(websocket.PongMessage, nil))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := signaltest.NewPipeServer(t)
				c := login(t, srv, "alice")
				for range 3 {
					time.Sleep(20 * time.Second)
					tt.does(c)
				}
				start := time.Now()
				_, code := c.ends()
				assert.Equal(t, -1, code)
				assert.Equal(t, 30*time.Second, time.Since(start))

				again := dial(t, srv)
				again.resume(c.line)
				again.works()
			})
		})
	}
}

// A session ends when its socket stays away for the user's _conn_timeout: the shard's timer sees to it.
func TestSessionExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t)
		alice, bob := login(t, srv, "alice"), login(t, srv, "bob")
		require.NoError(t, alice.ws.Close())
		online := func() string {
			bob.send(`["ping",1]`)
			return string(bob.ask(wire.FnQueryStatus, map[string]any{"account": "alice"}).Ret.Get("status"))
		}
		for range 12 {
			assert.Equal(t, "1", online())
			time.Sleep(10 * time.Second)
			synctest.Wait()
		}
		assert.Equal(t, "0", online())
	})
}

// A peer that does not read loses its socket, not its session.
func TestSlowSocket(t *testing.T) {
	t.Parallel()
	for _, how := range []struct{ inTime, told bool }{{}, {inTime: true, told: true}, {inTime: true}} {
		synctest.Test(t, func(t *testing.T) {
			srv := signaltest.NewPipeServer(t, server.WithLimits(server.Limits{OutboundFrames: 10}))
			alice, bob := login(t, srv, "alice"), login(t, srv, "bob")
			if !how.told {
				bob.send(`["set_flag",{"binary":1}]`) // what web clients say that come back only when they are not told
				synctest.Wait()
			}
			// The pipe takes eight, the writer has one more, ten wait.
			const fit = 19
			send := func() {
				f := alice.ask(wire.FnSendMsg, map[string]any{
					"peer": "bob", "flag": "v1:E:3600", "t": "instant", "content": strings.Repeat("x", 8000),
				})
				require.Equal(t, "ok", f.Ret.Get("result").Text())
				synctest.Wait()
			}
			for range fit {
				send()
			}
			start := time.Now()
			send()
			if how.inTime {
				frames, code := bob.ends()
				assert.Equal(t, websocket.ClosePolicyViolation, code)
				assert.Equal(t, how.told, frames[len(frames)-1] == `["close","slow"]`)
				assert.Less(t, len(frames), fit)
			} else {
				time.Sleep(101 * time.Millisecond)
				synctest.Wait()
				_, code := bob.ends()
				assert.Equal(t, -1, code)
				assert.Equal(t, 101*time.Millisecond, time.Since(start))
			}

			again := dial(t, srv)
			again.send(`["line_login",{"line":"` + bob.line + `","ver_clear":0,"channel":"","msgid":0}]`)
			assert.True(t, again.loggedIn())
			for i := range fit + 1 { // more than its queue holds, in one go
				assert.Equal(t, uint64(i+1), again.frame().Ver)
			}
		})
	}
}

// A peer that does not read at all is given up after a while, however much may wait for it.
func TestWriteDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t, server.WithLimits(server.Limits{OutboundFrames: -1, Silence: -1}))
		c := login(t, srv, "alice")
		for range 4000 { // the answers are more than the pipe takes
			c.send(`["ping",1234567890]`)
		}
		time.Sleep(9 * time.Second)
		c.send(`["ping",1]`)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Error(t, c.ws.WriteMessage(websocket.TextMessage, []byte(`["ping",1]`)))

		again := dial(t, srv)
		again.resume(c.line)
		again.works()
	})
}
