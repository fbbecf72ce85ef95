package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// A call is a request on its way to an answer.
type call struct {
	req      *Request
	id       int64 // unique and rising as long as the Engine lives; the server repeats the answer to one it has seen
	fn       string
	args     []byte // a JSON object, still without the session's line
	deadline time.Time
	turn     int64 // in which it was sent, among all that were
	over     bool  // its outcome has been told; the answer may still matter
	sent     bool  // on this session
	again    bool  // sent on an earlier connection of this session, which may have carried it out
	rash     bool  // sent faster than the server allows: it may have refused it
	known    bool  // of OpInvite: an event of it came before the answer, and tells what becomes of it
	younger  *call // the next in byAge
}

// calls holds the requests without an outcome. Each is in queue until it is sent, then in open until it is answered;
// a lost connection puts it back. byAge has all that have a deadline, the oldest first.
type calls struct {
	lastID int64
	turns  int64
	acked  int64 // the server was told that all answers up to here have come
	open   map[int64]*call
	queue  []*call
	bytes  int // of args in queue
	byAge  age

	later   []*Request // of the engine's, which the server could not do: see later.go
	laterAt time.Time  // when they are made again; zero: there are none
}

// An age is a list of calls, the oldest first.
type age struct{ first, last *call }

func (a *age) add(c *call) {
	if a.first == nil {
		a.first = c
	} else {
		a.last.younger = c
	}
	a.last = c
}

// oldest returns the oldest call that is not over, and forgets those before it.
func (a *age) oldest() *call {
	for a.first != nil && a.first.over {
		a.first.younger, a.first = nil, a.first.younger
	}
	if a.first == nil {
		a.last = nil
	}
	return a.first
}

// Do begins a request of the application; Check was called on it. It ends in exactly one Event,
// save those that have none when they succeed.
func (e *Engine) Do(now time.Time, req *Request) {
	e.now = now
	if e.closed {
		return
	}
	switch req.Op {
	case OpInvite:
		req.ID = e.cfg.NewID()
	case OpSend, OpChannelSend, OpUnsupported:
		if req.ID == "" {
			withBuffer(func(dst []byte) []byte {
				dst = e.cfg.AppendID(dst)
				req.ID = string(dst)
				return dst
			})
		}
	}
	if req.bad != nil {
		e.host.Emit(req.failed(req.bad.Code, req.bad.Error()))
		return
	}
	if e.state == NotLogin || e.state == Logining {
		e.host.Emit(req.failed(wire.GeneralENotLogin, "not logged in"))
		return
	}
	if req.Op == OpUnsupported {
		e.host.Emit(req.failed(wire.GeneralEFailed, req.Text))
		e.host.Emit(Event{Kind: Failure, Name: req.Method, Code: wire.GeneralEFailed, Text: req.Text})
		return
	}
	if onCall := req.Op == OpAccept || req.Op == OpRefuse || req.Op == OpEnd || req.Op == OpDTMF; onCall && e.CallFor(req) == "" {
		e.host.Emit(req.failed(wire.GeneralEFailed, "no such call")) // nor may it be taken for one that is yet to be heard of
		return
	}
	c := &req.call
	*c = call{req: req, deadline: now.Add(e.cfg.CallTimeout)}
	c.fn, c.args = e.encode(req)
	q := &e.calls
	switch {
	case len(c.args)+len(e.session.line)+64 > wire.MaxFrame:
		e.host.Emit(req.failed(wire.GeneralELargeParam, "the request does not fit a frame of 64 KiB"))
		return
	case e.state == Reconnecting && len(q.queue) >= maxWaiting, len(q.queue) >= maxQueued, q.bytes+len(c.args) > maxQueuedBytes:
		e.host.Emit(req.failed(req.Op.code(full), full.String()))
		return
	}
	q.byAge.add(c)
	if len(q.queue) == 0 && e.sendable(c) == 0 {
		q.number(c)
		e.sendOpen(c)
		return
	}
	e.enqueue(c, len(q.queue))
	e.flush()
}

