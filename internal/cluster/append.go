package cluster

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server/backend"
)

// This file is how the records of a slot come into the journal, and what becomes of calls while it takes none.

// goOn appends the next part of what is to be appended.
func (s *slot) goOn(now time.Time) action {
	switch {
	case len(s.parts) == 0:
		return action{}
	case now.Before(s.retryAt):
		return action{until: s.retryAt}
	}
	s.wrote = now
	follow(s.parts[0], s.pos)
	return action{do: doAppend, after: s.pos, id: s.id, record: s.parts[0]}
}

// write makes the records of a batch: one, or as many as its size takes.
func (s *slot) write(rec record) {
	s.name()
	body := rec.body
	room := s.maxRecord - recordHead - seedSize
	for {
		rec.body = body[:min(len(body), room)]
		body = body[len(rec.body):]
		rec.more = len(body) > 0
		s.parts = append(s.parts, rec.append(make([]byte, 0, recordHead+seedSize+len(rec.body))))
		if !rec.more {
			return
		}
		rec.part, rec.claim = true, false
	}
}

// name names the next record.
func (s *slot) name() {
	s.serial++
	s.id = fmt.Sprintf("%x.%d.%d", s.node, s.index, s.serial)
}

// appended is told what became of a doAppend. It returns what comes out, and whether the partition was lost.
func (s *slot) appended(now time.Time, pos uint64, err error) (outs []output, lost bool) {
	switch {
	case errors.Is(err, backend.ErrFenced):
		s.setState(idle) // nothing more comes in
		s.abandon()
		outs = s.refusals
		s.reset()
		return outs, true
	case err != nil:
		return s.failed(now, err), false
	}
	s.pos = pos
	s.grown += len(s.parts[0])
	s.since, s.unsure, s.retryAt, s.retry = time.Time{}, false, time.Time{}, 0
	s.mu.Lock()
	s.stalled = false
	s.mu.Unlock()
	if s.parts = s.parts[1:]; len(s.parts) > 0 {
		s.name()
		return nil, false
	}
	s.parts = nil
	if s.isClaiming() {
		s.begin(pos)
	} else {
		s.r.begin(s.now)
		s.happen()
	}
	return s.take(), false
}

// failed deals with a record of which nobody knows whether it is in the journal, or that found no room.
func (s *slot) failed(now time.Time, err error) []output {
	// That there is no room now says nothing of an earlier try.
	full := errors.Is(err, backend.ErrFull) && !s.unsure
	s.unsure = !full
	s.retry = min(max(2*s.retry, retryFirst), retryMost)
	s.tries++
	s.retryAt = now.Add(s.retry/2 + time.Duration(mix(s.node^mix(uint64(s.index)^s.tries<<16))%uint64(s.retry))/2)
	if s.since.IsZero() {
		s.since = now
	}
	if s.isClaiming() {
		return nil
	}
	if !full && now.Sub(s.since) < patience {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalled = true
	s.queue = s.refuse(s.queue)
	if full { // it is in no journal, so that it need not happen
		s.queue = append(slices.Clone(s.refuse(s.batch)), s.queue...)
		s.batch, s.parts = nil, nil
	}
	s.bytes = 0
	for _, it := range s.queue {
		s.bytes += len(it.entry)
	}
	return s.take()
}

// refuse answers the calls among items that they failed, and returns the others.
//
// +checklocks:s.mu
func (s *slot) refuse(items []item) []item {
	kept := items[:0]
	for _, it := range items {
		if it.kind != itemInput {
			kept = append(kept, it)
			continue
		}
		s.refusedOne(peerOf(it.entry, core.EntryCall))
		s.refusals = append(s.refusals, refusal(it.entry)...)
	}
	clear(items[len(kept):])
	return kept
}

// abandon tells whoever waits for something that it will not happen here: sockets are cut, and make their calls again.
func (s *slot) abandon() {
	s.mu.Lock()
	queue := s.queue
	s.queue, s.bytes = nil, 0
	s.mu.Unlock()
	for _, it := range slices.Concat(s.batch, queue) {
		switch id := peerOf(it.entry, core.EntryCall); {
		case it.kind == itemLook:
			it.look(nil)
		case it.kind != itemInput:
		case id != (core.PeerID{}):
			s.refusals = append(s.refusals, output{kind: outGone, peer: id})
		default:
			s.refusals = append(s.refusals, refusal(it.entry)...)
		}
	}
	s.batch = nil
}

// peerOf returns which socket an entry is from if it is of that kind, and else zero.
func peerOf(entry []byte, kind core.EntryKind) core.PeerID {
	if len(entry) == 0 || core.EntryKind(entry[0]) != kind {
		return core.PeerID{}
	}
	in := reader{b: entry[1:]}
	return core.PeerID{Node: in.uint(), Socket: in.uint()}
}

// refusedOne notes that a call of a socket was refused.
//
// +checklocks:s.mu
func (s *slot) refusedOne(id core.PeerID) {
	if id == (core.PeerID{}) {
		return
	}
	if s.refused == nil {
		s.refused = make(map[core.PeerID]struct{})
	}
	s.refused[id] = struct{}{}
}

// refusal is what an input is answered that cannot happen.
func refusal(entry []byte) []output {
	var e core.Entry
	if core.ParseEntry(entry, &e) != nil {
		return nil
	}
	switch e.Kind {
	case core.EntryCall:
		f, err := wire.ParseClientFrame(e.Frame)
		if err != nil {
			return nil
		}
		return []output{{kind: outFrame, peer: e.Peer, data: wire.AppendCallRet(nil, f.ID, core.Unavailable(f.Func))}}
	case core.EntryLogin, core.EntryLineLogin:
		return []output{{kind: outDecided, peer: e.Peer, code: undecided}}
	case core.EntryKickUser, core.EntryCloseApp, core.EntryKickFrom, core.EntrySystem, core.EntrySystemRoom:
		return []output{{kind: outAnswer, node: e.Node, token: e.Token, err: backend.ErrUnavailable}}
	}
	return nil
}

// undecided is the code of a login of which nobody can say at present whether it is good.
const undecided = 1
