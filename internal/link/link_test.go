package link

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
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

func one(talk func(*websocket.Conn)) (network, Config) {
	return network{"sig:1": web(socket(talk))}, Config{Servers: []string{"ws://sig:1/"}}
}

// Over real sockets, plain and with TLS.
func TestRealServer(t *testing.T) {
	for _, srv := range []*httptest.Server{
		httptest.NewServer(socket(signaling)), httptest.NewTLSServer(socket(signaling)),
	} {
		t.Cleanup(srv.Close)
		cfg := Config{
			Servers: []string{"ws" + strings.TrimPrefix(srv.URL, "http")},
			TLS:     srv.Client().Transport.(*http.Transport).TLSClientConfig,
		}
		l, s := start(t, nil, cfg)
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		l.Do(send("hello"))
		s.await(t, engine.SendSuccess)
		end(l)
	}
}

// What is queued goes out before the connection is closed, and the close is a proper one.
func TestHangup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last error
		n, cfg := one(func(ws *websocket.Conn) {
			for last == nil {
				last = answerOne(ws)
			}
		})
		l, s := start(t, n, cfg)
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		l.Logout()
		assert.Equal(t, engine.NotLogin, l.State())
		assert.Equal(t, wire.LogoutEUser, s.await(t, engine.Logout).Code)
		synctest.Wait()
		assert.True(t, websocket.IsCloseError(last, websocket.CloseNormalClosure), last)
		end(l)
	})
}

// A server that reads nothing any more delays the end by a second, with all the frames that it did not take.
func TestHangupStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		n, cfg := one(func(ws *websocket.Conn) { welcome(ws); <-over })
		l, s := start(t, n, cfg)
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		synctest.Wait()
		for range 100 {
			l.Do(send("hello"))
		}
		began := time.Now()
		end(l)
		within(t, began, 0, 1200*time.Millisecond)
		assert.Equal(t, 100, s.count(engine.SendError))
		close(over)
	})
}

// A socket that takes nothing is lost after 10 s, and another one is opened.
func TestWriterFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		first := true
		n, cfg := one(func(ws *websocket.Conn) {
			if !first {
				signaling(ws)
				return
			}
			first = false
			welcome(ws)
			<-over
		})
		l, s := start(t, n, cfg)
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		synctest.Wait()
		began := time.Now()
		l.Do(query())
		s.await(t, engine.ReconnectTry)
		within(t, began, writeTimeout, writeTimeout)
		s.await(t, engine.Reconnected)
		assert.Equal(t, 1, s.count(engine.ReconnectTry))
		close(over)
		end(l)
	})
}

// While the application is behind nothing is read, yet the connection is kept alive; then all of it comes.
func TestPause(t *testing.T) {
	const frames = 2000
	synctest.Test(t, func(t *testing.T) {
		var pushed, heard atomic.Int32
		begin := make(chan struct{})
		n, cfg := one(func(ws *websocket.Conn) {
			welcome(ws)
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				for _, _, err := ws.ReadMessage(); err == nil; _, _, err = ws.ReadMessage() {
					heard.Add(1)
				}
			}()
			<-begin
			for i := range frames {
				_ = ws.WriteMessage(websocket.TextMessage, instant(uint64(i+1), "hello"))
				pushed.Add(1)
			}
			<-gone
		})
		l, s := start(t, n, cfg)
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		synctest.Wait()
		s.setFull(true)
		close(begin)
		time.Sleep(time.Minute)
		assert.LessOrEqual(t, pushed.Load(), int32(2), "one is read, another may be on its way")
		assert.GreaterOrEqual(t, heard.Load(), int32(5), "heartbeats")
		s.setFull(false)
		l.Room()
		synctest.Wait()
		assert.Equal(t, frames, s.count(engine.InstantMessage))
		assert.Zero(t, s.count(engine.ReconnectTry))
		assert.Equal(t, engine.Logined, l.State())
		end(l)
	})
}

