package engine_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// texts takes the calls that were sent and returns what they say.
func (h *host) texts() []string {
	h.t.Helper()
	var texts []string
	for len(h.sent) > 0 {
		c := h.take(wire.EventCall)
		require.Equal(h.t, h.line, c.str("line"))
		texts = append(texts, c.Func+" "+c.str("content"))
	}
	return texts
}

func TestAThousandRequestsWaitWhileReconnecting(t *testing.T) {
	h := loggedIn(t)
	h.down()
	h.flushEvents()
	for n := range 1000 {
		h.do(engine.Request{Op: engine.OpQueryStatus, Method: "queryUserStatus", Account: strconv.Itoa(n)})
	}
	h.expect()
	h.send("m1001")
	h.expect("onMessageSendError m1001 400")
	h.up()
	h.take(wire.EventLineLogin)
	h.silent()
	h.resume("")
	for n := range 1000 {
		if len(h.sent) == 0 {
			h.advance(h.Next().Sub(h.now))
		}
		c := h.called(wire.FnQueryStatus)
		require.Equal(t, strconv.Itoa(n), c.str("account"))
		h.ok(c, `"status":1`)
	}
	require.Len(t, h.events, 1001)
}

func TestRequestsGoOutInOrderAfterAResume(t *testing.T) {
	h := loggedIn(t)
	h.send("a")
	h.send("b")
	h.send("c")
	a, b, c := h.called(wire.FnSendMsg), h.called(wire.FnSendMsg), h.called(wire.FnSendMsg)
	h.ok(b, "")
	h.down()
	h.send("d")
	h.up()
	h.send("e")
	h.take(wire.EventLineLogin)
	h.resume("")
	var resent []sent
	for _, text := range []string{"a", "c", "d", "e"} {
		m := h.called(wire.FnSendMsg)
		assert.Equal(t, text, m.str("content"))
		resent = append(resent, m)
	}
	assert.Equal(t, a.ClientFrame, resent[0].ClientFrame, "the same callID and key")
	assert.Equal(t, c.ClientFrame, resent[1].ClientFrame)
	for _, m := range resent {
		h.ok(m, "")
	}
	h.expect("onMessageSendSuccess b", "onReconnecting 1", "onReconnected 2", "onMessageSendSuccess a",
		"onMessageSendSuccess c", "onMessageSendSuccess d", "onMessageSendSuccess e")
}

func TestRequestsGoOutAnewInANewSession(t *testing.T) {
	h := loggedIn(t)
	h.send("a")
	old := h.called(wire.FnSendMsg)
	h.reconnect()
	h.refuse(wire.ReasonLineInvalid)
	h.take(wire.EventLogin)
	h.admit("")
	c := h.called(wire.FnSendMsg)
	assert.Equal(t, old.str("messageID"), c.str("messageID"))
	assert.NotEqual(t, old.str("line"), c.str("line"))
}

func TestRequestThatTimedOutIsNotSentAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		wait  func(*host)
		login func(*host)
	}{
		"before the loss": {func(h *host) { h.advance(10 * time.Second); h.skipBeats(); h.reconnect() }, func(h *host) { h.resume("") }},
		"while reconnecting": {
			func(h *host) { h.down(); h.advance(10 * time.Second); h.up(); h.take(wire.EventLineLogin) },
			func(h *host) { h.resume("") },
		},
		"while reconnecting, then in a new session": {
			func(h *host) { h.down(); h.advance(10 * time.Second); h.up(); h.take(wire.EventLineLogin) },
			func(h *host) { h.refuse(wire.ReasonLineInvalid); h.take(wire.EventLogin); h.admit("") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.send("told as failed")
			h.call(engine.OpInvite, "")
			h.called(wire.FnSendMsg)
			h.called(wire.FnInvite)
			tc.wait(h)
			tc.login(h)
			h.send("next")
			assert.NotContains(t, h.texts(), wire.FnSendMsg+" told as failed")
			assert.Equal(t, 1, h.outcomes[1])
		})
	}
}

func TestAtMost256RequestsAreUnanswered(t *testing.T) {
	h := loggedIn(t)
	const n = 300
	for range n {
		h.do(engine.Request{Op: engine.OpQueryNum, Channel: room})
	}
	require.Len(t, h.sent, 256)
	for i := range n - 256 {
		h.ok(h.called(wire.FnQueryNum), "")
		require.Len(t, h.sent, 255+1, "%d", i)
	}
	h.ok(h.called(wire.FnQueryNum), "")
	require.Len(t, h.sent, 255)
}

func TestTooMuchThatWaitsFailsAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		text  string
		limit int
	}{
		"in number": {"", 256 + 16<<10},
		"in bytes":  {strings.Repeat("x", wire.MaxValue), 256 + 16<<20/(wire.MaxValue+len(`{"name":"a","value":""}`))},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			for range tc.limit {
				h.do(engine.Request{Op: engine.OpSetAttr, Method: "setAttr", Name: "a", Text: tc.text})
			}
			h.expect()
			h.do(engine.Request{Op: engine.OpSetAttr, Method: "setAttr", Name: "a", Text: tc.text})
			h.expect("onError setAttr 1001 too many requests wait already")
			h.ok(h.called(wire.FnSetAttr), "")
			h.do(engine.Request{Op: engine.OpSetAttr, Method: "setAttr", Name: "a", Text: tc.text})
			h.expect()
		})
	}
}

