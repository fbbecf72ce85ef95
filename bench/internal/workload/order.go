package workload

import "github.com/agora-signal-go/signal/bench/internal/peer"

// order is what one receiver expects next, per lane.
type order []int

// check returns the lane and the number of a payload, or an error when another one was due.
func (o order) check(p []byte) (lane, seq int, err error) {
	lane, err = peer.Lane(p)
	if err != nil || lane >= len(o) {
		return 0, 0, peer.Check(p, 0, 0)
	}
	seq = o[lane]
	o[lane]++
	return lane, seq, peer.Check(p, lane, seq)
}

// buffers are where payloads are made, one per lane.
type buffers [][peer.Size]byte

func (b buffers) payload(lane, seq int) []byte {
	p := b[lane][:]
	peer.Fill(p, lane, seq)
	return p
}
