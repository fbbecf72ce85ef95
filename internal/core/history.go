package core

import "github.com/agora-signal-go/signal/internal/wire"

// history is the newest events of a channel, without a gap, for members whose socket was away.
type history struct {
	first  uint64   // number of the oldest that is kept
	frames [][]byte // oldest first
	bytes  int
}

func (h *history) add(l *Limits, msgID uint64, frame []byte) {
	if len(h.frames) == 0 {
		h.first = msgID
	}
	h.frames = append(h.frames, frame)
	h.bytes += len(frame)
	for len(h.frames) > 0 && (len(h.frames) > l.ReplayEvents || h.bytes > l.ReplayBytes) {
		h.bytes -= len(h.frames[0])
		h.frames[0] = nil
		h.frames = h.frames[1:]
		h.first++
	}
}

// after returns the events after number seen, of newest ones. It is not ok when some of them are not kept.
func (h *history) after(seen, newest uint64) (frames [][]byte, ok bool) {
	switch {
	case seen == newest:
		return nil, true
	case seen > newest || len(h.frames) == 0 || seen+1 < h.first:
		return nil, false
	}
	// A copy: add clears what it lets go.
	return append([][]byte(nil), h.frames[seen+1-h.first:]...), true
}

func (c *Core) receiveReplay(m *Message) {
	ch := c.channelOf(m)
	if ch == nil || !ch.members.has(m.From) {
		c.replyWith(m, Message{Op: OpReplayed, Reason: wire.ReasonNotMember})
		return
	}
	// What was before its join is none of a member's: it may have counted in another life of the channel.
	if m.Num >= ch.members.byAccount[m.From.Account].since {
		if frames, ok := ch.history.after(m.Num, ch.msgID); ok {
			c.replyWith(m, Message{Op: OpReplayed, Frames: frames})
			return
		}
	}
	c.replyWith(m, Message{Op: OpReplayed, Room: ch.snapshot()})
}