// limit is a rate limit of the server's: so many a second, with bursts of one second's worth.
type limit struct {
	rate, level float64
	at          time.Time
}

func (l *limit) charge(at time.Time) (ok bool) {
	l.level = max(0, l.level-l.rate*at.Sub(l.at).Seconds())
	l.at = at
	l.level++
	return l.level <= l.rate
}

func TestWhatWaitedStaysBelowTheServersRates(t *testing.T) {
	for name, login := range map[string]func(*host){
		"resumed":     func(h *host) { h.resume("") },
		"new session": func(h *host) { h.refuse(wire.ReasonLineInvalid); h.take(wire.EventLogin); h.admit("") },
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			calls, messages := limit{rate: 200}, limit{rate: 60}
			for range 60 { // the application's own second's worth
				h.send("before")
			}
			for len(h.sent) > 0 {
				c := h.called(wire.FnSendMsg)
				require.True(t, calls.charge(c.at) && messages.charge(c.at))
				h.ok(c, "")
			}
			h.down()
			for n := range 800 {
				if n%4 == 0 {
					h.send("waited")
				} else {
					h.do(engine.Request{Op: engine.OpQueryNum, Channel: room})
				}
			}
			h.up()
			h.take(wire.EventLineLogin)
			login(h)
			since := h.now
			h.send("made meanwhile: queues up behind")
			answered := 0
			for answered < 801 {
				for len(h.sent) > 0 {
					c := h.take(wire.EventCall)
					if c.Func == wire.FnGetMsg {
						h.ok(c, msgs(1))
						continue
					}
					require.True(t, calls.charge(c.at), "200 calls a second")
					if c.Func == wire.FnSendMsg {
						require.True(t, messages.charge(c.at), "60 messages a second")
					}
					answered++
					h.ok(c, "")
				}
				if answered < 801 {
					h.advance(h.Next().Sub(h.now))
				}
				h.skipBeats()
			}
			assert.Less(t, h.now.Sub(since), 4200*time.Millisecond, "201 messages at 90 % of 60 a second, less a burst")
			for range 70 { // nothing waits any more: the application's own rate is its own business
				h.send("x")
			}
			assert.Len(t, h.texts(), 70)
		})
	}
}

func TestPacingStopsWithTheConnection(t *testing.T) {
	h := loggedIn(t)
	h.down()
	for range 100 {
		h.send("waited")
	}
	h.up()
	h.resume("")
	h.down()
	h.sent = nil
	h.advance(time.Second)
	h.silent()
	h.up()
	h.take(wire.EventLineLogin)
	h.resume("")
	first := h.called(wire.FnSendMsg)
	assert.Equal(t, "2", string(first.ID), "all again, the oldest first")
}

func TestAnswersThatCameAreAcknowledgedWithTheHeartbeat(t *testing.T) {
	h := loggedIn(t)
	acked := func() int64 {
		h.advance(10 * time.Second)
		h.frame(wire.AppendPong(nil, h.take(wire.EventPing).N))
		if len(h.sent) == 0 {
			return 0
		}
		return h.take(wire.EventAck).N
	}
	assert.EqualValues(t, 1, acked(), "the poll of the login")
	h.send("a")
	h.send("b")
	h.send("c")
	a, b, c := h.called(wire.FnSendMsg), h.called(wire.FnSendMsg), h.called(wire.FnSendMsg)
	h.ok(b, "")
	assert.Zero(t, acked(), "a is missing")
	h.ok(a, "")
	assert.EqualValues(t, 3, acked())
	h.ok(c, "")
	assert.EqualValues(t, 4, acked())
	assert.Zero(t, acked(), "nothing new")
}

func TestAcknowledgementSparesWhatIsToBeSentAgain(t *testing.T) {
	h := loggedIn(t)
	for range 61 {
		h.send("x")
	}
	h.sent = nil
	h.reconnect()
	h.resume("")
	require.Less(t, len(h.sent), 61, "paced")
	for len(h.sent) > 0 {
		h.ok(h.called(wire.FnSendMsg), "")
	}
	waiting := 61 - len(h.events) + 1 // Reconnected is one of them
	h.step(func() { h.Woke(h.now) })
	h.take(wire.EventPing)
	assert.EqualValues(t, 1+61-waiting, h.take(wire.EventAck).N)
}

func TestPaceIsThatOfTheServer(t *testing.T) {
	for name, tc := range map[string]struct {
		rates   string
		atOnce  int
		oneMore time.Duration
	}{
		"told nothing":   {"", 54, time.Second / 54},
		"more messages":  {`"calls_per_second":1000,"messages_per_second":500`, 100, 0},
		"fewer messages": {`"messages_per_second":10`, 9, time.Second / 9},
		"one a second":   {`"messages_per_second":1`, 1, time.Second * 10 / 9},
		"fewer calls":    {`"calls_per_second":20`, 17, time.Second / 18},
		"nonsense":       {`"calls_per_second":-1,"messages_per_second":"x"`, 54, time.Second / 54},
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.down()
			for range 100 {
				h.send("waits")
			}
			h.up()
			h.take(wire.EventLineLogin)
			h.resume(tc.rates)
			require.Len(t, h.sent, tc.atOnce) // the poll after the login counts as a call too
			if tc.oneMore > 0 {
				h.advance(tc.oneMore + 1)
				require.Len(t, h.sent, tc.atOnce+1)
			}
		})
	}
}
