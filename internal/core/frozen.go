package core

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"time"
)

// This file and frozen*.go are a Core that is written down. Each has the writing of a part and then the reading of it.
//
// The text is a format number and a list of records: what a Core has itself, its accounts, its channels. Whatever may get a
// field more is a record, so that a later version adds it at the end and reads what is missing as it was without. A checksum
// ends it. What follows from the rest (sums, tables by another key) is not in it.

// frozenFormat is what a text begins with. A version that can not be read as this one is has another.
const frozenFormat = 1

// ErrFormat means that a Core was written down by a version that is not compatible with this one, or for other Cores.
var ErrFormat = errors.New("core: not of this format")

// Freeze appends all that the Core is, so that Thaw makes one which goes on exactly as this one does. Equal Cores give equal
// bytes, whichever way they came to be so. All Peers have names (see NewNamedPeer), and the times that the Core was told have no
// monotonic reading. It holds the secrets of all sessions, but no token. It changes nothing.
func (c *Core) Freeze(dst []byte) []byte {
	start := len(dst)
	f := freezer{writer: writer{append(dst, frozenFormat)}, c: c}
	f.core()
	f.accounts()
	f.channels()
	sum := crc32.Checksum(f.b[start:], crc32.MakeTable(crc32.Castagnoli))
	return append(f.b, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
}

const sumLen = 4

// Thaw returns the Core that Freeze wrote down, which had that index, and its Peers in the order of their names. Of cfg it
// keeps what is no state; that Cores are as many as they were is checked, and the limits are those that were in force.
// For each Peer conn says what it sends to and what is called when its LineLogin is decided, which may be nil for one that is
// through with that. Nothing is part of b. The error is an ErrDamaged or an ErrFormat.
func Thaw(cfg Config, index int, b []byte, conn func(PeerID) (Conn, func(account string))) (*Core, []*Peer, error) {
	if len(b) < 1+sumLen {
		return nil, nil, fmt.Errorf("%w: want %d bytes at least, got %d", ErrDamaged, 1+sumLen, len(b))
	}
	text, end := b[:len(b)-sumLen], b[len(b)-sumLen:]
	sum := crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli))
	if got := uint32(end[0]) | uint32(end[1])<<8 | uint32(end[2])<<16 | uint32(end[3])<<24; got != sum {
		return nil, nil, fmt.Errorf("%w: want the checksum %08x, got %08x", ErrDamaged, sum, got)
	}
	if text[0] != frozenFormat {
		return nil, nil, fmt.Errorf("%w: want format %d, got %d", ErrFormat, frozenFormat, text[0])
	}
	t := thawer{reader: reader{b: text[1:]}, c: New(cfg, index), conn: conn, known: make(map[PeerID]struct{})}
	t.core()
	t.accounts()
	t.channels()
	if t.err != nil {
		return nil, nil, t.err
	}
	heap.Init(&t.c.timers)
	return t.c, t.c.peers(), nil
}

// A freezer writes a Core down.
type freezer struct {
	writer
	c     *Core
	app   string   // of what was written last
	names []string // in order, of what is written just now
}

// A thawer reads a Core.
type thawer struct {
	reader
	c     *Core
	conn  func(PeerID) (Conn, func(account string))
	known map[PeerID]struct{} // sockets that were there
	app   string              // of what was read last
	acc   *account            // that is read just now
}

// record lets read take a record apart, and reads over what it leaves.
func (t *thawer) record(read func()) {
	rest := t.reader
	t.reader = rest.record()
	read()
	rest.join(&t.reader)
	t.reader = rest
}

// core writes what the Core has itself.
func (f *freezer) core() {
	c := f.c
	start := f.begin()
	f.uvarint(uint64(c.cfg.Cores))
	f.uvarint(uint64(c.index))
	f.limits(&c.limits)
	f.bool(!c.start.IsZero())
	if !c.start.IsZero() {
		f.varint(c.start.UnixNano())
		f.uvarint(uint64(c.at))
	}
	f.uvarint(c.lastSession)
	f.uvarint(c.lastJoin)
	f.uvarint(c.timerSeq)
	watched := make([]entity, 0, len(c.watched))
	for e := range c.watched {
		watched = append(watched, e)
	}
	slices.SortFunc(watched, entity.compare)
	f.uvarint(uint64(len(watched)))
	for _, e := range watched {
		f.text(e.app)
		f.text(e.name)
	}
	freezeRecent(f, &c.kicked, func(why End) { f.text(string(why)) })
	f.end(start)
}

