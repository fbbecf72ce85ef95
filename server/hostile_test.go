//go:build load

package server_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
)

// While strangers do their worst, users hardly notice; when they are gone, so is what they cost.
//
// It takes real time, some twenty seconds, and the attackers run on the same processors: what is compared leaves
// room for that.
func TestHostileLoad(t *testing.T) {
	const users = 20
	sig := server.New(server.WithApp("app", ""), server.WithApp("crowd", ""), server.WithApp("closed", "certificate"),
		server.WithLimits(server.Limits{UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, CallsPerSecond: -1}))
	h := newHostileNet(t, sig)
	asking := make([]*client, users)
	for i := range asking {
		asking[i] = h.dial("192.0.2.1")
		asking[i].loginAs("app", fmt.Sprintf("user%d", i))
	}
	quiet := p99(ask(asking, func() bool { return false }, 200))
	rehearsal := wave{strangers: 2_000, deaf: 500, messages: 1_200, frames: 1_000, wrongTokens: 100}
	rehearsal.attack(h) // the runtime and the pools keep what they needed once
	rehearsal.end(sig, h, users)
	before := heap()

	w := wave{strangers: 2_000, deaf: 500, messages: 5_000, frames: 10_000, wrongTokens: 1_000}
	hostile := make(chan time.Duration)
	var over atomic.Bool
	go func() { hostile <- p99(ask(asking, over.Load, 100_000)) }()
	w.attack(h)
	over.Store(true)
	slowest := <-hostile
	st := sig.Stats()
	assert.Equal(t, uint64(rehearsal.deaf+w.deaf), st.SlowSockets)
	assert.Positive(t, st.BadFrames)
	assert.Positive(t, st.Refused["too many failed logins from this address"])
	assert.Less(t, st.LoginsFailed["TokenErrorWrongFormat"], uint64(100))
	w.end(sig, h, users)
	const noise, slack = 20 * time.Millisecond, 512 << 10 // of a machine that does something else too
	var after uint64
	settled := func() bool { // once goroutines and timers have come to their ends
		after = heap()
		return after <= before+before/10+slack
	}
	assert.Eventually(t, settled, patience, 50*time.Millisecond)
	t.Logf("p99 %v, under attack %v; heap %d KiB, after it %d KiB", quiet, slowest, before>>10, after>>10)
	assert.LessOrEqual(t, slowest, max(3*quiet, noise))
	for _, c := range asking {
		c.works()
		_ = c.ws.Close()
	}
	require.NoError(t, sig.Shutdown(t.Context()))
}

// A wave is an attack on all fronts.
type wave struct {
	strangers   int // sockets that never log in
	deaf        int // members of a channel that never read
	messages    int // to that channel
	frames      int // that the server does not want
	wrongTokens int // from one address
}

func (w wave) attack(h *hostileNet) {
	var fronts sync.WaitGroup
	fronts.Go(func() {
		for i := range w.strangers {
			h.dial(fmt.Sprintf("198.51.100.%d", i%200))
			time.Sleep(time.Millisecond)
		}
	})
	fronts.Go(func() { h.deafMembers(w.deaf, w.messages) })
	fronts.Go(func() { h.hostileFrames(w.frames) })
	fronts.Go(func() { h.wrongTokens(w.wrongTokens) })
	fronts.Wait()
}

// end waits until nothing is left of the attackers.
func (w wave) end(sig *server.Server, h *hostileNet, users int) {
	h.hangUp()
	_, err := sig.CloseApp(h.t.Context(), "crowd")
	require.NoError(h.t, err)
	sig.OpenApp("crowd")
	require.Eventually(h.t, func() bool { return sig.Stats().Sockets <= users }, patience, time.Millisecond)
}

// ask has all clients ask in turns until they have done so often enough, and returns how long each question took.
func ask(clients []*client, over func() bool, each int) (took []time.Duration) {
	for range each {
		for _, c := range clients {
			start := time.Now()
			c.works()
			took = append(took, time.Since(start))
		}
		if over() {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	return took
}

func p99(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)*99/100]
}

func heap() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// loginAs logs in as a client that keeps nothing at the server.
func (c *client) loginAs(app, account string) {
	c.t.Helper()
	l := wire.Login{AppID: app, Account: account, Device: wire.DeviceWeb}
	c.send(string(l.Append(nil)))
	c.line = c.frame().Ret.Get("line").Text()
	require.NotEmpty(c.t, c.line)
}

// A hostileNet connects to a server from any address that one likes.
type hostileNet struct {
	t     *testing.T
	conns chan net.Conn

	mu   sync.Mutex
	open []net.Conn // of strangers
}

