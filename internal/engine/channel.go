package engine

import "github.com/agora-signal-go/signal/internal/wire"

// channel is the one channel that the user is in.
type channel struct {
	name      string // "" for none
	msgID     uint64 // its events have come up to here
	rejoining bool   // the session is new, and the server does not know yet that we are in
	members   map[string]struct{}
	attrs     map[string]string
}

// joined handles the good answer to a join.
func (e *Engine) joined(r *Request, ret wire.Value) {
	if old := e.channel.name; old != "" && old != r.Channel {
		e.dropChannel(wire.LeaveChannelEByUser)
	}
	was := e.channel
	e.channel, e.at = channel{name: r.Channel}, r.Channel
	e.host.Emit(Event{Kind: ChannelJoined, Channel: r.Channel, Request: r.Tag})
	if n, _ := wire.Version(ret.Get("msgid")); was.name == r.Channel && n != was.msgID {
		e.gap(ret) // it was out of it in between: thrown out, and in again before it heard of that
		return
	}
	e.snapshot(ret)
}

// snapshot takes over the state of the channel as an answer has it: the list of members is told,
// and every attribute that is not what was known.
func (e *Engine) snapshot(ret wire.Value) {
	ch := &e.channel
	ch.rejoining = false
	ch.msgID, _ = wire.Version(ret.Get("msgid"))
	accounts := wire.ParseMembers(ret.Get("list"))
	ch.members = make(map[string]struct{}, len(accounts))
	for _, a := range accounts {
		ch.members[a] = struct{}{}
	}
	e.host.Emit(Event{Kind: ChannelUserList, Channel: ch.name, Accounts: accounts})
	old := ch.attrs
	ch.attrs = wire.ParseStrings(ret.Get("attrs"))
	ch.forgetUnheard()
	for _, name := range wire.SortedNames(ch.attrs) {
		if was, known := old[name]; !known || was != ch.attrs[name] {
			e.host.Emit(Event{Kind: ChannelAttr, Channel: ch.name, Name: name, Text: ch.attrs[name], Change: wire.AttrUpdate})
		}
	}
	for _, name := range wire.SortedNames(old) {
		if _, still := ch.attrs[name]; !still {
			e.host.Emit(Event{Kind: ChannelAttr, Channel: ch.name, Name: name, Change: wire.AttrDel})
		}
	}
}

// leftChannel handles the good answer to a leave.
func (e *Engine) leftChannel(r *Request) {
	e.outOf(r.Channel)
	if e.channel.name == r.Channel {
		e.channel = channel{}
	}
	e.host.Emit(Event{Kind: ChannelLeaved, Channel: r.Channel, Code: wire.LeaveChannelEByUser, Request: r.Tag})
}

// dropChannel tells that the user is no longer in his channel.
func (e *Engine) dropChannel(code int) {
	name := e.channel.name
	e.channel = channel{}
	e.host.Emit(Event{Kind: ChannelLeaved, Channel: name, Code: code})
}

func (e *Engine) quietLeave(name string) {
	req := &Request{Op: opQuietLeave, Channel: name}
	fn, args := e.encode(req)
	e.own(req, fn, args)
}

// resumeChannel takes over what a resumed session says about the channel. What was missed in it follows as
// ordinary events, or, when the server no longer has it all, the state as it is now comes along.
func (e *Engine) resumeChannel(ret wire.Value) {
	ch := &e.channel
	at, told := ret.Get("channel").Str()
	if told {
		e.at = at
	}
	if gap, _ := ret.Get("channel_gap").Bool(); gap && ch.name != "" {
		e.gap(ret)
		return
	}
	if told {
		e.settleChannel(ret.Get("channel_kicked").Text())
	}
}

// settleChannel makes the application's picture and the server's the same, once no join or leave is under way: what was
// reported as failed may have come true on a connection that broke, and the other way round.
func (e *Engine) settleChannel(kicked string) {
	name := e.channel.name
	if e.at == name || e.channel.rejoining || e.calls.moving() {
		return
	}
	if name != "" {
		code := wire.LeaveChannelEDisconn
		if kicked == name {
			code = wire.LeaveChannelEKicked
		}
		e.dropChannel(code)
	}
	if e.at != "" {
		e.quietLeave(e.at)
		e.at = ""
	}
}

