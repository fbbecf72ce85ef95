package core

import (
	"strconv"
	"strings"

	"github.com/agora-signal-go/signal/internal/wire"
)

// This file is the second dialect of web clients, in which personal messages have ids instead of versions. A login
// whose answer says config_msg_set 1 makes such a client take
//
//	["notify",["recvmsg_by_msgid","msg-v3 ID SRC DST FLAG TYPE TIME CONTENT"]]
//
// and poll with user_getmsg2{clear_msgs:[ID, …],max}, answered by msgs [[ID, line], …]. It drops an ID that it has
// seen. What it does with the IDs that it has to clear needs some care:
//
//   - it clears what was pushed, half a second later, but never what came in an answer to a poll,
//   - and it forgets to clear what was pushed while it waited for such an answer.
//
// So its next poll counts for the rest: it polls one at a time, and reads its socket in order, so a poll proves that the answer
// before and all that went out before that has arrived. To bring that poll about, an answer that leaves
// anything in the list is followed by the word that there is a message, ["notify",["msg",ver]], upon which it polls.
// What was not proven so is sent again on the session's next socket and to the account's next login.
//
// Order is kept by pushing a message only when everything before it has gone out.
//
// config_inst_msg_with_msgid stays 0: a client that is told 1 reads every text that it sends as JSON, and fails to send
// what is none.

// idOf names an entry as long as the account lives.
func (a *account) idOf(e *entry) string { return a.epoch + idMark + strconv.FormatUint(e.ver, 10) }

const idMark = "."

// versionOf undoes idOf. It is not ok for what is no id of this life of the account.
func (a *account) versionOf(id string) (ver uint64, ok bool) {
	digits, ok := strings.CutPrefix(id, a.epoch+idMark)
	ver, err := strconv.ParseUint(digits, 10, 64)
	return ver, ok && err == nil
}

// isNext says whether everything before an entry has gone out on the session's socket.
func (s *session) isNext(e *entry) bool { return s.acc.inbox.after(s.handed)[0] == e }

// pollByID answers user_getmsg2, which as user_getmsg never fails.
func (c *Core) pollByID(s *session, q ask) {
	if !s.byID {
		c.answer(s, q, noSuchFunc)
		return
	}
	acc, b := s.acc, &s.acc.inbox
	cleared := make(map[uint64]struct{})
	for v := range q.args.Get("clear_msgs").Elements() {
		if ver, ok := acc.versionOf(v.Text()); ok {
			cleared[ver] = struct{}{}
		}
	}
	c.clean(acc, func(e *entry) bool {
		_, gone := cleared[e.ver]
		return gone || e.ver <= s.sure
	})
	out, msgs := c.page(b.after(s.handed), q.pollMax(), func(dst []byte, e *entry) []byte {
		id := acc.idOf(e)
		dst = append(wire.AppendString(append(dst, '['), id), ',')
		return append(wire.AppendString(dst, wire.AppendLineByID(nil, id, e.line)), ']')
	})
	if len(out) > 0 {
		s.handed = out[len(out)-1].ver
	}
	s.sure = s.handed
	c.answer(s, q, wire.OK().Raw("msgs", msgs).Bytes())
	for _, e := range out {
		c.pushed(acc, e)
	}
	if len(b.entries) > 0 {
		s.peer.conn.Send(c.frame(wire.AppendMsg(c.buf.empty(), b.newest)))
	}
}

// pollMax reads how many messages a poll wants: without a sensible number, as many as may be.
func (q ask) pollMax() int {
	if n, ok := wire.Version(q.args.Get("max")); ok && 0 < n && n < wire.MaxPoll {
		return int(n)
	}
	return wire.MaxPoll
}

// page writes the first entries as an array, at most so many and what fits an answer, and returns which they are.
// The array stands in c.body.
func (c *Core) page(rest []*entry, most int, write func(dst []byte, e *entry) []byte) (out []*entry, msgs []byte) {
	msgs = append(c.body.empty(), '[')
	size, n := 0, 0
	for _, e := range rest[:min(len(rest), most)] {
		start := len(msgs)
		if n > 0 {
			msgs = append(msgs, ',')
		}
		msgs = write(msgs, e)
		if size += encodedSize(msgs[start:]); n > 0 && size > wire.MaxPollBytes {
			msgs = msgs[:start]
			break
		}
		n++
	}
	return rest[:n], c.body.built(append(msgs, ']'))
}
