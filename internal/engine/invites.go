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

// invites holds the open calls by the names that the server gave them.
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

// callName returns what the server calls the call; one that gives no names has one call per direction.
func callName(id, channel, peer string, mine bool) string {
	switch {
	case id != "":
		return id
	case mine:
		return "to " + peer + " " + channel
	}
	return "from " + peer + " " + channel
}

// inviteFor returns which call an answer to an invite is meant for, "" where the server decides.
func (e *Engine) inviteFor(r *Request) string {
	switch r.Op {
	case OpAccept, OpRefuse:
		return e.invites.find(r.Channel, r.Account, func(i *invite) bool { return !i.mine && !i.accepted })
	case opInviteAck, opQuietEnd:
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
	ev = Event{Channel: v.Channel, Account: v.Peer, Extra: v.Extra}
	if typ == wire.FnInvite {
		return ev.as(InviteReceived), e.invited(v)
	}
	id, i := e.known(typ, v)
	if i == nil {
		return ev, false
	}
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

// known returns the open call that an event is about. After a resume an event may overtake the answer to the
// invite it belongs to: then the invite that is under way becomes known by it. Any other invite under way has
// nothing to do with an event that is unknown: that is left over from a session before.
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
	for _, c := range append(e.calls.unanswered(), e.calls.queue...) {
		r := c.req
		if r.Op == OpInvite && c.again && !c.over && c.callID == "" && r.Channel == v.Channel && r.Account == v.Peer {
			c.callID, c.over = callName(v.Call, v.Channel, v.Peer, true), true // from now on its events tell
			i := &invite{channel: r.Channel, peer: r.Account, mine: true, extra: r.Extra}
			e.invites.add(c.callID, i)
			return c.callID, i
		}
	}
	if v.Call != "" && (typ == wire.FnInviteAck || typ == wire.FnInviteAccept) {
		e.quietEnd(v.Channel, v.Peer, v.Call) // it rings there, and nobody here knows of it any longer
	}
	return "", nil
}

// inviteSucceeded handles the good answers to the calls of an invite.
func (e *Engine) inviteSucceeded(c *call, ret wire.Value) {
	r := c.req
	id := ret.Get("call").Text()
	switch r.Op {
	case OpInvite:
		if c.callID == "" {
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
		delete(e.invites.open, e.outgoing(id, r))
		e.host.Emit(Event{Kind: InviteEndByMyself, Channel: r.Channel, Account: r.Account, Request: r.Tag})
	}
}

// incoming returns the name of the call that was accepted or refused.
func (e *Engine) incoming(id string, r *Request) string {
	if id != "" {
		return id
	}
	return e.invites.find(r.Channel, r.Account, func(i *invite) bool { return !i.mine })
}

// outgoing returns the name of the call that End means: the accepted one, else one's own, else the other.
func (e *Engine) outgoing(id string, r *Request) string {
	for _, match := range []func(*invite) bool{
		func(i *invite) bool { return i.accepted },
		func(i *invite) bool { return i.mine },
		func(*invite) bool { return true },
	} {
		if id == "" {
			id = e.invites.find(r.Channel, r.Account, match)
		}
	}
	return id
}

// inviteGone ends a call whose acknowledgement the server no longer wanted: it was over before it was seen.
func (e *Engine) inviteGone(r *Request) {
	id := callName(r.ID, r.Channel, r.Account, false)
	if i := e.invites.open[id]; i != nil && !i.accepted {
		delete(e.invites.open, id)
		e.host.Emit(Event{Kind: InviteEndByPeer, Channel: r.Channel, Account: r.Account})
	}
}

// undoInvite follows what came true after it had been reported as failed.
func (e *Engine) undoInvite(c *call, ret wire.Value) {
	r := c.req
	id := ret.Get("call").Text()
	switch r.Op {
	case OpInvite:
		if c.callID == "" {
			e.quietEnd(r.Channel, r.Account, id)
		}
	case OpAccept, OpRefuse:
		e.inviteSucceeded(c, ret)
	case OpEnd:
		id = e.outgoing(id, r)
		if i := e.invites.open[id]; i != nil {
			delete(e.invites.open, id)
			e.host.Emit(Event{Kind: InviteEndByMyself, Channel: r.Channel, Account: r.Account})
		}
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
		ev := Event{Kind: InviteEndByPeer, Channel: i.channel, Account: i.peer}
		if i.mine && !i.accepted {
			ev.Kind, ev.Code, ev.Extra = InviteFailed, OpInvite.code(why), i.extra
		}
		e.host.Emit(ev)
	}
}
