package signal

import (
	"time"

	"github.com/agora-signal-go/signal/internal/dispatch"
	"github.com/agora-signal-go/signal/internal/engine"
)

// Destroy ends the API: what is pending ends in its callback, messages that no handler has seen stay at the
// server, a login is given back there as well as 200 ms allow. When it returns, no handler runs any more, and
// no goroutine, timer or socket is left. To this end it waits for the handler that is running, being the
// only method that waits; called inside a handler (of whichever API) it returns at once, and all this follows
// by itself when that handler returns. A handler must not wait for a goroutine that calls Destroy.
//
// Twice is fine. Every method does nothing afterwards but log.
//
// Seed: destroy
func (a *API) Destroy() {
	a.forget() // first, or GetInstance could give out what is destroyed
	first := a.destroyed.CompareAndSwap(false, true)
	if first {
		a.queue.Drain(a.stillOwed)
		a.queue.Push(engine.Event{Kind: idleMark})
	}
	onDispatcher := dispatch.OnDispatcher()
	switch {
	case first && onDispatcher:
		go a.teardown()
	case first:
		a.teardown()
	case !onDispatcher:
		<-a.done
	}
}

// forget takes the API out of what GetInstance knows.
func (a *API) forget() {
	instances.Lock()
	defer instances.Unlock()
	if instances.byApp[a.appID] == a {
		delete(instances.byApp, a.appID)
	}
}

// handlerPatience is how long a handler that runs on may keep the account logged in after Destroy.
const handlerPatience = time.Second

// idleMark is the event that tells teardown that all handlers before it have returned.
const idleMark engine.Kind = -1

// teardown lets the running handler return first, for only then can the engine tell the server that its message
// was handled; then the engine ends what is pending, and the dispatcher hands that out.
func (a *API) teardown() {
	patience := time.NewTimer(handlerPatience)
	select {
	case <-a.idle:
	case <-patience.C:
	}
	patience.Stop()
	a.link.Destroy()
	<-a.link.Done()
	a.queue.Close()
	<-a.queue.Done()
	a.meter.close()
	close(a.done)
}

// stillOwed says which events are handed out during teardown. A message among the others remains unhandled,
// and so is everything behind it in the same list, whatever becomes of that.
func (a *API) stillOwed(ev engine.Event) bool {
	if ev.Kind.Owed() || ev.Kind == idleMark {
		return true
	}
	if ev.Mark > 0 {
		a.dropped.CompareAndSwap(0, ev.Mark)
	}
	return false
}
