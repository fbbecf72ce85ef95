package signal_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// The limits and the timers of the service, and the tests that hold the client and the server to them in virtual time:
// what happens, happens at its moment, and nothing the moment before.
//
// Messages
//
//	The server has a message whose success was told; timeout is 401          TestDeadline
//	One who is offline gets it within its ttl (the client asks for a day)    TestLimitsMessageTTL
//	The server caps that at 30 days, or as it is told                        TestLimitsMessageTTL
//	1,000 per account, then 400, nothing older is thrown away                TestLimitsMessagesPerAccount
//	In the order of sending, each exactly once                               TestLimitsMessagesPerAccount, TestResumeAfterManyCuts
//	60 a second per user, of both kinds, in bursts of a second's worth       TestLimitsUserMessages, TestLimitsUserMessagesAfterLogin
//	200 a second per channel, or _sendmsg_limit                              TestLimitsChannelMessages
//	Over it 400, RateLimited in OnError, nothing is delivered                TestLimitsUserMessages, TestLimitsChannelMessages
//	200 calls a second per session                                           TestLimitsCalls
//	1,000 requests wait for a connection                                     TestWaitingIsBounded
//	What waited is paced after a resume, nothing of it is refused            TestLimitsPacedAfterResume, TestWaitingIsBounded
//	Messages of the server itself: from "", a day, no rate                   TestLimitsSendSystem
//
// Channels
//
//	One channel per user, the old one is left first                          TestLimitsChannelEvent, the behaviour suite
//	OnChannelUserList has the newest 200, the joiner among them              TestLimitsUserList
//	Ten changes a second per attribute, or _setattr_limit                    TestLimitsAttrChanges
//	1,000 changes a second per channel                                       TestLimitsAttrEvents
//	1,000 attributes per channel                                             TestLimitsAttrs
//	_channel_ttl without members, 7200 s by default, 0 at once               TestLimitsChannelTTL, TestLimitsChannelTTLNeverJoined
//	_userNotification 0: no joins and leaves                                 TestLimitsUserNotification
//	_member_num every n s, only after a change                               TestLimitsMemberNum
//	_total_member_num with both attributes                                   TestLimitsTotalMemberNum
//	_member_num cannot be set, bad values of built-in attributes: 1004       TestLimitsBuiltinValues
//	__agora_user_online: logins and final logouts, no takeover               TestLimitsUserOnline
//	__agora_channel_event: joins and leaves of ordinary channels             TestLimitsChannelEvent
//	Neither is ever destroyed; nobody sends (400) or sets (1004)             TestLimitsSpecialReadOnly
//	Neither reports its own joins                                            TestLimitsUserOnline, TestLimitsChannelEvent
//	Who may join them, else 300                                              TestLimitsSpecialAccounts
//	Taken out by the server's owner: 601                                     TestLimitsRemoveFromChannel, TestLimitsOwnerWhileAway
//	Session ended by the server's owner: 604, then OnLogout 100              TestLimitsKick, TestLimitsCloseApp, TestLimitsOwnerWhileAway
//
// Calls
//
//	_require_peer_online 1: 703 at once                                      TestInviteRefusedAtOnce
//	0: still offline after 20 s, 703                                         TestInviteOffline
//	Online and no ack in 20 s: 704, the invite is destroyed                  TestInviteNotAcknowledged, TestInviteAway, TestInviteLate
//	_timeout 1 to 30 s instead; 0 or absent 20 s, above 30 as 30             TestInviteOffline, TestInviteNotAcknowledged
//	_timeout that is no number: 1004                                         TestInviteRefusedAtOnce
//	The timers stop at ack, accept, refuse, end                              TestLimitsInviteTimersStop, TestInviteLate
//	_ring_timeout 1 to 600 s from the ack: 704, the callee stops ringing     TestInviteRingTimeout, TestInviteRingTimeoutFromAck
//	A second invite while the call is open: 701                              TestInviteRefusedAtOnce
//	100 open calls, 700 and 705; 100 undelivered ones, 705                   TestInviteRefusedAtOnce, TestInviteCannotReceive
//	A party whose session expires ends its calls at that moment              TestLostForGood
//
// Sessions, which the others build upon
//
//	_conn_timeout 20 to 120, told at login; the session ends just then       TestLimitsConnTimeout, TestLimitsConnTimeoutKeptByLogout
//	The client gives up 10 s later                                           TestLostForGood, TestLimitsConnTimeoutKeptByLogout
//	25 s of silence are a lost connection                                    TestSilence

// An ear hears what came to a user since it last listened.
type ear struct {
	user
	heard int
}

func listen(u user) *ear {
	synctest.Wait()
	return &ear{u, len(u.All())}
}

func (e *ear) news() []recorder.Call {
	synctest.Wait()
	all := e.All()
	came := all[e.heard:]
	e.heard = len(all)
	return came
}

// count returns how many calls have that name and begin with those arguments.
func count(calls []recorder.Call, name string, args ...any) int {
	n := 0
	for _, c := range calls {
		if c.Is(name, args...) {
			n++
		}
	}
	return n
}

