package core

import (
	"bytes"

	"github.com/agora-signal-go/signal/internal/wire"
)

func (f *freezer) session(s *session) {
	f.uvarint(s.id)
	f.text(s.line)
	f.text(s.device)
	f.text(s.instance)
	f.varint(s.seq)
	f.bool(s.mayWatch)
	f.bool(s.byID)
	f.bool(s.peer != nil)
	if s.peer != nil {
		f.peerID(s.peer.id)
	}
	f.bool(s.arrival != nil)
	if s.arrival != nil {
		start := f.begin()
		f.arrival(s.arrival)
		f.end(start)
	}
	f.uvarint(s.replay)
	f.varint(int64(s.downAt))
	f.timer(&s.expiry)
	f.text(s.want)
	f.text(s.channel)
	f.uvarint(s.join)
	f.text(s.kicked)
	f.uvarint(s.handed)
	f.uvarint(s.sure)
	f.uvarint(s.asked)
	f.varint(int64(s.calls))
	f.uvarint(uint64(len(s.pending)))
	for _, p := range s.pending {
		start := f.begin()
		f.pending(s, p)
		f.end(start)
	}
	if s.moving != nil {
		f.uvarint(s.moving.number)
	} else {
		f.uvarint(0)
	}
	f.uvarint(uint64(len(s.deferred)))
	for i := range s.deferred {
		f.askRecord(s, &s.deferred[i])
	}
	f.bool(s.logout != nil)
	if s.logout != nil {
		f.askRecord(s, s.logout)
	}
	f.answers(&s.answers)
}

func (t *thawer) session() {
	c := t.c
	s := &session{acc: t.acc, id: t.uvarint(), line: t.text(), device: c.names.get(t.blob()), instance: t.text(), seq: t.varint()}
	s.expiry.owner = s
	s.mayWatch, s.byID = t.bool(), t.bool()
	if t.bool() {
		s.peer, _ = t.peer()
		s.peer.session = s
	}
	if t.bool() {
		t.record(func() { s.arrival = t.arrival() })
	}
	s.replay = t.uvarint()
	s.downAt = instant(t.varint())
	t.timer(&s.expiry)
	s.want, s.channel, s.join, s.kicked = t.text(), t.text(), t.uvarint(), t.text()
	s.handed, s.sure = t.uvarint(), t.uvarint()
	s.asked = t.uvarint()
	s.calls = bucket(t.varint())
	for range t.count(1) {
		t.record(func() { t.pending(s) })
	}
	if moving := t.uvarint(); moving != 0 {
		for _, p := range s.pending {
			if p.number == moving {
				s.moving = p
			}
		}
		t.check(s.moving != nil, "a call that is pending")
	}
	for range t.count(1) {
		s.deferred = append(s.deferred, t.askRecord(s))
	}
	if t.bool() {
		q := t.askRecord(s)
		s.logout = &q
	}
	t.answers(&s.answers)
	t.check(0 < s.id && s.id <= c.lastSession && c.sessions[s.id] == nil && c.lines[s.line] == nil, "another session")
	t.check(s.join <= c.lastJoin && (s.join == 0 || c.joins[s.join] == nil), "another join")
	t.check(s.peer == nil || s.arrival == nil, "one socket")
	t.check(s.handed <= s.acc.inbox.newest, "a version that there was")
	if t.err != nil {
		return
	}
	c.begin(s)
	if s.join != 0 {
		c.joins[s.join] = s
	}
}

// peer reads a socket that is there.
func (t *thawer) peer() (p *Peer, done func(account string)) {
	p = &Peer{id: t.peerID()}
	_, again := t.known[p.id]
	if t.check(!again, "another socket"); t.err != nil {
		return p, nil
	}
	t.known[p.id] = struct{}{}
	p.conn, done = t.conn(p.id)
	return p, done
}

func (f *freezer) arrival(a *arrival) {
	f.peerID(a.peer.id)
	f.text(a.login.Line)
	f.bool(a.login.Resume)
	f.uvarint(a.login.VerClear)
	f.text(a.login.Channel)
	f.uvarint(a.login.MsgID)
}

func (t *thawer) arrival() *arrival {
	p, done := t.peer()
	return &arrival{peer: p, done: done, login: wire.LineLogin{
		Line: t.text(), Resume: t.bool(), VerClear: t.uvarint(), Channel: t.text(), MsgID: t.uvarint(),
	}}
}

func (f *freezer) pending(s *session, p *pending) {
	f.askRecord(s, &p.ask)
	f.uvarint(p.number)
	f.text(p.channel)
	f.uvarint(p.join)
	f.bool(p.peek)
	f.text(p.call)
	f.bool(p.ext)
}

func (t *thawer) pending(s *session) {
	p := &pending{
		ask: t.askRecord(s), number: t.uvarint(), channel: t.text(), join: t.uvarint(), peek: t.bool(), call: t.text(), ext: t.bool(),
	}
	last := uint64(0)
	if n := len(s.pending); n > 0 {
		last = s.pending[n-1].number
	}
	t.check(last < p.number && p.number <= s.asked, "a later call")
	s.pending = append(s.pending, p)
	if p.peek {
		s.peeks++
	}
}

func (f *freezer) askRecord(s *session, q *ask) {
	start := f.begin()
	f.blob(q.id)
	f.text(q.fn)
	f.blob(q.raw)
	f.bool(q.peer == s.peer) // else it is gone: an answer must not find it
	if q.peer != s.peer {
		f.peerID(q.peer.id)
	}
	f.bool(q.probe)
	f.bool(q.again)
	f.end(start)
}

func (t *thawer) askRecord(s *session) (q ask) {
	t.record(func() {
		q.id = t.value()
		q.num, q.ints = q.id.Int()
		t.check(q.id.IsNumber(), "the number of a call")
		q.fn = t.c.names.get(t.blob())
		if raw := t.value(); raw != nil {
			t.check(raw.IsObject(), "the arguments of a call")
			q.raw = raw
		}
		if t.bool() {
			t.check(s.peer != nil, "a socket")
			q.peer = s.peer
		} else {
			q.peer = &Peer{id: t.peerID()}
		}
		q.probe, q.again = t.bool(), t.bool()
	})
	return q
}

// value reads one JSON value, nil for none.
func (t *thawer) value() wire.Value {
	b := t.clone()
	if len(b) == 0 {
		return nil
	}
	v, err := wire.ParseValue(b)
	t.check(err == nil && len(v) == len(b), "a JSON value")
	if t.err != nil {
		return nil
	}
	return v
}

func (f *freezer) answers(a *answers) {
	f.bool(a.any)
	f.varint(a.last)
	f.uvarint(uint64(len(a.kept)))
	for _, k := range a.kept {
		start := f.begin()
		f.varint(k.num)
		f.blob(k.frame)
		f.text(k.room)
		f.end(start)
	}
}

func (t *thawer) answers(a *answers) {
	a.any, a.last = t.bool(), t.varint()
	for range t.count(1) {
		t.record(func() {
			k := keptAnswer{num: t.varint(), frame: bytes.Clone(t.blob()), room: t.text()}
			a.kept = append(a.kept, k)
			a.bytes += k.size()
		})
	}
}
