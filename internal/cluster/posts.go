package cluster

// This file is what partitions have to say to each other, so that it arrives once and in order whatever becomes of the
// nodes that own them. What a partition posts is a consequence of its journal, numbered per target: whoever takes a
// partition over posts the same under the same numbers. It is kept until the target's journal has it. The target takes
// what has a higher number than the newest that it has taken, and nothing else.
//
// What is fanned out to the members of a channel changes nothing at its target and is not in its journal. It is kept
// no longer than the target has the same owner: with an owner go all sockets, and members ask for what they missed.

// A post is one that its target may not have yet.
type post struct {
	number uint64
	fan    bool
	lost   bool   // some of what was fanned out before it was given up: the target's sockets have to go and ask
	entry  []byte // as the target's journal is to have it
}

// sending is what one partition has to say to another.
type sending struct {
	last    uint64 // number of the newest
	unacked []post // in order
	bytes   int
	nudged  uint64 // the oldest when nudge looked last
}

// maxFanned bounds what waits for one target of what is fanned out.
const maxFanned = 32 << 20

func (s *sending) add(p post) {
	if s.bytes += len(p.entry); p.fan && s.bytes > maxFanned {
		s.giveUp()
		p.lost = true
		s.bytes += len(p.entry)
	}
	s.unacked = append(s.unacked, p)
}

// giveUp forgets what was fanned out.
func (s *sending) giveUp() {
	kept := s.unacked[:0]
	s.bytes = 0
	for _, p := range s.unacked {
		if !p.fan {
			kept = append(kept, p)
			s.bytes += len(p.entry)
		}
	}
	clear(s.unacked[len(kept):])
	s.unacked = kept
}

// acked forgets what the target has, and reports whether that was news.
func (s *sending) acked(number uint64) bool {
	n := 0 // a few
	for n < len(s.unacked) && s.unacked[n].number <= number {
		s.bytes -= len(s.unacked[n].entry)
		s.unacked[n] = post{}
		n++
	}
	if s.unacked = s.unacked[n:]; len(s.unacked) == 0 {
		s.unacked = nil
	}
	return n > 0
}

// receiving is what one partition has taken from another.
type receiving struct {
	number uint64
	missed uint64 // what was said to be missing, of a queue
	again  bool   // something that came again waits to be acknowledged, of a queue
}

// verdict says what to do with a post that came.
type verdict uint8

const (
	fresh verdict = iota
	known         // it was taken before
	early         // something before it is missing
)

// judge says what to do with a post that its sender kept behind the one of number before; 0: it was the first.
func (r *receiving) judge(before, number uint64) verdict {
	switch {
	case number <= r.number:
		return known
	case before > r.number:
		return early
	}
	return fresh
}