// wasLimited checks that exactly n calls of a method were refused because they came too often.
func wasLimited(t *testing.T, came []recorder.Call, method string, n int) {
	t.Helper()
	assert.Equal(t, n, count(came, "OnError", method, int(signal.GeneralEFailed)))
	for _, c := range came {
		if c.Name == "OnError" {
			assert.Contains(t, c.Args[2], wire.ReasonRateLimited)
		}
	}
}

// silence is the time up to the moment before d is over, in which nobody hears anything.
func silence(t *testing.T, d time.Duration, users ...user) {
	t.Helper()
	time.Sleep(d - 1)
	synctest.Wait()
	for _, u := range users {
		u.Quiet(t)
	}
}

// then is the moment after silence.
func then() {
	time.Sleep(time.Nanosecond)
	synctest.Wait()
}

// A probe is a client that says what it is told to, and nothing by itself.
type probe struct {
	t    *testing.T
	ws   *websocket.Conn
	ret  wire.Value // of the login
	line string
	last int64 // call
}

func newProbe(t *testing.T, srv *signaltest.Server, account, device string) *probe {
	t.Helper()
	l := wire.Login{AppID: "app", Account: account, Token: signal.NoToken, Device: device}
	p := dialProbe(t, srv, l.Append(nil))
	require.NotEmpty(t, p.line)
	return p
}

// dialProbe sends a first frame and reads its answer.
func dialProbe(t *testing.T, srv *signaltest.Server, frame []byte) *probe {
	t.Helper()
	d := websocket.Dialer{NetDialContext: srv.Dial}
	ws, resp, err := d.DialContext(t.Context(), srv.URL, nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	p := &probe{t: t, ws: ws}
	require.NoError(t, ws.WriteMessage(websocket.TextMessage, frame))
	f := p.read()
	require.Equal(t, wire.EventLoginRet, f.Event)
	p.ret, p.line = f.Ret, f.Ret.Get("line").Text()
	return p
}

func (p *probe) read() wire.ServerFrame {
	p.t.Helper()
	_, data, err := p.ws.ReadMessage()
	require.NoError(p.t, err)
	f, err := wire.ParseServerFrame(data)
	require.NoError(p.t, err)
	return f
}

// call makes a call with arguments, given as names and values, and returns its answer.
func (p *probe) call(fn string, args ...string) wire.Value {
	p.t.Helper()
	var o wire.Object
	o.Str("line", p.line)
	for i := 0; i < len(args); i += 2 {
		o.Str(args[i], args[i+1])
	}
	p.last++
	require.NoError(p.t, p.ws.WriteMessage(websocket.TextMessage, wire.AppendCall(nil, fn, p.last, o.Bytes())))
	for {
		if f := p.read(); f.Event == wire.EventCallRet && f.N == p.last {
			return f.Ret
		}
	}
}

// ok makes a call that must succeed.
func (p *probe) ok(fn string, args ...string) wire.Value {
	p.t.Helper()
	ret := p.call(fn, args...)
	require.Equal(p.t, "ok", ret.Get("result").Text(), "%s", ret)
	return ret
}

// A house is a server with its owner.
type house struct {
	*server.Server
	conns chan net.Conn
	done  chan struct{}

	mu   sync.Mutex
	away bool       // nobody gets through
	ends []net.Conn // of the clients
}

func newHouse(t *testing.T, opts ...server.Option) *house {
	t.Helper()
	h := &house{Server: server.New(opts...), conns: make(chan net.Conn), done: make(chan struct{})}
	hs := &http.Server{Handler: h.Server, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = hs.Serve(h) // ends with the listener
	}()
	t.Cleanup(func() {
		_ = hs.Close()
		<-ended
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = h.Shutdown(ctx) // says that the time was up
	})
	return h
}

// Accept, Close and Addr make a house a listener.
func (h *house) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h *house) Close() error {
	close(h.done)
	return nil
}

func (h *house) Addr() net.Addr { return &net.TCPAddr{} }

// setAway cuts all connections and keeps them away, or lets them come back.
func (h *house) setAway(away bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = away
	for _, c := range h.ends {
		if away {
			_ = c.Close() // again is fine
		}
	}
}

func (h *house) online(t *testing.T, account string) user {
	t.Helper()
	u := h.visitor(t)
	u.Login("app", account, signal.NoToken, 0, "")
	u.Expect(t, "OnLoginSuccess", 0, 1)
	return u
}

func (h *house) visitor(t *testing.T) user {
	t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.away {
			return nil, net.ErrClosed
		}
		near, far := net.Pipe()
		h.ends = append(h.ends, near)
		select {
		case h.conns <- far:
			return near, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	u := user{signal.New("app", signal.WithServer("ws://test.invalid/"), signal.WithDialContext(dial)), recorder.New()}
	u.CallbackSet(u.Recorder)
	t.Cleanup(u.Destroy)
	return u
}
