package core

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// This file is how values stand in bytes: in entries, in Messages and in a Core that is written down. Numbers are varints, texts
// have their length before them.

// ErrDamaged means that bytes are not what was written.
var ErrDamaged = errors.New("core: damaged")

// A writer appends values.
type writer struct{ b []byte }

func (w *writer) byte(v byte)      { w.b = append(w.b, v) }
func (w *writer) uvarint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) varint(v int64)   { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) fixed(v []byte)   { w.b = append(w.b, v...) }

func (w *writer) bool(v bool) {
	if v {
		w.byte(1)
	} else {
		w.byte(0)
	}
}

func (w *writer) text(v string) {
	w.uvarint(uint64(len(v)))
	w.b = append(w.b, v...)
}

func (w *writer) blob(v []byte) {
	w.uvarint(uint64(len(v)))
	w.b = append(w.b, v...)
}

func (w *writer) peerID(id PeerID) {
	w.uvarint(id.Node)
	w.uvarint(id.Socket)
}

// begin begins a record, which has its length before it; end, with what begin returned, ends it. A later version may write
// more at the end of a record than this one, which reads over it.
func (w *writer) begin() (start int) {
	w.byte(0) // most are short
	return len(w.b)
}

func (w *writer) end(start int) {
	var head [binary.MaxVarintLen64]byte
	length := len(w.b) - start
	n := binary.PutUvarint(head[:], uint64(length))
	w.b = append(w.b, head[1:n]...)
	copy(w.b[start+n-1:], w.b[start:start+length])
	copy(w.b[start-1:], head[:n])
}

// A reader takes off values. The first that is not there, or is not what it has to be, is its err; from then on all are zero.
type reader struct {
	b   []byte
	err error
}

// fail notes what was expected in place of what there is.
func (r *reader) fail(want string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: want %s %d bytes before the end", ErrDamaged, want, len(r.b))
	}
	r.b = nil
}

func (r *reader) check(ok bool, want string) {
	if !ok {
		r.fail(want)
	}
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail("a byte")
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) bool() bool {
	v := r.byte()
	r.check(v <= 1, "0 or 1")
	return v == 1
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("a number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail("a number with a sign")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// index reads a number below n.
func (r *reader) index(n uint64, want string) int {
	v := r.uvarint()
	if v >= n {
		r.fail(want)
		return 0
	}
	return int(v)
}

// int reads a number with a sign that fits an int.
func (r *reader) int() int {
	v := r.varint()
	if v < math.MinInt || v > math.MaxInt {
		r.fail("a number that fits an int")
		return 0
	}
	return int(v)
}

// count reads how many there are of what takes at least size bytes each: no more than can be.
func (r *reader) count(size int) int {
	return r.index(uint64(len(r.b)/size)+1, "a count of what follows")
}

// fixed returns the next n bytes, which are part of what is read.
func (r *reader) fixed(n int) []byte {
	if n > len(r.b) {
		r.fail("more bytes")
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// blob returns bytes that are part of what is read.
func (r *reader) blob() []byte { return r.fixed(r.count(1)) }

func (r *reader) text() string { return string(r.blob()) }

// clone returns bytes of their own, nil for none.
func (r *reader) clone() []byte { return append([]byte(nil), r.blob()...) }

func (r *reader) peerID() PeerID { return PeerID{Node: r.uvarint(), Socket: r.uvarint()} }

func (r *reader) digest() (d digest) {
	copy(d[:], r.fixed(len(d)))
	return d
}

// record returns a reader of the record that follows. What is left of it when it has been read is of a later version.
func (r *reader) record() reader { return reader{b: r.blob(), err: r.err} }

// join takes over the error of the reader of a record.
func (r *reader) join(record *reader) {
	if r.err == nil && record.err != nil {
		r.err, r.b = record.err, nil
	}
}

// end reports what was wrong, and be it that there is more.
func (r *reader) end() error {
	r.check(len(r.b) == 0, "no more")
	return r.err
}
