package feed

import "slices"

// A Topic is what belongs together of the events, with those of it that nobody has read yet. Its zero value is ready.
type Topic[E any] struct {
	Name string // for Config.Gap

	kept    []*item[E] // the oldest first
	dropped int        // before those
	read    bool       // somebody has read it: from then on what is marked is never dropped
	end     ending
}

// keep keeps an item until somebody wants it.
//
// +checklocks:f.mu
func (f *Feed[E]) keep(it *item[E]) {
	t := it.topic
	t.kept = append(t.kept, it)
	if t.read {
		f.shorten(t)
		return
	}
	if it.mark != nil {
		it.mark.unread = true
	}
	if len(t.kept) > Kept {
		f.done(t.kept[0])
		t.drop()
	}
}

// relieve is done with what nobody reads and too much waits for.
//
// +checklocks:f.mu
func (f *Feed[E]) relieve() {
	for m := f.marks.blocked(); m != nil; m = f.marks.blocked() {
		f.passed(m)
	}
}

// shorten drops what is too much, though nothing that was marked: who sent that was told that it will be read. That has a
// bound of its own: those of before the first reader, which are few, and those for which others wait.
//
// +checklocks:f.mu
func (f *Feed[E]) shorten(t *Topic[E]) {
	for len(t.kept) > Kept && !t.kept[0].owed {
		t.drop()
	}
}

func (t *Topic[E]) drop() {
	t.kept[0] = nil
	t.kept = t.kept[1:]
	t.dropped++
}

// handOver gives a reader what is kept and what it wants of that.
//
// +checklocks:f.mu
func (f *Feed[E]) handOver(t *Topic[E], r *Reader[E]) {
	if !t.read {
		t.read = true
		for _, it := range t.kept {
			if it.mark != nil {
				it.mark.unread = false
			}
		}
	}
	if t.dropped > 0 && f.cfg.Gap != nil {
		if gap := f.cfg.Gap(t, t.dropped); r.want(gap) {
			f.queue(r, &item[E]{event: gap, topic: t, dropped: t.dropped})
			t.dropped = 0
		}
	}
	left := t.kept[:0]
	for _, it := range t.kept {
		if r.want(it.event) {
			f.queue(r, it)
		} else {
			left = append(left, it)
		}
	}
	t.keepOnly(left)
}

// keepOnly forgets all that is kept but these, which begin the same slice.
func (t *Topic[E]) keepOnly(left []*item[E]) {
	clear(t.kept[len(left):])
	if t.kept = left; len(left) == 0 {
		t.kept = nil
	}
}

// Forget drops what is kept of a topic and is not wanted any more.
func (f *Feed[E]) Forget(t *Topic[E], unwanted func(E) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := t.kept[:0]
	for _, it := range t.kept {
		if unwanted(it.event) {
			f.done(it)
		} else {
			left = append(left, it)
		}
	}
	t.keepOnly(left)
}

// takeBack keeps what a reader leaves unread and no other has.
//
// +checklocks:f.mu
func (f *Feed[E]) takeBack(items []*item[E]) {
	for _, it := range items {
		f.events--
		f.bytes -= it.size
		it.holds--
		switch t := it.topic; {
		case it.holds > 0:
		case it.dropped > 0:
			t.dropped += it.dropped // the next reader is told
		case it.seen || !it.keep:
			f.done(it)
		default:
			at, _ := slices.BinarySearchFunc(t.kept, it, func(a, b *item[E]) int { return int(a.seq) - int(b.seq) })
			t.kept = slices.Insert(t.kept, at, it)
			f.shorten(t)
		}
	}
}
