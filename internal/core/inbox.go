package core

import "slices"

// inbox is a personal list: what was sent to an account and is not acknowledged yet.
type inbox struct {
	newest  uint64   // version of the last entry that there ever was
	entries []*entry // by version; some may be missing in between
	count   [kinds]int32
	bytes   [kinds]int
}

// kind says which bound an entry counts against.
type kind uint8

const (
	message    kind = iota // what an account is sent
	invitation             // an invite that was not delivered: it may be withdrawn
	callEvent              // the other events of calls, and invites once they were delivered
	kinds
)

type entry struct {
	ver     uint64
	line    []byte
	expires instant
	kind    kind
	pushed  bool   // the account's client may know it: it is not withdrawn any more
	call    string // of an invite: which
	trace   string // of a message: a traceparent, "" for none
}

func (e *entry) size() int {
	const around = 64 // roughly what it takes besides its text
	return len(e.line) + len(e.trace) + around
}

func (b *inbox) stored() int64 {
	return int64(b.bytes[message] + b.bytes[invitation] + b.bytes[callEvent])
}

// hasRoom says whether an entry of that kind and size may come in. Messages on the one hand and calls on the other
// have places of their own, so that neither can crowd the other out.
func (b *inbox) hasRoom(l *Limits, k kind, size int) bool {
	calls := b.bytes[invitation] + b.bytes[callEvent]
	messages, invites, events := int(b.count[message]), int(b.count[invitation]), int(b.count[callEvent])
	switch k {
	case message:
		return messages < l.Messages && b.bytes[message]+size <= l.ListBytes
	case invitation:
		// Once delivered it takes the place of an event.
		return invites < l.Invites && events < l.CallEvents && calls+size <= l.ListBytes/4
	default:
		return events < l.CallEvents && calls+size <= l.ListBytes/4
	}
}

func (b *inbox) add(e *entry) {
	b.newest++
	e.ver = b.newest
	b.entries = append(b.entries, e)
	b.tally(e, 1)
}

func (b *inbox) tally(e *entry, sign int) {
	b.count[e.kind] += int32(sign)
	b.bytes[e.kind] += sign * e.size()
}

// after returns the entries beyond version v.
func (b *inbox) after(v uint64) []*entry {
	i, _ := slices.BinarySearchFunc(b.entries, v+1, byVersion)
	return b.entries[i:]
}

func byVersion(e *entry, v uint64) int {
	switch {
	case e.ver < v:
		return -1
	case e.ver > v:
		return 1
	}
	return 0
}

// drop takes out the entries for which it is asked to.
func (b *inbox) drop(c *Core, out func(e *entry) bool) {
	kept := b.entries[:0]
	for _, e := range b.entries {
		if !out(e) {
			kept = append(kept, e)
			continue
		}
		b.tally(e, -1)
		c.drop(e)
	}
	clear(b.entries[len(kept):])
	if b.entries = kept; len(kept) == 0 {
		c.lists.give(kept)
		b.entries = nil
	}
}

// drop keeps an entry that is in no list for the next one.
func (c *Core) drop(e *entry) {
	*e = entry{}
	c.entries.give(e, maxSpareEntries)
}

const maxSpareEntries = 1024

// find returns the entry of that version, nil when it is gone.
func (b *inbox) find(ver uint64) *entry {
	i, ok := slices.BinarySearchFunc(b.entries, ver, byVersion)
	if !ok {
		return nil
	}
	return b.entries[i]
}

// clean drops entries of an account's list and keeps the Core's account of bytes.
func (c *Core) clean(acc *account, out func(e *entry) bool) {
	c.stored -= acc.inbox.stored()
	acc.inbox.drop(c, out)
	c.stored += acc.inbox.stored()
}

// acknowledge forgets what an account's client has.
func (c *Core) acknowledge(acc *account, ver uint64) {
	if es := acc.inbox.entries; len(es) > 0 && es[0].ver <= ver {
		c.clean(acc, func(e *entry) bool { return e.ver <= ver })
	}
}

// sweepInbox drops what has lived its time.
func (c *Core) sweepInbox(acc *account) {
	c.clean(acc, func(e *entry) bool { return e.expires <= c.at })
	for _, e := range acc.inbox.entries {
		c.setBy(&acc.sweep, e.expires)
	}
	c.forget(acc)
}
