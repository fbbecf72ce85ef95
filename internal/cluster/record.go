package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A record is what a journal has of a partition: inputs, and the time at which they all happen. What is too large for one
// record is in several, of which all but the last say that there is more. A claim is a record by which a node becomes the
// owner; it has a seed for the names that the partition gives out from then on, and ends whatever was not complete.
//
// Each says behind which position it is, so that whoever reads the journal notices what somebody trimmed meanwhile.
//
//	format, flags, node (8 bytes), now (8 bytes, nanoseconds since 1970), position before (8 bytes), seed (32 bytes, of a claim),
//	then per entry: length, entry
type record struct {
	claim bool
	more  bool // the entries go on in the next record
	part  bool // the entries go on from the record before
	node  uint64
	now   int64
	after uint64 // position of the record before; written last, see follow
	seed  [seedSize]byte
	body  []byte
}

const (
	recordFormat = 1
	recordAfter  = 1 + 1 + 8 + 8 // where the position before is
	recordHead   = recordAfter + 8
	seedSize     = 32

	flagClaim = 1 << 0
	flagMore  = 1 << 1
	flagPart  = 1 << 2
)

var errRecord = errors.New("cluster: damaged record")

func (r *record) append(dst []byte) []byte {
	var flags byte
	if r.claim {
		flags |= flagClaim
	}
	if r.more {
		flags |= flagMore
	}
	if r.part {
		flags |= flagPart
	}
	dst = append(dst, recordFormat, flags)
	dst = binary.LittleEndian.AppendUint64(dst, r.node)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.now))
	dst = binary.LittleEndian.AppendUint64(dst, r.after)
	if r.claim {
		dst = append(dst, r.seed[:]...)
	}
	return append(dst, r.body...)
}

// follow writes into a record behind which position it is.
func follow(b []byte, after uint64) { binary.LittleEndian.PutUint64(b[recordAfter:], after) }

func parseRecord(b []byte) (r record, err error) {
	switch {
	case len(b) < recordHead:
		return r, fmt.Errorf("%w: %d bytes", errRecord, len(b))
	case b[0] != recordFormat:
		return r, fmt.Errorf("%w: format %d, want %d", errRecord, b[0], recordFormat)
	}
	flags := b[1]
	r.claim, r.more, r.part = flags&flagClaim != 0, flags&flagMore != 0, flags&flagPart != 0
	r.node = binary.LittleEndian.Uint64(b[2:])
	r.now = int64(binary.LittleEndian.Uint64(b[10:]))
	r.after = binary.LittleEndian.Uint64(b[recordAfter:])
	b = b[recordHead:]
	if r.claim {
		if len(b) < seedSize {
			return r, fmt.Errorf("%w: a claim without a seed", errRecord)
		}
		copy(r.seed[:], b)
		b = b[seedSize:]
	}
	r.body = b
	return r, nil
}

// time returns when what the record holds happens. It has no monotonic part: it means the same everywhere.
func (r *record) time() time.Time { return time.Unix(0, r.now).UTC() }

// stamp returns a time as a record tells it.
func stamp(t time.Time) time.Time { return time.Unix(0, t.UnixNano()).UTC() }

// appendItem appends a length and so many bytes.
func appendItem(dst, item []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(item))), item...)
}

// cutItem undoes appendItem.
func cutItem(b []byte) (item, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, errRecord
	}
	b = b[size:]
	return b[:n:n], b[n:], nil
}

func appendUint(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }

// A reader reads what the append functions wrote. After the first thing that is not there it reads zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) item() []byte {
	item, rest, err := cutItem(r.b)
	if err != nil {
		r.b, r.bad = nil, true
		return nil
	}
	r.b = rest
	return item
}

func (r *reader) text() string { return string(r.item()) }

// count reads how many follow, of which each takes a byte at least.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return 0
	}
	return int(n)
}

func (r *reader) flag() bool { return r.uint() != 0 }
