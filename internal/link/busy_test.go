package link

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// blocker is a log that keeps whoever writes a warning inside the Engine.
type blocker struct {
	slog.Handler
	entered, leave chan struct{}
}

func (b blocker) Enabled(context.Context, slog.Level) bool { return true }

func (b blocker) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		b.entered <- struct{}{}
		<-b.leave
	}
	return nil
}

// While somebody is inside, others leave their requests and go, until too many are on their way; nothing is lost.
func TestCallersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := blocker{slog.DiscardHandler, make(chan struct{}), make(chan struct{})}
		n, cfg := one(func(ws *websocket.Conn) {
			welcome(ws)
			_ = ws.WriteMessage(websocket.TextMessage, []byte("nonsense"))
			signaling(ws)
		})
		cfg.Log = slog.New(b)
		l, s := start(t, n, cfg)
		login(l, 1)
		<-b.entered
		var callers sync.WaitGroup
		const calls = 3 * inputsHeld
		for range calls {
			callers.Go(func() { l.Do(query()) })
		}
		synctest.Wait()
		l.mu.Lock()
		assert.Len(t, *l.inputs, inputsHeld)
		assert.Equal(t, calls-inputsHeld, l.watching)
		l.mu.Unlock()
		close(b.leave)
		callers.Wait()
		synctest.Wait()
		assert.Equal(t, calls, s.count(engine.ChannelUserNum))
		end(l)
	})
}

// Frames that come while a caller is inside are handled after him, in their order.
func TestFramesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entered, leave, answer := make(chan struct{}), make(chan struct{}), make(chan struct{})
		n, cfg := one(func(ws *websocket.Conn) {
			welcome(ws)
			var answers [][]byte
			for _, padding := range []int{0, 2 * copied} {
				_, data, _ := ws.ReadMessage()
				f, _ := wire.ParseClientFrame(data)
				ret := wire.OK().Int("num", int64(padding)).Str("padding", strings.Repeat("x", padding)).Bytes()
				answers = append(answers, wire.AppendCallRet(nil, f.ID, ret))
			}
			<-answer
			for _, a := range answers {
				_ = ws.WriteMessage(websocket.TextMessage, a)
			}
			signaling(ws)
		})
		asked := false
		cfg.Handled = func() uint64 {
			if asked {
				entered <- struct{}{}
				<-leave
			}
			return 1 << 60
		}
		l, s := start(t, n, cfg)
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		synctest.Wait()
		l.Do(query())
		l.Do(query())
		synctest.Wait()
		asked = true
		var caller sync.WaitGroup
		caller.Go(l.Logout)
		<-entered
		close(answer)
		synctest.Wait()
		assert.Zero(t, s.count(engine.ChannelUserNum))
		close(leave)
		caller.Wait()
		assert.Equal(t, wire.LogoutEUser, s.await(t, engine.Logout).Code)
		var nums []int
		for _, ev := range s.events {
			if ev.Kind == engine.ChannelUserNum {
				nums = append(nums, ev.Num)
			}
		}
		assert.Equal(t, []int{0, 2 * copied}, nums)
		end(l)
	})
}

// A ping of the server's is answered.
func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pong := make(chan string, 1)
		n, cfg := one(func(ws *websocket.Conn) {
			ws.SetPongHandler(func(data string) error { pong <- data; return nil })
			_ = ws.WriteControl(websocket.PingMessage, []byte("are you there"), time.Time{})
			signaling(ws)
		})
		l, s := start(t, n, cfg)
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		assert.Equal(t, "are you there", <-pong)
		end(l)
	})
}

// What a socket does not take at once follows, in one piece and before what is sent later.
func TestSlowReader(t *testing.T) {
	const messages = 200
	begin, got := make(chan struct{}), make(chan string, messages)
	srv := httptest.NewServer(socket(func(ws *websocket.Conn) {
		welcome(ws)
		<-begin
		for range messages {
			_, data, err := ws.ReadMessage()
			if err != nil {
				return
			}
			f, _ := wire.ParseClientFrame(data)
			got <- f.Args.Get("content").Text()
		}
		signaling(ws)
	}))
	t.Cleanup(srv.Close)
	l, s := start(t, nil, Config{
		Servers: []string{"ws" + strings.TrimPrefix(srv.URL, "http")},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			nc, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err == nil {
				err = nc.(*net.TCPConn).SetWriteBuffer(1)
			}
			return nc, err
		},
	})
	login(l, 1)
	s.await(t, engine.LoginSuccess)
	text := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), wire.MaxInstant) }
	for i := range messages {
		if l.Do(send(text(i))); i == messages/2 {
			close(begin)
		}
	}
	for i := range messages {
		assert.Equal(t, text(i), <-got)
	}
	end(l)
}
