package signal_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/signaltest"
)

// slack is what a client may take in beyond its bound: what it has read already when the queue is found full.
const slack = 600

// A flood is alice, who stopped handling what comes, and others who go on sending.
type flood struct {
	alice    user
	bob      user
	speakers []user
	personal int // messages sent so far
	spoken   int
	stuck    chan struct{}
	release  func()
}

func newFlood(t *testing.T, srv *signaltest.Server, events int, bytes int64) *flood {
	t.Helper()
	f := &flood{
		alice: online(t, srv, "alice", signal.WithQueueLimit(events, bytes)), bob: online(t, srv, "bob"),
		stuck: make(chan struct{}),
	}
	f.release = sync.OnceFunc(func() { close(f.stuck) })
	f.alice.enter(t, "room")
	for n := range 4 {
		f.speakers = append(f.speakers, online(t, srv, fmt.Sprint("speaker", n)))
	}
	f.alice.Hook(func(c recorder.Call) {
		if c.Is("OnMessageInstantReceive") {
			<-f.stuck
		}
	})
	t.Cleanup(f.release)
	return f
}

// pour sends for so many seconds as much as the server lets pass, or next to it.
func (f *flood) pour(t *testing.T, seconds, personal, spoken int, padding string) {
	t.Helper()
	for range seconds {
		for range personal {
			f.bob.MessageInstantSend("alice", 0, fmt.Sprint(f.personal, padding), "")
			f.bob.Expect(t, "OnMessageSendSuccess")
			f.personal++
		}
		for range spoken {
			speaker := f.speakers[f.spoken%len(f.speakers)]
			speaker.MessageChannelSendForce("room", fmt.Sprint(f.spoken), "")
			speaker.Expect(t, "OnMessageSendSuccess")
			f.spoken++
		}
		time.Sleep(time.Second)
	}
}

// heard checks that all personal messages came once and in order, and those to the channel in order. It returns
// how many of these came.
func (f *flood) heard(t *testing.T, calls []recorder.Call) (spoken int) {
	t.Helper()
	personal, next := 0, 0
	for _, c := range calls {
		var n int
		switch c.Name {
		case "OnMessageInstantReceive":
			_, err := fmt.Sscan(c.Args[2].(string), &n)
			require.NoError(t, err)
			require.Equal(t, personal, n)
			personal++
		case "OnMessageChannelReceive":
			_, err := fmt.Sscan(c.Args[3].(string), &n)
			require.NoError(t, err)
			require.GreaterOrEqual(t, n, next)
			next = n + 1
			spoken++
		}
	}
	assert.Equal(t, f.personal, personal)
	return spoken
}

// A client whose handler is stuck stops reading and goes on pinging: its session and even its socket live on.
func TestInvariant3StopsReadingNotPinging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlood(t, pipes(t), 10, 0)
		f.pour(t, 10, 5, 5, "") // less than the socket's buffers take
		read := signal.Waiting(f.alice.API)
		assert.Less(t, read, 50)
		time.Sleep(10 * time.Minute)
		assert.Equal(t, read, signal.Waiting(f.alice.API), "nothing more was read")
		f.release()
		time.Sleep(time.Minute)
		assert.Zero(t, f.alice.Count("OnReconnecting"))
		assert.Equal(t, f.spoken, f.heard(t, f.alice.All()))
	})
}

// Over the bound the server drops the socket. When the handler goes on the session resumes: personal messages all
// come, what the server has not kept of the channel is reported missing, once.
func TestInvariant3Flood(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events  int
		bytes   int64
		seconds int
		spoken  int    // per second
		padding string // of personal messages
		gap     bool
	}{
		"gap":    {100, 0, 20, 160, "", true},
		"no gap": {100, 0, 20, 45, "", false},
		"bytes":  {0, 200 << 10, 10, 40, strings.Repeat(" ", 4000), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFlood(t, pipes(t), tt.events, tt.bytes)
				for range tt.seconds {
					f.pour(t, 1, 45, tt.spoken, tt.padding)
					assert.LessOrEqual(t, signal.Waiting(f.alice.API), 100+slack)
				}
				time.Sleep(time.Minute) // the server has done with the socket, not with the session
				assert.LessOrEqual(t, signal.Waiting(f.alice.API), 100+slack)
				f.release()
				time.Sleep(time.Minute)

				assert.Positive(t, f.alice.Count("OnReconnecting"), "the slow socket was dropped")
				spoken := f.heard(t, f.alice.All())
				if tt.gap {
					assert.Less(t, spoken, f.spoken)
					assert.Equal(t, 1, f.alice.Count("OnError"))
					c := f.alice.Await(t, "OnError", "channel", int(signal.GeneralEFailed))
					assert.Contains(t, c.Args[2], "room")
					f.alice.Expect(t, "OnChannelUserList", []string{"alice"})
				} else {
					assert.Equal(t, f.spoken, spoken)
					assert.Zero(t, f.alice.Count("OnError"))
				}
				assert.Zero(t, f.alice.Count("OnChannelLeaved"))

				f.pour(t, 2, 5, 5, "") // and all is as before
				assert.Equal(t, spoken+10, f.heard(t, f.alice.All()))
			})
		})
	}
}

// A handler that is merely too slow gets everything, and what it has done with is forgotten at the server: of more
// messages than wait for one account there, none is refused.
func TestInvariant3SlowHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlood(t, pipes(t), 100, 0)
		f.alice.Hook(func(c recorder.Call) {
			if c.Is("OnMessageInstantReceive") {
				time.Sleep(40 * time.Millisecond)
			}
		})
		f.pour(t, 40, 45, 0, "")
		time.Sleep(time.Minute)
		f.heard(t, f.alice.All())
		assert.Zero(t, f.alice.Count("OnReconnecting"))
	})
}

// A handler that is stuck for longer than a session lives costs the session, and not one personal message.
func TestInvariant3SessionLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		f := newFlood(t, srv, 50, 0)
		f.pour(t, 20, 45, 150, "")
		time.Sleep(10 * time.Minute)
		f.release()
		f.alice.Await(t, "OnChannelLeaved", "room", int(signal.LeaveChannelEDisconn))
		f.alice.Expect(t, "OnLogout", int(signal.LogoutENet))
		f.alice.Login("app", "alice", signal.NoToken, 0, "")
		time.Sleep(time.Minute)
		assert.Equal(t, 2, f.alice.Count("OnLoginSuccess"))
		f.heard(t, f.alice.All())
	})
}