func (e entity) compare(other entity) int {
	return cmp.Or(strings.Compare(e.app, other.app), strings.Compare(e.name, other.name))
}

func (t *thawer) core() {
	t.record(func() {
		c := t.c
		if cores, index := t.uvarint(), t.uvarint(); t.err == nil && (cores != uint64(c.cfg.Cores) || index != uint64(c.index)) {
			t.err = fmt.Errorf("%w: want Core %d of %d, got %d of %d", ErrFormat, c.index, c.cfg.Cores, index, cores)
		}
		c.limits = t.limits()
		t.check(c.limits.inForce(), "limits that are in force")
		if t.bool() {
			const longest, latest = math.MaxInt64 / 4, math.MaxInt64 / 2 // let instants be added
			start, at := t.varint(), t.uvarint()
			t.check(at <= longest && -latest <= start && start <= latest, "a time of our age")
			c.at = instant(at)
			c.start, c.now = time.Unix(0, start), time.Unix(0, start+int64(at))
		}
		c.lastSession = t.uvarint()
		c.lastJoin = t.uvarint()
		c.timerSeq = t.uvarint()
		for range t.count(2) {
			c.watched[entity{c.names.get(t.blob()), t.text()}] = struct{}{}
		}
		thawRecent(t, &c.kicked, func() End { return End(t.text()) })
	})
}

// timer writes when a timer is due; 0 when it is not set.
func (f *freezer) timer(t *timer) {
	if !t.isSet() {
		f.uvarint(0)
		return
	}
	f.uvarint(t.seq) // from 1 on
	f.varint(int64(t.at))
}

// timer reads a timer, whose owner is set, and puts it where all are.
func (t *thawer) timer(into *timer) {
	seq := t.uvarint()
	if seq == 0 {
		return
	}
	t.check(seq <= t.c.timerSeq, "a timer that was set")
	into.seq, into.at = seq, instant(t.varint())
	t.c.timers = append(t.c.timers, into)
	into.pos = len(t.c.timers)
}

// freezeRecent writes what is remembered, the oldest first. Nothing is the same as nil.
func freezeRecent[V any](f *freezer, r *recent[V], value func(V)) {
	f.uvarint(uint64(r.len()))
	if r.len() == 0 {
		return
	}
	f.timer(&r.timer)
	for i := range r.order.len {
		s := r.order.all[(r.order.begin+i)%len(r.order.all)]
		v, _ := r.known.get(s.key)
		f.fixed(s.key[:])
		f.varint(int64(s.expires))
		value(v)
	}
}

// thawRecent reads what freezeRecent wrote, of something.
func thawRecent[V any](t *thawer, r *recent[V], value func() V) {
	n := t.count(len(digest{}) + 2)
	if n == 0 {
		return
	}
	r.timer.owner = r
	t.timer(&r.timer)
	for range n {
		s := stamp{t.digest(), instant(t.varint())}
		v := value()
		_, again := r.known.get(s.key)
		if t.check(!again && s.key != digest{}, "another key"); t.err != nil {
			return
		}
		r.known.put(s.key, v)
		r.order.push(s)
	}
}

// attrs writes attributes in the order of their names.
func (f *freezer) attrs(a *attrs) {
	f.names = f.names[:0]
	for name := range a.values {
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
	f.uvarint(uint64(len(f.names)))
	for _, name := range f.names {
		f.text(name)
		f.text(a.values[name])
	}
}

func (t *thawer) attrs(a *attrs) {
	n := t.count(2)
	if n == 0 {
		return
	}
	a.values = make(map[string]string)
	for range n {
		name, value := t.c.names.get(t.blob()), t.text()
		a.values[name] = value
		a.bytes += attrSize(name, value)
	}
	t.check(len(a.values) == n, "attributes of different names")
}

// name writes an app and a name in it, the app only when it is another than before.
func (f *freezer) name(app, name string) {
	f.bool(app == f.app)
	if app != f.app {
		f.text(app)
		f.app = app
	}
	f.text(name)
}

func (t *thawer) name() (app, name string) {
	if !t.bool() {
		t.app = t.text()
	}
	return t.app, t.text()
}
