package core

import (
	"bytes"

	"github.com/agora-signal-go/signal/internal/wire"
)

// answers are kept for a Go client until it says that they arrived, so that a call which it sends again
// after a resume has its effect once.
type answers struct {
	kept  []keptAnswer // oldest first
	bytes int
	last  int64 // the highest number of a call that came
	any   bool  // whether one came
}

type keptAnswer struct {
	num   int64
	frame []byte
	room  string // of a join that succeeded: the channel, whose state is told afresh
}

func (k *keptAnswer) size() int { return len(k.frame) + len(k.room) }

const (
	maxKeptBytes = 64 << 10
	maxKeptRead  = 1 << 10 // a read can be made again; its answer is kept only when it is small
)

// keep remembers an answer, and forgets the oldest when that is too much.
func (a *answers) keep(c *Core, k keptAnswer) {
	if a.kept == nil {
		a.kept = c.answers.take()
	}
	a.kept = append(a.kept, k)
	a.bytes += k.size()
	for len(a.kept) > wire.AnswersKept || a.bytes > maxKeptBytes {
		a.forget(1)
	}
}

func (a *answers) forget(n int) {
	for i := range a.kept[:n] {
		a.bytes -= a.kept[i].size()
		a.kept[i] = keptAnswer{}
	}
	a.kept = a.kept[n:]
}

// arrived frees what a client has got.
func (a *answers) arrived(c *Core, num int64) {
	kept := a.kept[:0]
	a.bytes = 0
	for _, k := range a.kept {
		if k.num > num {
			kept = append(kept, k)
			a.bytes += k.size()
		}
	}
	clear(a.kept[len(kept):])
	if a.kept = kept; len(kept) == 0 {
		c.answers.give(a.kept)
		a.kept = nil // an idle session keeps nothing
	}
}

func (a *answers) find(num int64) (keptAnswer, bool) {
	for _, k := range a.kept {
		if k.num == num {
			return k, true
		}
	}
	return keptAnswer{}, false
}

func (in Ack) apply(c *Core) {
	if s := in.Peer.session; s != nil && s.isGo() {
		s.answers.arrived(c, in.ID)
	}
}

// repeat deals with a call that a Go client sends again. It reports false for one that is to be carried out.
func (c *Core) repeat(s *session, q ask) bool {
	a := &s.answers
	if !a.any || q.num > a.last {
		a.any, a.last = true, q.num
		return false
	}
	if k, ok := a.find(q.num); ok {
		c.answerAgain(s, q, k)
		return true
	}
	for _, p := range s.pending {
		if p.num == q.num {
			return true // its answer is on the way
		}
	}
	for i := range s.deferred {
		if s.deferred[i].num == q.num {
			return true
		}
	}
	return false
}

// answerAgain gives the answer that was given before. Joins and leaves are answered in the order in which they were asked.
func (c *Core) answerAgain(s *session, q ask, k keptAnswer) {
	if moves(q.fn) && (s.onTheMove() || len(s.deferred) > 0) {
		s.deferred = append(s.deferred, q.whole())
		s.deferred[len(s.deferred)-1].again = true
		return
	}
	c.answerNow(s, q, k)
}

func (c *Core) answerNow(s *session, q ask, k keptAnswer) {
	switch {
	case k.room != "":
		c.peek(s, q, k.room)
	case s.peer != nil:
		s.peer.conn.Send(k.frame)
	}
}

// answer gives a call its answer: a Go client on whatever socket it has now, any other on the socket that asked.
func (c *Core) answer(s *session, q ask, ret []byte) {
	frame := c.frame(wire.AppendCallRet(c.buf.empty(), q.id, ret))
	if s.isGo() {
		if q.ints && keeps(q.fn, len(frame)) {
			s.answers.keep(c, keptAnswer{num: q.num, frame: frame})
		}
	} else if s.peer != q.peer {
		return
	}
	if s.peer != nil {
		s.peer.conn.Send(frame)
	}
}

// frame returns what was built in c.buf in memory of its own.
func (c *Core) frame(b []byte) []byte {
	if c.buf.built(b); cap(b) > maxScratch { // c.buf has let go of it
		return b
	}
	return bytes.Clone(b)
}

// answerJoin gives a join its answer. A Go client that asks again is told the state of then.
func (c *Core) answerJoin(s *session, p *pending, ret []byte) {
	if !s.isGo() {
		c.answer(s, p.ask, ret)
		return
	}
	if _, again := s.answers.find(p.num); p.ints && !again {
		s.answers.keep(c, keptAnswer{num: p.num, room: p.channel})
	}
	if s.peer != nil {
		s.peer.conn.Send(c.frame(wire.AppendCallRet(c.buf.empty(), p.id, ret)))
	}
}

// keeps says whether the answer to fn, of that size, is worth keeping.
func keeps(fn string, size int) bool {
	switch fn {
	case wire.FnGetMsg, wire.FnQueryList, wire.FnQueryListAll:
		return false
	case wire.FnQueryStatus, wire.FnGetAttr, wire.FnGetAttrAll, wire.FnQueryNum, wire.FnQueryIsIn:
		return size <= maxKeptRead
	}
	return true
}