func newHostileNet(t *testing.T, sig *server.Server) *hostileNet {
	t.Helper()
	ln := newPipeListener()
	hs := &http.Server{Handler: sig}
	go func() { _ = hs.Serve(ln) }()
	t.Cleanup(func() { _ = hs.Close() })
	return &hostileNet{t: t, conns: ln.conns}
}

// try connects. It returns nil when the server refuses.
func (h *hostileNet) try(from string) *client {
	near, far := net.Pipe()
	h.conns <- fromConn{far, &net.TCPAddr{IP: net.ParseIP(from), Port: 1}}
	d := websocket.Dialer{
		NetDialContext:  func(context.Context, string, string) (net.Conn, error) { return near, nil },
		ReadBufferSize:  512,
		WriteBufferSize: 512,
	}
	ws, resp, err := d.DialContext(h.t.Context(), "ws://test/", nil)
	if err != nil {
		_ = near.Close()
		return nil
	}
	_ = resp.Body.Close()
	if !strings.HasPrefix(from, "192.0.2.") { // the users' own
		h.mu.Lock()
		h.open = append(h.open, near)
		h.mu.Unlock()
	}
	return &client{t: h.t, ws: ws}
}

func (h *hostileNet) dial(from string) *client {
	c := h.try(from)
	for c == nil {
		time.Sleep(time.Millisecond)
		c = h.try(from)
	}
	return c
}

// hangUp ends what strangers have opened.
func (h *hostileNet) hangUp() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.open {
		_ = c.Close()
	}
	h.open = nil
}

// deafMembers lets many join a channel who never read what is said there.
func (h *hostileNet) deafMembers(n, messages int) {
	for i := range n {
		c := h.dial("198.51.100.250")
		c.loginAs("crowd", fmt.Sprintf("deaf%d", i))
		c.join("room")
	}
	c := h.dial("198.51.100.251")
	c.loginAs("crowd", "speaker")
	c.ask(wire.FnChannelSetAttr, map[string]any{"channel": "room", "name": "_channel_ttl", "value": "0"})
	for range messages {
		c.ask(wire.FnChannelSend, map[string]any{"name": "room", "msg": "do you hear me", "force": true})
		time.Sleep(time.Millisecond)
	}
}

// hostileFrames sends what the server does not want, on sockets that are logged in.
func (h *hostileNet) hostileFrames(n int) {
	kinds := []string{
		`["call2",["nosuch",1,{"line":"x"}]]`, `["call2",["user_logout",1,[]]]`, `["call2",["channel_join",1,{}]]`,
		`["call2",["user_sendmsg",1,{"line":"x","content":"` + strings.Repeat(`\u0000`, 8_000) + `"}]]`,
		`["ack",9007199254740991]`, `["ping",0]`, `["ping",-9007199254740991]`, `["call2",["",-1,{"line":{"line":[]}}]]`,
		`["call2",["user_getmsg",1,` + strings.Repeat(`{"line":`, 200) + `0` + strings.Repeat(`}`, 200) + `]]`,
	}
	fatal := []string{`[]`, `{`, strings.Repeat("[", 20_000), `["login",{}]`, `["call2",[]]`, "\x00", strings.Repeat(" ", 70_000)}
	var c *client
	for i := range n {
		if c == nil {
			c = h.dial("198.51.100.252")
			c.loginAs("crowd", fmt.Sprintf("hostile%d", i%10))
			go drain(c.ws)
		}
		frame := kinds[i%len(kinds)]
		if i%50 == 49 {
			frame = fatal[i/50%len(fatal)]
		}
		if c.ws.WriteMessage(websocket.TextMessage, []byte(frame)) != nil || i%50 == 49 {
			c = nil
		}
	}
}

// drain reads until there is nothing more.
func drain(ws *websocket.Conn) {
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			_ = ws.Close()
			return
		}
	}
}

// wrongTokens tries to guess one.
func (h *hostileNet) wrongTokens(n int) {
	for range n {
		if c := h.try("198.51.100.253"); c != nil {
			c.sendLogin("closed", "alice", "guess")
			drain(c.ws)
		}
	}
}

// A fromConn comes from somewhere.
type fromConn struct {
	net.Conn
	from net.Addr
}

func (c fromConn) RemoteAddr() net.Addr { return c.from }

// Close stops the timers of deadlines, which a pipe leaves running.
func (c fromConn) Close() error {
	_ = c.SetDeadline(time.Time{})
	return c.Conn.Close()
}
