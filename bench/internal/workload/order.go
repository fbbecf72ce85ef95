package workload

import (
	"fmt"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// order is what one receiver expects next, per lane.
type order []int

// check returns the lane of a payload, or an error when another one was due. The lane's next one is due then.
func (o order) check(p []byte) (lane int, err error) {
	lane, err = peer.Lane(p)
	if err != nil || lane >= len(o) {
		return 0, fmt.Errorf("want a payload of lanes 0 to %d, got %q", len(o)-1, p)
	}
	seq := o[lane]
	o[lane]++
	return lane, peer.Check(p, lane, seq)
}

// buffers are where payloads are made, one per lane.
type buffers [][peer.Size]byte

func (b buffers) payload(lane, seq int) []byte {
	p := b[lane][:]
	peer.Fill(p, lane, seq)
	return p
}