// outOf notes that the server has the user in that channel no more.
func (e *Engine) outOf(name string) {
	if e.at == name {
		e.at = ""
	}
}

// gap tells that events of the channel are lost, and how the channel is now.
func (e *Engine) gap(ret wire.Value) {
	name := e.channel.name
	text := "events of channel " + name + " were missed and cannot be had again; list and attributes follow"
	e.host.Emit(Event{Kind: Failure, Name: "channel", Channel: name, Code: wire.GeneralEFailed, Text: text})
	e.snapshot(ret)
}

// moving reports whether a join or a leave is under way.
func (q *calls) moving() bool {
	return q.underWay(func(r *Request) bool { return r.Op == OpJoin || r.Op == OpLeave })
}

// joining reports whether a join of the channel is under way.
func (q *calls) joining(name string) bool {
	return q.underWay(func(r *Request) bool { return r.Op == OpJoin && r.Channel == name })
}

func (q *calls) underWay(match func(*Request) bool) bool {
	return q.find(func(c *call) bool { return match(c.req) }) != nil
}

// rejoin puts the user back into his channel, ahead of everything that waits.
func (e *Engine) rejoin() {
	q := &e.calls
	q.drop(func(c *call) bool { return c.req.Op == opRejoin })
	c := &call{req: &Request{Op: opRejoin, Channel: e.channel.name}}
	c.fn, c.args = e.encode(c.req)
	e.enqueue(c, 0)
}

// rejoined handles the good answer to rejoin. What happened in the channel between the two sessions nobody has kept.
func (e *Engine) rejoined(ret wire.Value) {
	if in, told := ret.Get("in").Bool(); told && !in { // a leave after it, which was reported as failed, was carried out too
		e.channel.rejoining = false
		e.settleChannel("")
		return
	}
	e.at = e.channel.name
	if e.channel.rejoining {
		e.gap(ret)
	}
}

func (e *Engine) rejoinFailed(reason string) {
	if e.channel.rejoining {
		e.warn("could not join the channel again", "channel", e.channel.name, "reason", reason)
		e.dropChannel(wire.LeaveChannelEDisconn)
	}
}

// channelEvent handles an event of a channel.
func (e *Engine) channelEvent(name []byte, msgID uint64, line []byte) {
	ch := &e.channel
	if string(name) != ch.name || ch.rejoining || msgID <= ch.msgID {
		return
	}
	ch.msgID = msgID
	l, ok := wire.ReadLine(line)
	if !ok {
		e.warn("channel event not understood", "channel", ch.name, "number", msgID)
		return
	}
	c, ok := wire.ReadChannelEvent(l.Content)
	if !ok {
		e.warn("channel event not understood", "channel", ch.name, "number", msgID)
		return
	}
	ev := Event{Channel: ch.name, Account: e.from(c.Account), Time: l.Time}
	switch string(l.Type) {
	case wire.TypeChannelMsg:
		ev.Kind, ev.Text, ev.Trace = ChannelMessage, string(c.Msg), string(c.Trace)
	case wire.TypeChannelJoin:
		if _, known := ch.members[ev.Account]; known {
			return
		}
		ch.members[ev.Account] = struct{}{}
		ev.Kind = ChannelUserJoined
	case wire.TypeChannelLeave:
		delete(ch.members, ev.Account)
		ev.Kind = ChannelUserLeaved
	case wire.TypeChannelAttr:
		ev.Kind, ev.Name, ev.Text, ev.Change = ChannelAttr, string(c.Name), string(c.Value), string(c.Change)
		ch.change(&ev)
	default:
		return
	}
	e.host.Emit(ev)
}

// change follows an attribute's event. What clear leaves standing are the built-in ones.
func (ch *channel) change(ev *Event) {
	switch ev.Change {
	case wire.AttrUpdate:
		ch.attrs[ev.Name] = ev.Text
		ch.forgetUnheard()
	case wire.AttrDel:
		delete(ch.attrs, ev.Name)
	case wire.AttrClear:
		for name := range ch.attrs {
			if !wire.IsBuiltin(name) {
				delete(ch.attrs, name)
			}
		}
	}
}

// forgetUnheard forgets the members where they leave without a word: when one joins again and that is told, it is news.
func (ch *channel) forgetUnheard() {
	if ch.attrs[wire.AttrUserNotification] == "0" {
		clear(ch.members)
	}
}
