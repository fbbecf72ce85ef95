package core

import (
	"bytes"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

func (f *freezer) accounts() {
	all := make([]*account, 0, len(f.c.accounts))
	for _, acc := range f.c.accounts {
		all = append(all, acc)
	}
	slices.SortFunc(all, func(a, b *account) int { return entity{a.app, a.name}.compare(entity{b.app, b.name}) })
	f.uvarint(uint64(len(all)))
	for _, acc := range all {
		start := f.begin()
		f.account(acc)
		f.end(start)
	}
}

// leastAccount is how long the record of an account is at least.
const leastAccount = 14

func (t *thawer) accounts() {
	n := t.count(leastAccount)
	t.c.accounts = make(map[entity]*account, n)
	for range n {
		t.record(t.account)
	}
	t.check(len(t.c.accounts) == n, "accounts of different names")
}

func (f *freezer) account(acc *account) {
	f.name(acc.app, acc.name)
	f.text(acc.epoch)
	f.varint(int64(acc.connTimeout))
	f.attrs(&acc.attrs)
	f.inbox(&acc.inbox)
	f.timer(&acc.sweep)
	f.varint(int64(acc.sent))
	freezeRecent(f, acc.keys, func(o outcome) { f.byte(byte(o)) })
	f.uvarint(uint64(len(acc.incoming)))
	for _, cl := range acc.incoming {
		start := f.begin()
		f.call(cl)
		f.end(start)
	}
	f.uvarint(uint64(len(acc.outgoing)))
	for _, o := range acc.outgoing {
		start := f.begin()
		f.text(o.id)
		f.text(o.channel)
		f.text(o.peer)
		f.bool(o.accepted)
		f.end(start)
	}
	f.bool(acc.session != nil)
	if acc.session != nil {
		start := f.begin()
		f.session(acc.session)
		f.end(start)
	}
}

func (t *thawer) account() {
	app, name := t.name()
	acc := newAccount(app, name, t.text())
	t.acc = acc
	acc.connTimeout = t.int()
	t.attrs(&acc.attrs)
	t.inbox(&acc.inbox)
	t.timer(&acc.sweep)
	acc.sent = bucket(t.varint())
	acc.keys = t.keys(acc.newKeys())
	for range t.count(1) {
		t.record(t.call)
	}
	for range t.count(1) {
		t.record(func() {
			acc.outgoing = append(acc.outgoing, outgoing{id: t.text(), channel: t.text(), peer: t.text(), accepted: t.bool()})
		})
	}
	if t.bool() {
		t.record(t.session)
	}
	if t.err == nil {
		t.c.accounts[entity{app, name}] = acc
		t.c.stored += acc.inbox.stored()
	}
}

// keys reads what messages were answered that may come again; nil when there are none.
func (t *thawer) keys(r *recent[outcome]) *recent[outcome] {
	thawRecent(t, r, func() outcome { return outcome(t.index(uint64(noRoom)+1, "what a message was answered")) })
	if r.len() == 0 {
		return nil
	}
	return r
}

func (f *freezer) inbox(b *inbox) {
	f.uvarint(b.newest)
	f.uvarint(uint64(len(b.entries)))
	for _, e := range b.entries {
		start := f.begin()
		f.uvarint(e.ver)
		f.blob(e.line)
		f.varint(int64(e.expires))
		f.byte(byte(e.kind))
		f.text(e.call)
		f.bool(e.pushed)
		if e.trace != "" { // as it was before there were any, where there is none
			f.text(e.trace)
		}
		f.end(start)
	}
}

func (t *thawer) inbox(b *inbox) {
	b.newest = t.uvarint()
	n := t.count(1)
	if n > 0 {
		b.entries = make([]*entry, 0, n)
	}
	for range n {
		t.record(func() {
			e := &entry{ver: t.uvarint(), line: bytes.Clone(t.blob()), expires: instant(t.varint())}
			e.kind = kind(t.index(uint64(kinds), "a kind of entry"))
			e.call, e.pushed = t.text(), t.bool()
			if len(t.b) > 0 {
				e.trace = t.text()
				t.check(wire.IsTrace(e.trace), "a trace")
			}
			last := uint64(0)
			if len(b.entries) > 0 {
				last = b.entries[len(b.entries)-1].ver
			}
			if t.check(last < e.ver && e.ver <= b.newest && wire.IsLine(e.line), "a line of a later version"); t.err == nil {
				b.entries = append(b.entries, e)
				b.tally(e, 1)
			}
		})
	}
}

func (f *freezer) call(cl *call) {
	f.text(cl.id)
	f.text(cl.channel)
	f.text(cl.caller)
	f.text(cl.extra)
	f.bool(cl.options.RequirePeerOnline)
	f.varint(int64(cl.options.Timeout))
	f.varint(int64(cl.options.RingTimeout))
	f.byte(byte(cl.state))
	f.bool(cl.late)
	f.uvarint(cl.ver)
	f.timer(&cl.timer)
}

func (t *thawer) call() {
	cl := &call{
		id: t.text(), channel: t.text(), caller: t.text(), extra: t.text(),
		options: wire.InviteOptions{
			RequirePeerOnline: t.bool(), Timeout: time.Duration(t.varint()), RingTimeout: time.Duration(t.varint()),
		},
		state: callState(t.index(uint64(accepted)+1, "a state of a call")), late: t.bool(), ver: t.uvarint(),
		callee: t.acc,
	}
	cl.timer.owner = cl
	t.timer(&cl.timer)
	t.acc.incoming = append(t.acc.incoming, cl)
}
