package signal_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// The handlers of one API run one at a time and in order, whatever comes from wherever and however long they take.
func TestInvariant2OneAtATimeInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const each = 40
		srv := pipes(t)
		alice := online(t, srv, "alice")
		var inside atomic.Int32
		alice.Hook(func(recorder.Call) {
			assert.Equal(t, int32(1), inside.Add(1))
			time.Sleep(10 * time.Millisecond)
			inside.Add(-1)
		})
		alice.enter(t, "room")
		peers := []user{online(t, srv, "bob"), online(t, srv, "carol"), online(t, srv, "dave")}
		for n := range each {
			for _, peer := range peers {
				go peer.MessageInstantSend("alice", 0, fmt.Sprint(n), "")
			}
			go peers[0].MessageChannelSendForce("room", fmt.Sprint(n), "")
			go alice.MessageInstantSend("nobody", 0, "x", fmt.Sprint(n))
			synctest.Wait()
			if n%10 == 9 {
				time.Sleep(time.Second) // no more a second than a user may
			}
		}
		time.Sleep(time.Minute)
		var fromRoom, sent int
		from := make(map[any]int)
		for _, c := range alice.All() {
			switch c.Name {
			case "OnMessageInstantReceive":
				assert.Equal(t, fmt.Sprint(from[c.Args[0]]), c.Args[2])
				from[c.Args[0]]++
			case "OnMessageChannelReceive":
				assert.Equal(t, fmt.Sprint(fromRoom), c.Args[3])
				fromRoom++
			case "OnMessageSendSuccess":
				assert.Equal(t, fmt.Sprint(sent), c.Args[0])
				sent++
			}
		}
		assert.Equal(t, map[any]int{"bob": each, "carol": each, "dave": each}, from)
		assert.Equal(t, each, fromRoom)
		assert.Equal(t, each, sent)
	})
}

// A handler that takes ten minutes delays its own API's handlers and nothing else: others are served at once, what
// its API asks for is done, and its session lives on by its heartbeats.
func TestInvariant2SlowHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const minutes = 10
		srv := pipes(t)
		alice, bob, carol := online(t, srv, "alice"), online(t, srv, "bob"), online(t, srv, "carol")
		alice.enter(t, "room")
		slept := false
		alice.Hook(func(c recorder.Call) {
			if c.Is("OnMessageInstantReceive") && !slept {
				slept = true
				time.Sleep(minutes * time.Minute)
			}
		})
		began := time.Now()
		for n := range minutes {
			bob.MessageInstantSend("alice", 0, fmt.Sprint(n), "")
			bob.Expect(t, "OnMessageSendSuccess")
			bob.MessageInstantSend("carol", 0, fmt.Sprint(n), "")
			bob.Expect(t, "OnMessageSendSuccess")
			carol.Expect(t, "OnMessageInstantReceive", "bob", 0, fmt.Sprint(n))
			alice.MessageInstantSend("bob", 0, fmt.Sprint(n), "") // her handler sleeps, her requests are done
			bob.Expect(t, "OnMessageInstantReceive", "alice", 0, fmt.Sprint(n))
			carol.QueryUserStatus("alice")
			carol.Expect(t, "OnQueryUserStatusResult", "alice", "1")
			assert.Equal(t, time.Duration(n)*time.Minute, time.Since(began))
			assert.Equal(t, signal.LoginStateLogined, alice.GetStatus())
			time.Sleep(time.Minute)
		}
		for n := range minutes {
			c := alice.Await(t, "OnMessageInstantReceive", "bob", 0, fmt.Sprint(n))
			if n > 0 {
				assert.Equal(t, minutes*time.Minute, c.At.Sub(began))
			}
		}
		time.Sleep(time.Minute)
		assert.Zero(t, alice.Count("OnReconnecting"))
		assert.Equal(t, minutes, alice.Count("OnMessageSendSuccess"))
	})
}