// own begins a call of the engine's. A poll has a deadline; all others end with the session at the latest.
// What others wait for, that a message was seen or that it rings, does not wait behind what the application sends.
func (e *Engine) own(req *Request, fn string, args []byte) {
	c := &req.call
	*c = call{req: req, fn: fn, args: args}
	switch req.Op {
	case opPoll:
		c.deadline = e.now.Add(e.cfg.CallTimeout)
		e.calls.byAge.add(c)
		e.enqueue(c, 0)
	case opInviteAck:
		e.enqueue(c, 0)
	default:
		e.enqueue(c, len(e.calls.queue))
	}
	e.flush()
}

// enqueue puts a call into the queue, at a place in it.
func (e *Engine) enqueue(c *call, at int) {
	q := &e.calls
	q.number(c)
	q.queue = slices.Insert(q.queue, at, c)
	q.bytes += len(c.args)
}

// number gives a call its number.
func (q *calls) number(c *call) {
	q.lastID++
	c.id = q.lastID
}

// flush sends what waits, as far as the connection and the rates allow.
func (e *Engine) flush() {
	e.pace.next = time.Time{}
	q := &e.calls
	for len(q.queue) > 0 {
		c := q.queue[0]
		if wait := e.sendable(c); wait != 0 {
			if wait > 0 {
				e.pace.next = e.now.Add(wait)
			}
			return
		}
		q.queue[0] = nil
		q.queue = q.queue[1:]
		q.bytes -= len(c.args)
		e.sendOpen(c)
	}
	q.queue = nil
	e.pace.on = false
}

// notNow is what sendable returns when no time helps.
const notNow time.Duration = -1

// sendable returns 0 when a call is to be sent now, and has charged it then. Else it returns how long it must wait, or
// notNow when something else has to happen first.
func (e *Engine) sendable(c *call) time.Duration {
	if e.phase != phaseOnline || len(e.calls.open) >= wire.AnswersKept {
		return notNow
	}
	wait, rash := e.pace.wait(e.now, c.isMessage())
	c.rash = rash
	return wait
}

// sendOpen sends a call whose answer is then awaited.
func (e *Engine) sendOpen(c *call) {
	q := &e.calls
	if q.open == nil {
		q.open = make(map[int64]*call)
	}
	q.turns++
	q.open[c.id], c.sent, c.turn = c, true, q.turns
	e.sendCall(c)
}

func (c *call) isMessage() bool { return c.fn == wire.FnSendMsg || c.fn == wire.FnChannelSend }

// expireCalls ends the requests whose deadline has passed.
func (e *Engine) expireCalls() {
	q := &e.calls
	if !e.due(q.deadline()) {
		return
	}
	for e.due(q.deadline()) {
		c := q.byAge.first
		c.over = true // one that was sent stays open: its answer may still have to be undone
		if c.req.Op == opPoll {
			e.pollFailed()
			continue
		}
		e.host.Emit(c.req.failed(c.req.Op.code(timeout), timeout.String()))
	}
	q.drop((*call).finished)
}

// deadline returns when the oldest request without an outcome ends.
func (q *calls) deadline() time.Time {
	if c := q.byAge.oldest(); c != nil {
		return c.deadline
	}
	return time.Time{}
}

// suspendCalls drops what makes no sense on another connection.
func (e *Engine) suspendCalls() {
	q := &e.calls
	for id, c := range q.open {
		if c.finished() || c.req.Op == opPoll {
			c.over = true
			delete(q.open, id)
		}
	}
	q.drop(func(c *call) bool { return c.finished() || c.req.Op == opPoll })
}

// finished says whether nobody waits for the answer any more. Whether a call that rings or was accepted is over must be
// known even after the End or the Refuse was reported as failed: it is asked for again after a resume.
func (c *call) finished() bool {
	return c.over && (!c.sent || (c.req.Op != OpEnd && c.req.Op != OpRefuse))
}

// find returns the oldest call without an outcome that matches.
func (q *calls) find(match func(*call) bool) *call {
	for _, c := range append(q.unanswered(), q.queue...) {
		if !c.over && match(c) {
			return c
		}
	}
	return nil
}

