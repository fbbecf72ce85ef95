package engine

import (
	"maps"
	"slices"
	"strings"

	"github.com/agora-signal-go/signal/internal/wire"
)

// invite is a call that is open: it rings, or it was accepted.
type invite struct {
	channel  string
	peer     string
	mine     bool // the user is the caller
	accepted bool
	extra    string // of the invite, for InviteFailed
}

// invites holds the open calls by their names. A caller names his call, so that what comes of it is known for that of
// this call and of no other between the same two, whatever was lost in between.
type invites struct{ open map[string]*invite }

func (v *invites) add(id string, i *invite) {
	if v.open == nil {
		v.open = make(map[string]*invite)
	}
	v.open[id] = i
}

// find returns the name of an open call with a peer on a channel that matches.
func (v *invites) find(channel, peer string, match func(*invite) bool) string {
	for _, id := range slices.Sorted(maps.Keys(v.open)) {
		if i := v.open[id]; i.channel == channel && i.peer == peer && match(i) {
			return id
		}
	}
	return ""
}

// callName returns what the call is called; a server that knows no names has one call per direction.
func callName(id, channel, peer string, mine bool) string {
	switch {
	case id != "":
		return id
	case mine:
		return "to " + peer + " " + channel
	}
	return "from " + peer + " " + channel
}

// CallFor returns which call an answer to an invite is meant for, "" where the server decides.
func (e *Engine) CallFor(r *Request) string {
	switch r.Op {
	case OpAccept, OpRefuse, OpEnd, OpDTMF:
		if r.ID != "" {
			return e.named(r)
		}
	}
	switch r.Op {
	case OpAccept, OpRefuse:
		return e.invites.find(r.Channel, r.Account, func(i *invite) bool { return !i.mine && !i.accepted })
	case OpEnd, OpDTMF:
		return e.meant(r)
	case OpInvite, opInviteAck, opQuietEnd:
		return r.ID
	}
	return ""
}

// named returns the name of the call that a request names, when that is one to which it can apply.
func (e *Engine) named(r *Request) string {
	answer := r.Op == OpAccept || r.Op == OpRefuse
	i := e.invites.open[r.ID]
	switch {
	case i != nil && (!answer || (!i.mine && !i.accepted)):
		return r.ID
	case !answer && e.calls.inviting(r.ID, r.Channel, r.Account) != nil:
		return r.ID
	}
	return ""
}

// inviteEvent handles an event of a call from the personal list. ok is false when the application is not told.
func (e *Engine) inviteEvent(typ, content string) (ev Event, ok bool) {
	v, ok := wire.ParseVoip(content)
	if !ok {
		e.warn("invite event not understood", "type", typ)
		return ev, false
	}
	ev = Event{Channel: v.Channel, Account: v.Peer, Extra: v.Extra, Trace: v.Trace}
	if typ == wire.FnInvite {
		ev.ID = callName(v.Call, v.Channel, v.Peer, false)
		return ev.as(InviteReceived), e.invited(v)
	}
	id, i := e.known(typ, v)
	if i == nil {
		return ev, false
	}
	ev.ID = id
	switch typ {
	case wire.FnInviteAck:
		return ev.as(InviteReceivedByPeer), true
	case wire.FnInviteAccept:
		i.accepted = true
		return ev.as(InviteAccepted), true
	case wire.FnInviteRefuse:
		delete(e.invites.open, id)
		return ev.as(InviteRefused), true
	case wire.TypeInviteFailed:
		delete(e.invites.open, id)
		ev.Code, ev.Extra = v.ECode, i.extra
		if ev.Code == 0 {
			ev.Code = wire.InviteEOther
		}
		return ev.as(InviteFailed), true
	case wire.FnInviteBye:
		delete(e.invites.open, id)
		ev.Extra = ""
		return ev.as(InviteEndByPeer), true
	case wire.FnInviteMsg:
		msgType, data := wire.ParseInviteMsg(v.Extra)
		ev.Name, ev.Text = strings.ToUpper(msgType), data
		ev.Extra = ""
		return ev.as(InviteMsg), true
	}
	return ev, false
}

func (ev Event) as(kind Kind) Event {
	ev.Kind = kind
	return ev
}

// invited takes in a call that comes, and acknowledges it.
func (e *Engine) invited(v wire.Voip) bool {
	id := callName(v.Call, v.Channel, v.Peer, false)
	if e.invites.open[id] != nil {
		return false
	}
	e.invites.add(id, &invite{channel: v.Channel, peer: v.Peer, extra: v.Extra})
	req := &Request{Op: opInviteAck, Channel: v.Channel, Account: v.Peer, ID: v.Call}
	fn, args := e.encode(req)
	e.own(req, fn, args)
	return true
}

// known returns the open call that an event is about. An event may overtake the answer to the invite it belongs to:
// then the invite that is under way becomes known by it. Any other event that is unknown is left over from a session
// before, or from an invite that was reported as failed.
func (e *Engine) known(typ string, v wire.Voip) (string, *invite) {
	for _, mine := range []bool{true, false} {
		id := callName(v.Call, v.Channel, v.Peer, mine)
		if i := e.invites.open[id]; i != nil {
			return id, i
		}
	}
	switch typ {
	case wire.FnInviteAck, wire.FnInviteAccept, wire.FnInviteRefuse, wire.TypeInviteFailed:
	default:
		return "", nil // what only an invite that is known can have
	}
	if c := e.calls.inviting(v.Call, v.Channel, v.Peer); c != nil {
		c.known, c.over = true, true // from now on its events tell
		e.done(c.req, callName(v.Call, v.Channel, v.Peer, true))
		id, i := callName(v.Call, v.Channel, v.Peer, true), &invite{channel: v.Channel, peer: v.Peer, mine: true, extra: c.req.Extra}
		e.invites.add(id, i)
		return id, i
	}
	if v.Call != "" && (typ == wire.FnInviteAck || typ == wire.FnInviteAccept) {
		e.quietEnd(v.Channel, v.Peer, v.Call) // it rings there, and nobody here knows of it any longer
	}
	return "", nil
}

