package engine

import (
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

const (
	pollEvery = 60 * time.Second // personal messages are asked for at least so often
	ackWithin = time.Second      // a message is acknowledged so long after it came,
	ackEvery  = 256              // or when so many are done with: a server keeps 1,000 and refuses more
	retryPoll = time.Second
)

// personal is the place in the account's list of personal messages. It outlives sessions: the same account
// logging in again goes on where it was.
type personal struct {
	owner     string // app and account
	epoch     string // the life of the list
	ver       uint64 // handed out up to here
	confirmed uint64 // the server knows that the application is done with it up to here
	base      uint64 // what Mark version 0 of this life has
	mark      uint64 // of the event handed out last
	polling   bool   // user_getmsg is unanswered
	again     bool   // and must be asked once more
	pollAt    time.Time
	ackAt     time.Time
}

// life looks whether the list is the one that is known; another one begins at version 0.
func (p *personal) life(appID, account string, epoch wire.Value) {
	owner := appID + "\x00" + account
	if text := epoch.Text(); owner != p.owner || text != p.epoch {
		*p = personal{owner: owner, epoch: text, base: p.mark, mark: p.mark}
	}
}

// disconnect forgets what belongs to a connection.
func (p *personal) disconnect() {
	p.polling, p.again = false, false
	p.pollAt, p.ackAt = time.Time{}, time.Time{}
}

// resume goes on with the list on another connection, which brings what was missed by itself.
func (p *personal) resume(now time.Time) {
	p.pollAt = now.Add(pollEvery)
	if p.ver > p.confirmed {
		p.ackAt = now.Add(ackWithin)
	}
}

// handledVersion returns the version up to which the application is done: only so far may the server forget.
func (e *Engine) handledVersion() uint64 {
	p := &e.personal
	handled := e.host.Handled()
	switch {
	case handled >= p.mark:
		return p.ver
	case handled > p.base:
		return max(p.confirmed, handled-p.base)
	}
	return p.confirmed
}

// pushed handles a personal message that the server sent by itself.
func (e *Engine) pushed(ver uint64, line, trace []byte) {
	switch p := &e.personal; {
	case ver <= p.ver:
	case ver == p.ver+1:
		e.take(ver, line, trace)
	default: // something before it is missing: ask for it, and for this one again
		e.poll()
	}
}

// take hands out a message that is next in the list.
func (e *Engine) take(ver uint64, line, trace []byte) {
	p := &e.personal
	if ver >= p.confirmed+ackEvery && e.phase == phaseOnline && e.handledVersion() >= p.confirmed+ackEvery {
		e.acknowledgeNow() // before this one counts: nobody has it yet
	}
	p.ver = ver
	if p.ackAt.IsZero() {
		p.ackAt = e.now.Add(ackWithin)
	}
	l, ok := wire.ReadLine(line)
	if !ok {
		e.warn("personal message not understood", "version", ver)
		return
	}
	ev, ok := Event{Kind: InstantMessage, Time: l.Time}, true
	switch {
	case string(l.Type) != wire.TypeInstant:
		ev, ok = e.inviteEvent(string(l.Type), string(l.Content))
	case string(l.Src) == wire.NoSender && string(l.Flag) == wire.NoSender: // the server itself; a user may be called "-"
		ev.Text = string(l.Content)
	default:
		ev.Account, ev.Text, ev.Trace = e.from(l.Src), string(l.Content), string(trace)
	}
	if ok {
		p.mark = p.base + ver
		ev.Mark = p.mark
		e.host.Emit(ev)
	}
}

// from returns the account that a message came from.
func (e *Engine) from(account []byte) string {
	if string(account) != e.sender {
		e.sender = string(account)
	}
	return e.sender
}

// poll asks for what comes after the messages handed out so far, and tells how far the application is done.
func (e *Engine) poll() {
	p := &e.personal
	switch {
	case e.phase != phaseOnline:
	case p.polling || e.paused: // paused: the answer would fill the socket that nobody reads
		p.again = true
	default:
		p.polling, p.again = true, false
		p.ackAt = time.Time{}
		p.pollAt = e.now.Add(pollEvery)
		e.own(&Request{Op: opPoll}, wire.FnGetMsg, e.pollArgs(wire.MaxPoll))
	}
}

// fetch asks for what waits at the beginning of a session, unless the server says that nothing does.
func (e *Engine) fetch(ret wire.Value) {
	newest := ret.Get("newest")
	ver, ok := wire.Version(newest)
	if newest == nil || !ok {
		e.poll()
		return
	}
	p := &e.personal
	p.ver, p.confirmed = max(p.ver, ver), max(p.confirmed, ver)
	p.pollAt = e.now.Add(pollEvery)
}

func (e *Engine) pollArgs(most int64) []byte {
	p := &e.personal
	p.confirmed = e.handledVersion()
	var o wire.Object
	o.Int("ver_clear", int64(p.confirmed)).Int("max", most)
	if p.ver > p.confirmed { // received but not yet handled: not to be forgotten, nor to be sent again
		o.Int("after", int64(p.ver))
	}
	return o.Bytes()
}

// acknowledge tells the server how far the application is done, when there is news.
func (e *Engine) acknowledge() {
	p := &e.personal
	p.ackAt = time.Time{}
	switch {
	case e.handledVersion() <= p.confirmed:
	case e.paused:
		e.acknowledgeNow()
	default:
		e.poll()
	}
	if p.ackAt.IsZero() && p.ver > p.confirmed && !p.polling {
		p.ackAt = e.now.Add(ackWithin)
	}
}

// acknowledgeNow does so past the queue, with nobody waiting for the answer: the connection is about to end, nothing is
// read, or more comes than an answer could bring.
func (e *Engine) acknowledgeNow() {
	if e.handledVersion() > e.personal.confirmed {
		e.calls.lastID++
		e.sendCall(&call{id: e.calls.lastID, fn: wire.FnGetMsg, args: e.pollArgs(1)})
	}
}

// polled handles the answer to poll.
func (e *Engine) polled(ret wire.Value) {
	p := &e.personal
	newest, known := wire.Version(ret.Get("ver_clear"))
	more, _ := ret.Get("more").Bool()
	traces, n := tracesOf(ret), 0
	for m := range ret.Get("msgs").Elements() { // overwrites them: nothing can be looked up in ret any more
		ver, line, ok := wire.ReadVersioned(m)
		var trace []byte
		if n < len(traces) {
			trace = traces[n]
		}
		n++
		if ok && ver > p.ver {
			e.take(ver, line, trace)
		}
	}
	if known && n == 0 {
		p.ver = max(p.ver, newest)
	}
	again := p.again || more || n >= wire.MaxPoll
	p.polling = false
	switch {
	case again:
		e.poll()
	case p.ver > p.confirmed && p.ackAt.IsZero():
		p.ackAt = e.now.Add(ackWithin)
	}
}

// tracesOf returns the traces of the messages in an answer to poll, in their order; nil when none has one.
func tracesOf(ret wire.Value) (traces [][]byte) {
	for t := range ret.Get("traces").Elements() {
		traces = append(traces, []byte(t.Trace()))
	}
	return traces
}

// pollFailed comes back to a poll that was not answered well.
func (e *Engine) pollFailed() {
	e.personal.polling = false
	if e.phase == phaseOnline {
		e.personal.pollAt = e.now.Add(retryPoll)
	}
}
