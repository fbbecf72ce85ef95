package sim

import (
	"bytes"
	"time"

	"github.com/agora-signal-go/signal/internal/cluster"
)

// publish carries a message to the nodes that listen to its subject: late, or not at all, and in order for each pair.
func (b *broker) publish(from *node, subject string, data []byte) {
	data = bytes.Clone(data)
	if from.isCut() && !b.oneOf(3) { // else it waits in the sender's memory
		return
	}
	held := from.cutTill
	if !b.now().Before(held) {
		held = b.now()
	}
	for _, to := range b.all {
		switch {
		case to.dead:
		case subject == cluster.SubjectBeats:
			b.carry(from, to, subject, held, func() { to.n.HearBeat(data) })
		case subject == cluster.SubjectOf(to.id):
			b.carry(from, to, subject, held, func() { to.n.HearPiece(data) })
		}
	}
}

func (b *broker) carry(from, to *node, subject string, at time.Time, hear func()) {
	if b.now().Before(b.lossyTill) && b.oneOf(b.lossy) || from != to && (from.loses() || to.loses()) {
		b.world.count(faultPrefix + "message between nodes lost")
		return
	}
	most := b.profile.bus
	if b.now().Before(b.slowBusTill) {
		most = 2 * time.Second
	}
	at = at.Add(b.between(0, most))
	way := lineOf{from.id, to.id, subject}
	if last := b.arrivals[way]; at.Before(last) {
		at = last
	}
	b.arrivals[way] = at
	b.world.at(at, func() {
		if to.isCut() || to.asleep() && to.forgets {
			b.world.count(faultPrefix + "message between nodes lost")
			return
		}
		to.after(0, hear)
	})
}

// lineOf is a subject between two nodes: what goes there arrives in order.
type lineOf struct {
	from, to uint64
	subject  string
}