// inviting returns the invite under way that has this name. Where the server knows no names, it is one to that peer
// that was sent on an earlier connection: an event cannot overtake the answer on the same one.
func (q *calls) inviting(name, channel, peer string) *call {
	return q.find(func(c *call) bool {
		return c.invites(channel, peer) && (c.req.ID == name || (name == "" && c.again))
	})
}

// invitingTo returns the oldest invite to a peer that is under way.
func (q *calls) invitingTo(channel, peer string) *call {
	return q.find(func(c *call) bool { return c.invites(channel, peer) })
}

func (c *call) invites(channel, peer string) bool {
	return c.req.Op == OpInvite && c.req.Channel == channel && c.req.Account == peer
}

// inviteSucceeded handles the good answers to the calls of an invite, and returns the name of the call.
func (e *Engine) inviteSucceeded(c *call, ret wire.Value) (id string) {
	r := c.req
	id = ret.Get("call").Text()
	switch r.Op {
	case OpInvite:
		if !c.known {
			id = callName(id, r.Channel, r.Account, true)
			e.invites.add(id, &invite{channel: r.Channel, peer: r.Account, mine: true, extra: r.Extra})
		}
	case OpAccept:
		if i := e.invites.open[e.incoming(id, r)]; i != nil {
			i.accepted = true
		}
	case OpRefuse:
		delete(e.invites.open, e.incoming(id, r))
	case OpEnd:
		e.endedByMyself(id, r)
	}
	return id
}

// endedByMyself tells the good outcome of an End. A call that is none any more for the application, for it was reported
// as failed, does not end a second time.
func (e *Engine) endedByMyself(id string, r *Request) {
	under := e.calls.inviting(id, r.Channel, r.Account)
	switch {
	case under != nil: // it was ended before its answer came
		under.known, under.over = true, true
		e.done(under.req, id)
	case id != "" && e.invites.open[id] == nil:
		e.host.Emit(r.failed(wire.GeneralEFailed, "no such call: it had failed before it was ended"))
		return
	}
	id = e.ended(id, r)
	delete(e.invites.open, id)
	e.host.Emit(Event{Kind: InviteEndByMyself, ID: id, Channel: r.Channel, Account: r.Account, Request: r.Tag})
}

// incoming returns the name of the call that was accepted or refused.
func (e *Engine) incoming(id string, r *Request) string {
	if id != "" {
		return id
	}
	return e.invites.find(r.Channel, r.Account, func(i *invite) bool { return !i.mine })
}

// meant returns the name of the call that End and DTMF mean: the accepted one, else one's own, also when it is still
// under way, else the other. An invite that was reported as failed is not meant: it is none for the application.
func (e *Engine) meant(r *Request) string {
	find := func(match func(*invite) bool) string { return e.invites.find(r.Channel, r.Account, match) }
	if id := find(func(i *invite) bool { return i.accepted }); id != "" {
		return id
	}
	if id := find(func(i *invite) bool { return i.mine }); id != "" {
		return id
	}
	if c := e.calls.invitingTo(r.Channel, r.Account); c != nil {
		return c.req.ID
	}
	return find(func(*invite) bool { return true })
}

// ended returns the name of the call that an End has ended.
func (e *Engine) ended(id string, r *Request) string {
	if id == "" {
		return e.meant(r)
	}
	return id
}

// inviteGone ends a call whose acknowledgement the server no longer wanted: it was over before it was seen.
func (e *Engine) inviteGone(r *Request) {
	id := callName(r.ID, r.Channel, r.Account, false)
	if i := e.invites.open[id]; i != nil && !i.accepted {
		delete(e.invites.open, id)
		e.host.Emit(Event{Kind: InviteEndByPeer, ID: id, Channel: r.Channel, Account: r.Account})
	}
}

// undoInvite follows what came true after it had been reported as failed.
func (e *Engine) undoInvite(c *call, ret wire.Value) {
	r := c.req
	id := ret.Get("call").Text()
	switch r.Op {
	case OpInvite:
		if !c.known {
			e.quietEnd(r.Channel, r.Account, id)
		}
	case OpAccept:
		e.inviteSucceeded(c, ret)
	case OpRefuse: // for the application it rings
		e.endedAfterAll(e.incoming(id, r), r)
	case OpEnd:
		e.endedAfterAll(e.ended(id, r), r)
	}
}

// endedAfterAll tells the end of a call that was reported as not having come about.
func (e *Engine) endedAfterAll(id string, r *Request) {
	if e.invites.open[id] != nil {
		delete(e.invites.open, id)
		e.host.Emit(Event{Kind: InviteEndByMyself, ID: id, Channel: r.Channel, Account: r.Account})
	}
}

func (e *Engine) quietEnd(channel, peer, id string) {
	req := &Request{Op: opQuietEnd, Channel: channel, Account: peer, ID: id}
	fn, args := e.encode(req)
	e.own(req, fn, args)
}

// endInvites ends all open calls: the session in which they were is over.
func (e *Engine) endInvites(why cause) {
	open := e.invites.open
	e.invites = invites{}
	for _, id := range slices.Sorted(maps.Keys(open)) {
		i := open[id]
		ev := Event{Kind: InviteEndByPeer, ID: id, Channel: i.channel, Account: i.peer}
		if i.mine && !i.accepted {
			ev.Kind, ev.Code, ev.Extra = InviteFailed, OpInvite.code(why), i.extra
		}
		e.host.Emit(ev)
	}
}