// drop ends the calls in the queue that match, without a word.
func (q *calls) drop(match func(*call) bool) {
	q.queue = slices.DeleteFunc(q.queue, func(c *call) bool {
		if !match(c) {
			return false
		}
		c.over = true
		q.bytes -= len(c.args)
		return true
	})
}

// resend sends everything that has no outcome yet, in the order in which it was asked, and no faster than the
// server takes it. On a session that is new, not resumed, the channel comes first.
func (e *Engine) resend(resumed bool) {
	q := &e.calls
	open := q.unanswered()
	clear(q.open)
	for _, c := range open {
		q.bytes += len(c.args)
	}
	q.queue = append(open, q.queue...)
	for _, c := range q.queue {
		if c.rash && c.sent && !resumed && c.isMessage() {
			e.endRash(c)
		}
		c.sent = c.sent && resumed
		c.again = c.sent
		if !resumed {
			e.nameAnew(c)
		}
	}
	q.drop((*call).finished) // while the connection was away
	e.pace.on = true
	if e.channel.rejoining && !resumed {
		e.rejoin()
	}
	e.flush()
}

// endRash ends a message of the last session that the server may have refused. Those after it may have been taken: to send it
// again in this one would put it behind them. In the same session the server says once more what it said.
func (e *Engine) endRash(c *call) {
	if !c.over {
		c.over = true
		e.host.Emit(c.req.failed(wire.SendMessageEOther, "sent faster than the server allows, and the session was lost before its answer"))
	}
}

// nameAnew gives an invite that is made again in another session another name, also where it is to be ended: what became
// of it in the last one is not taken for what becomes of it now.
func (e *Engine) nameAnew(c *call) {
	r := c.req
	switch {
	case c.over:
		return
	case r.Op == OpInvite:
		r.ID = e.cfg.NewID()
	case (r.Op == OpEnd || r.Op == OpDTMF) && e.calls.invitingTo(r.Channel, r.Account) != nil:
	default:
		return
	}
	e.calls.bytes -= len(c.args)
	c.fn, c.args = e.encode(r)
	e.calls.bytes += len(c.args)
}

// unanswered returns the calls that were sent and not answered, in the order in which they were sent.
func (q *calls) unanswered() []*call {
	return slices.SortedFunc(maps.Values(q.open), func(a, b *call) int { return int(a.turn - b.turn) })
}

// endCalls ends everything that is pending.
func (e *Engine) endCalls(why cause) {
	q := &e.calls
	all := append(q.unanswered(), q.queue...)
	e.calls = calls{lastID: q.lastID, turns: q.turns}
	e.personal.disconnect()
	e.pace.next = time.Time{}
	for _, c := range all {
		e.end(c, why)
	}
}

// dropWaiting ends what has not been sent.
func (e *Engine) dropWaiting(why cause) {
	q := &e.calls
	waiting := q.queue
	q.queue, q.bytes = nil, 0
	e.pace.next = time.Time{}
	for _, c := range waiting {
		e.end(c, why)
	}
}

func (e *Engine) end(c *call, why cause) {
	if c.over {
		return
	}
	c.over = true
	if c.req.Op >= opPoll {
		return
	}
	if c.req.Op == OpLeave && c.req.Channel == e.channel.name {
		e.channel = channel{} // this is how its end is told
	}
	e.host.Emit(c.req.failed(c.req.Op.code(why), why.String()))
}

// acknowledgeAnswers tells the server which answers it need not keep any longer.
func (e *Engine) acknowledgeAnswers() {
	q := &e.calls
	if len(q.open) == 0 {
		q.open = nil // one that is idle holds nothing
	}
	upTo := q.lastID
	for id := range q.open {
		upTo = min(upTo, id-1)
	}
	for _, c := range q.queue {
		upTo = min(upTo, c.id-1)
	}
	if upTo > q.acked {
		q.acked = upTo
		e.host.Send(e.conn, wire.AppendAck(nil, upTo))
	}
}
