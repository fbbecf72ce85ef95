package signal_test

import (
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// Whichever handler panics, however, is reported by OnError("panic", 1002), save in that report itself, and the
// session goes on: through its loss and return, to its end.
func TestInvariant4PanicInEveryHandler(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(){
		"text":   func() { panic("oops") },
		"error":  func() { panic(errors.New("oops")) },
		"Goexit": runtime.Goexit,
	} {
		for kind, always := range map[string]bool{" once": false, " always": true} {
			t.Run(name+kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					x := newTour(t)
					failed := make(map[string]bool)
					reportable := 0
					x.alice.Hook(func(c recorder.Call) {
						if failed[c.Name] && !always {
							return
						}
						failed[c.Name] = true
						if !c.Is("OnError", "panic") {
							reportable++
						}
						fail()
					})
					x.run()
					for _, handler := range callbacks() {
						assert.True(t, failed[handler], handler)
					}
					assert.Equal(t, reportable, x.alice.Count("OnError", "panic"))
					assert.Equal(t, reportable, x.alice.Count("OnError", "panic", int(signal.GeneralEUnknown)))
					assert.Equal(t, 1, x.alice.Count("OnReconnected", 2))
					assert.Equal(t, 1, x.alice.Count("OnLogout", int(signal.LogoutEUser)))
					x.ledger.check(t, x.alice.All())
				})
			})
		}
	}
}

// The report comes next, before whatever else waits.
func TestInvariant4ReportedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		held := make(chan struct{})
		alice.Hook(func(c recorder.Call) {
			if c.Is("OnMessageInstantReceive", "bob", 0, "1") {
				<-held // until the others wait in the queue
				panic("with the first")
			}
		})
		for _, text := range []string{"1", "2", "3"} {
			bob.MessageInstantSend("alice", 0, text, "")
			bob.Expect(t, "OnMessageSendSuccess")
		}
		synctest.Wait()
		close(held)
		alice.Expect(t, "OnMessageInstantReceive", "bob", 0, "1")
		alice.Expect(t, "OnError", "panic", int(signal.GeneralEUnknown), "with the first")
		alice.Expect(t, "OnMessageInstantReceive", "bob", 0, "2")
		alice.Expect(t, "OnMessageInstantReceive", "bob", 0, "3")

		time.Sleep(2 * time.Second) // until that is acknowledged
		again := online(t, srv, "alice")
		time.Sleep(time.Minute)
		again.Quiet(t) // the message whose handler panicked was handled
	})
}
