package cluster

import (
	"encoding/binary"
	"errors"
)

// A beat is what every node tells all others of itself, some times a second and whenever it has changed.
type beat struct {
	node       uint64
	partitions int
	draining   bool     // it will be gone: it is to own nothing
	settling   bool     // it has just come: what somebody owns it takes over a little later
	addresses  []string // where clients reach it
	shut       []string // apps that are closed there
	owned      []ownership
}

type ownership struct {
	partition int
	claim     uint64
}

const beatFormat = 1

var errBeat = errors.New("cluster: damaged beat")

func (b *beat) bytes() []byte {
	dst := []byte{beatFormat}
	dst = binary.LittleEndian.AppendUint64(dst, b.node)
	dst = appendUint(dst, uint64(b.partitions))
	dst = appendUint(appendUint(dst, flagOf(b.draining)), flagOf(b.settling))
	for _, list := range [][]string{b.addresses, b.shut} {
		dst = appendUint(dst, uint64(len(list)))
		for _, text := range list {
			dst = appendItem(dst, []byte(text))
		}
	}
	dst = appendUint(dst, uint64(len(b.owned)))
	for _, o := range b.owned {
		dst = appendUint(appendUint(dst, uint64(o.partition)), o.claim)
	}
	return dst
}

func parseBeat(data []byte) (b beat, err error) {
	if len(data) < 9 || data[0] != beatFormat {
		return b, errBeat
	}
	b.node = binary.LittleEndian.Uint64(data[1:])
	in := reader{b: data[9:]}
	b.partitions = int(in.uint())
	b.draining, b.settling = in.flag(), in.flag()
	for _, list := range []*[]string{&b.addresses, &b.shut} {
		for range in.count() {
			*list = append(*list, in.text())
		}
	}
	for range in.count() {
		o := ownership{partition: int(in.uint()), claim: in.uint()}
		if o.partition < 0 || o.partition >= b.partitions {
			return b, errBeat
		}
		b.owned = append(b.owned, o)
	}
	if in.bad {
		return b, errBeat
	}
	return b, nil
}
