package signal_test

import (
	"bytes"
	"log/slog"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// After Destroy every method does nothing but log.
func TestAfterDestroy(t *testing.T) {
	var log bytes.Buffer
	alice := offline(t, signal.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	alice.Destroy()
	alice.Destroy()
	for _, r := range append(requests(),
		request{name: "Login", call: func(a *signal.API) { a.Login("app", "alice", "", 0, "") }},
		request{name: "Login2", call: func(a *signal.API) { a.Login2("app", "alice", "", 0, "", 1, 1) }},
	) {
		log.Reset()
		r.call(alice.API)
		assert.Contains(t, log.String(), "call after destroy ignored", r.name)
	}
	assert.Equal(t, signal.LoginStateNotLogin, alice.GetStatus())
	assert.False(t, alice.IsOnline())
	alice.CallbackSet(nil)
	assert.Nil(t, alice.CallbackGet())
	assert.Empty(t, alice.All())
}

// requests covers what there is: a method that is missing here is one whose place in the tests above is missing.
func TestRequestsAreAllMethods(t *testing.T) {
	others := map[string]bool{
		"CallbackGet": true, "CallbackSet": true, "Destroy": true, "GetSdkVersion": true, "GetStatus": true,
		"IsOnline": true, "Login": true, "Login2": true,
	}
	known := map[string]bool{}
	for _, r := range requests() {
		known[r.name] = true
	}
	for m := range reflect.TypeFor[*signal.API]().Methods() {
		assert.NotEqual(t, known[m.Name], others[m.Name], m.Name)
	}
}

// What is pending when Destroy is called ends before it returns, each thing once.
func TestDestroyEndsWhatIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice := online(t, srv, "alice")
		alice.ChannelJoin("ch")
		alice.Await(t, "OnChannelUserList")
		srv.Stall(true)
		began := time.Now()
		alice.MessageInstantSend("bob", 0, "hello", "id")
		alice.ChannelQueryUserNum("ch")
		alice.ChannelInviteUser("ch", "bob", 0)
		alice.Invoke("io.agora.signal.channel_query_num", `{"name":"ch"}`, "call")
		alice.QueryUserStatus("bob")
		alice.Destroy()
		assert.LessOrEqual(t, time.Since(began), 1300*time.Millisecond)
		alice.Expect(t, "OnMessageSendError", "id", int(signal.SendMessageEOther))
		alice.Expect(t, "OnChannelQueryUserNumResult", "ch", int(signal.QueryUserNumEByUser), 0)
		alice.Expect(t, "OnInviteFailed", "ch", "bob", 0, int(signal.InviteEOther), "")
		alice.Expect(t, "OnInvokeRet", "call", "1001")
		alice.Expect(t, "OnError", "queryUserStatus", int(signal.GeneralEFailed))
		alice.Quiet(t)
		srv.Stall(false)
	})
}

// A Destroy of another goroutine waits for the handler, and no handler runs after it.
func TestDestroyWaitsForHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice := offline(t)
		returned := false
		alice.Hook(func(recorder.Call) {
			time.Sleep(time.Minute)
			returned = true
		})
		alice.ChannelLeave("ch")
		synctest.Wait()
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				alice.Destroy()
				assert.True(t, returned)
			})
		}
		both.Wait()
	})
}

// Inside a handler it does not wait, whoever the handler belongs to; the rest follows by itself.
func TestDestroyInHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		inside := 0
		alice.Hook(func(recorder.Call) {
			inside++
			bob.Destroy()
			alice.ChannelQueryUserNum("ch")
			alice.Destroy()
			alice.Destroy()
			alice.ChannelLeave("after")
			assert.Equal(t, signal.LoginStateNotLogin, alice.GetStatus())
			inside--
		})
		alice.MessageInstantSend("bob", 0, "hello", "id")
		alice.Expect(t, "OnMessageSendSuccess", "id")
		alice.Expect(t, "OnChannelQueryUserNumResult", "ch") // what was asked before Destroy still has its end
		alice.Destroy()                                      // waits, here
		bob.Destroy()
		assert.Zero(t, inside)
		alice.Quiet(t)
	})
}

// The message whose handler calls Destroy was handled: it does not come again. Those behind it were not.
func TestDestroyInMessageHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		began := make(chan struct{})
		bob.Hook(func(c recorder.Call) {
			if c.Is("OnMessageInstantReceive", "alice", 0, "2") {
				<-began // until all the others wait in the queue
				bob.Destroy()
			}
		})
		for _, text := range []string{"1", "2", "3", "4"} {
			alice.MessageInstantSend("bob", 0, text, text)
			alice.Expect(t, "OnMessageSendSuccess", text)
		}
		alice.ChannelInviteUser("ch", "bob", 0)
		synctest.Wait()
		close(began)
		bob.Expect(t, "OnMessageInstantReceive", "alice", 0, "1")
		bob.Expect(t, "OnMessageInstantReceive", "alice", 0, "2")
		bob.Destroy()
		bob.Quiet(t)

		again := online(t, srv, "bob")
		again.Expect(t, "OnMessageInstantReceive", "alice", 0, "3")
		again.Expect(t, "OnMessageInstantReceive", "alice", 0, "4")
	})
}

// A handler that goes on for long does not keep the account logged in.
func TestDestroyWithoutPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		alice.Hook(func(recorder.Call) {
			alice.Destroy()
			time.Sleep(time.Hour)
		})
		alice.ChannelLeave("ch")
		alice.Expect(t, "OnChannelLeaved", "ch")
		time.Sleep(2 * time.Second)
		bob.QueryUserStatus("alice")
		bob.Expect(t, "OnQueryUserStatusResult", "alice", "0")
	})
}

// Destroy against everything at once: no deadlock, no panic, no handler afterwards.
func TestDestroyAmidEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		for range 10 {
			alice := online(t, srv, "alice")
			alice.Hook(func(recorder.Call) { alice.ChannelLeave("ch") })
			var all sync.WaitGroup
			for _, r := range requests() {
				all.Go(func() {
					for range 5 {
						r.call(alice.API)
					}
				})
			}
			all.Go(alice.Destroy)
			alice.Destroy()
			n := len(alice.All())
			all.Wait()
			assert.Len(t, alice.All(), n)
		}
	})
}