// A connection that is lost while the application is behind is not opened anew before there is room.
func TestPauseThenLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sockets := make(chan *websocket.Conn, 2)
		n, cfg := one(func(ws *websocket.Conn) {
			sockets <- ws
			signaling(ws)
		})
		l, s := start(t, n, cfg)
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		synctest.Wait()
		s.setFull(true)
		time.Sleep(30 * time.Second)
		_ = (<-sockets).Close()
		time.Sleep(30 * time.Second)
		assert.Equal(t, engine.Reconnecting, l.State())
		assert.Zero(t, s.count(engine.ReconnectTry))
		s.setFull(false)
		l.Room()
		s.await(t, engine.Reconnected)
		end(l)
	})
}

// What no server of the protocol sends ends the connection, and a new one is made.
func TestBadFrames(t *testing.T) {
	for name, bad := range map[string]func(*websocket.Conn){
		"binary":   func(ws *websocket.Conn) { _ = ws.WriteMessage(websocket.BinaryMessage, []byte("{}")) },
		"too big":  func(ws *websocket.Conn) { _ = ws.WriteMessage(websocket.TextMessage, make([]byte, maxFrame+1)) },
		"no frame": func(ws *websocket.Conn) { _, _ = ws.NetConn().Write([]byte("\xff\xff\xff\xff")) },
		"closed":   func(ws *websocket.Conn) { _ = ws.WriteControl(websocket.CloseMessage, nil, time.Time{}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := true
				n, cfg := one(func(ws *websocket.Conn) {
					if first {
						first = false
						welcome(ws)
						bad(ws)
					}
					signaling(ws)
				})
				l, s := start(t, n, cfg)
				login(l, 1)
				s.await(t, engine.Reconnected)
				assert.Equal(t, 1, s.count(engine.ReconnectTry))
				end(l)
			})
		})
	}
}

// A frame of 4 MiB passes.
func TestBigFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, cfg := one(func(ws *websocket.Conn) {
			welcome(ws)
			frame := instant(1, strings.Repeat("x", maxFrame-1000))
			_ = ws.WriteMessage(websocket.TextMessage, frame)
			signaling(ws)
		})
		l, s := start(t, n, cfg)
		login(l, 1)
		assert.Len(t, s.await(t, engine.InstantMessage).Text, maxFrame-1000)
		end(l)
	})
}

// Each call that came before Destroy has its outcome; nothing blocks, whoever calls what at the same time.
func TestDestroyAmidCalls(t *testing.T) {
	n, cfg := one(signaling)
	l, s := start(t, n, cfg)
	login(l, 1)
	s.await(t, engine.LoginSuccess)
	var callers sync.WaitGroup
	var before atomic.Int32
	destroying := make(chan struct{})
	for range 8 {
		callers.Go(func() {
			for {
				select {
				case <-destroying:
					l.Logout()
					login(l, 1)
					l.Do(query())
					l.Destroy()
					return
				default:
					l.Do(query())
					before.Add(1)
				}
			}
		})
	}
	for before.Load() < 1000 {
		runtime.Gosched()
	}
	sure := int(before.Load())
	close(destroying)
	end(l)
	callers.Wait()
	assert.GreaterOrEqual(t, s.count(engine.ChannelUserNum), sure)
	assert.LessOrEqual(t, s.count(engine.ChannelUserNum), int(before.Load())+8)
	assert.Equal(t, engine.NotLogin, l.State())
}

func TestClock(t *testing.T) {
	c := clock{time.Now()}
	assert.False(t, c.jumped(c.last.Add(time.Hour)), "both clocks went on")
	assert.False(t, apart(time.Minute, time.Minute+4*time.Second))
	assert.True(t, apart(time.Second, time.Hour))
	assert.True(t, apart(time.Hour, time.Second))
}

// instant returns the push of a message.
func instant(ver uint64, text string) []byte {
	line := wire.Line{Src: "bob", Dst: "alice", Flag: "v1:E:60", Type: wire.TypeInstant, Content: text}
	return wire.AppendRecvMsg(nil, ver, line.Append(nil))
}

func send(text string) *engine.Request {
	req := &engine.Request{Op: engine.OpSend, Method: "messageInstantSend", Account: "bob", Text: text}
	req.Check()
	return req
}

func query() *engine.Request {
	req := &engine.Request{Op: engine.OpQueryNum, Method: "channelQueryUserNum", Channel: "ch"}
	req.Check()
	return req
}
