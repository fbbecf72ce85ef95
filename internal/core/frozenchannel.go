package core

import (
	"math"
	"slices"
	"time"
)

func (f *freezer) channels() {
	all := make([]*channel, 0, len(f.c.channels))
	for _, ch := range f.c.channels {
		all = append(all, ch)
	}
	slices.SortFunc(all, func(a, b *channel) int { return entity{a.app, a.name}.compare(entity{b.app, b.name}) })
	f.uvarint(uint64(len(all)))
	for _, ch := range all {
		start := f.begin()
		f.channel(ch)
		f.end(start)
	}
}

// How long the records of channels and of members are at least.
const (
	leastChannel = 20
	leastMember  = 6
)

func (t *thawer) channels() {
	n := t.count(leastChannel)
	t.c.channels = make(map[entity]*channel, n)
	for range n {
		t.record(t.channel)
	}
	t.check(len(t.c.channels) == n, "channels of different names")
}

func (f *freezer) channel(ch *channel) {
	f.name(ch.app, ch.name)
	f.text(ch.epoch)
	f.uvarint(ch.msgID)
	f.varint(int64(ch.ttl))
	f.members(&ch.members)
	f.attrs(&ch.attrs)
	f.history(&ch.history)
	freezeRecent(f, ch.keys, func(o outcome) { f.byte(byte(o)) })
	f.rates(&ch.rates)
	f.uvarint(ch.counts.joins)
	f.ticker(&ch.counts.members)
	f.ticker(&ch.counts.total)
	f.bool(ch.silent)
	f.timer(&ch.expiry)
	f.varint(int64(ch.emptiedAt))
}

func (t *thawer) channel() {
	app, name := t.name()
	ch := newChannel(app, name, t.text())
	ch.msgID = t.uvarint()
	ch.ttl = time.Duration(t.varint())
	t.members(&ch.members)
	t.attrs(&ch.attrs)
	t.history(&ch.history, ch.msgID)
	ch.keys = t.keys(newChannelKeys())
	t.rates(&ch.rates)
	ch.counts.joins = t.uvarint()
	t.ticker(&ch.counts.members)
	t.ticker(&ch.counts.total)
	ch.silent = t.bool()
	t.timer(&ch.expiry)
	ch.emptiedAt = instant(t.varint())
	if t.err != nil {
		return
	}
	t.c.channels[entity{app, name}] = ch
	if ch.members.len() == 0 {
		t.c.memberless++
	}
}

// members writes them in the order of joining.
func (f *freezer) members(ms *members) {
	f.uvarint(uint64(ms.len()))
	for mb := ms.first; mb != nil; mb = mb.newer {
		start := f.begin()
		f.text(mb.account)
		f.uvarint(uint64(mb.core))
		f.uvarint(mb.session)
		f.uvarint(mb.join)
		f.uvarint(mb.since)
		f.end(start)
	}
}

func (t *thawer) members(ms *members) {
	n := t.count(leastMember)
	if n > 0 {
		ms.byAccount = make(map[string]*member, n)
	}
	for range n {
		t.record(func() {
			mb := &member{
				account: t.text(), core: t.index(uint64(t.c.cfg.Cores), "the index of a Core"),
				session: t.uvarint(), join: t.uvarint(), since: t.uvarint(),
			}
			if t.check(ms.byAccount[mb.account] == nil, "another member"); t.err == nil {
				ms.add(mb)
			}
		})
	}
}

func (f *freezer) history(h *history) {
	f.uvarint(h.first)
	f.uvarint(uint64(len(h.frames)))
	for _, frame := range h.frames {
		f.blob(frame)
	}
}

func (t *thawer) history(h *history, newest uint64) {
	h.first = t.uvarint()
	n := t.count(1)
	t.check(n == 0 || (0 < h.first && h.first <= newest && newest-h.first == uint64(n)-1), "the newest events")
	for range n {
		frame := t.clone()
		h.frames = append(h.frames, frame)
		h.bytes += len(frame)
	}
}

func (f *freezer) rates(r *rates) {
	f.varint(int64(r.sendLimit))
	f.varint(int64(r.setLimit))
	f.varint(int64(r.sent))
	f.varint(int64(r.changed))
	f.names = f.names[:0]
	for name := range r.attrs {
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
	f.uvarint(uint64(len(f.names)))
	for _, name := range f.names {
		f.text(name)
		f.varint(int64(r.attrs[name]))
	}
	f.timer(&r.sweep)
}

func (t *thawer) rates(r *rates) {
	r.sendLimit, r.setLimit = t.int(), t.int()
	r.sent, r.changed = bucket(t.varint()), bucket(t.varint())
	n := t.count(2)
	if n > 0 {
		r.attrs = make(map[string]bucket)
	}
	for range n {
		name := t.text()
		r.attrs[name] = bucket(t.varint())
	}
	t.check(len(r.attrs) == n, "attributes of different names")
	t.timer(&r.sweep)
}

func (f *freezer) ticker(t *ticker) {
	f.uvarint(uint64(t.every))
	f.varint(int64(t.since))
	f.timer(&t.timer)
}

func (t *thawer) ticker(into *ticker) {
	every := t.uvarint()
	t.check(every <= math.MaxInt64, "a duration")
	into.every = time.Duration(every)
	into.since = instant(t.varint())
	t.timer(&into.timer)
}
