package cluster

import (
	"errors"

	"github.com/agora-signal-go/signal/internal/core"
)

// This file is what waits for a partition at its owner.

// An item is something that is to happen to a partition. What has an entry is journaled, unless it is fanned out.
type item struct {
	kind   itemKind
	entry  []byte
	from   int // of a post: a partition
	before uint64
	number uint64
	claim  uint64             // of a post: that of its sender. Of itemOwner: the new one. From a socket: its owner's, 0 for any
	lost   bool               // of a post: see post.lost
	node   uint64             // of itemNodeGone
	look   func(c *core.Core) // nil when that is not to be had
}

type itemKind uint8

const (
	itemInput    itemKind = iota + 1 // a call or a login: refused when there is no room
	itemWord                         // from a socket or the program that has no answer: always taken
	itemPost                         // from another partition
	itemFan                          // the same, not journaled
	itemAcked                        // a post of this partition arrived at another
	itemResend                       // another partition misses something
	itemOwner                        // another partition has a new owner
	itemNudge                        // a second has passed
	itemNodeGone                     // a node, and all its sockets
	itemLook                         // at the core
	itemProbe                        // whether the node still owns the partition
)

// Why nothing was put into the queue.
var (
	errRefused  = errors.New("cluster: a call of this socket was refused before")
	errNotOwner = errors.New("cluster: this node does not own the partition")
	errBusy     = errors.New("cluster: no room, or no journal")
)

func (it *item) isFromSocket() bool { return it.kind == itemInput || it.kind == itemWord }

func (it *item) isJournaled() bool { return it.entry != nil && it.kind != itemFan }

// put hands in an item. It reports whether a turn is due because of it.
func (s *slot) put(it item) (due bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != owned || it.isFromSocket() && it.claim != 0 && it.claim != s.claim {
		return false, errNotOwner
	}
	full := len(s.queue) >= queueItems || s.bytes >= queueBytes
	switch it.kind {
	case itemInput:
		peer := peerOf(it.entry, core.EntryCall)
		if full || s.stalled || s.crowded {
			s.refusedOne(peer)
			return false, errBusy
		}
		if _, was := s.refused[peer]; was {
			return false, errRefused
		}
	case itemWord:
		delete(s.refused, peerOf(it.entry, core.EntryDown))
	case itemPost, itemFan:
		switch q := &s.queued[it.from]; q.judge(it.before, it.number) {
		case known:
			// Its acknowledgement may have been lost. One for all that came again will do.
			if q.again {
				return false, nil
			}
			q.again = true
			it = item{kind: itemPost, from: it.from, number: it.number, claim: it.claim}
		case early:
			if q.missed == q.number+1 {
				return false, errBusy // that was said already
			}
			q.missed = q.number + 1
			return false, errEarly
		case fresh:
			if full {
				return false, errBusy // it comes again
			}
			q.number = it.number
		}
	}
	s.queue = append(s.queue, it)
	s.bytes += len(it.entry)
	return len(s.queue) == 1, nil
}

var errEarly = errors.New("cluster: a post before it is missing")

// waiting returns how many items wait.
func (s *slot) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}
