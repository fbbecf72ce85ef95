package sim

import (
	"maps"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// rooms judges channels: members see a channel's events in its order, without gap or double, and where that cannot be
// they are told so, once.
type rooms struct {
	*world
	truth map[roomLife]*truth
	last  *byte // of the frame that was read last: one event goes to many
}

// roomLife is a channel in one life of the server.
type roomLife struct {
	life int
	name string
}

// truth is what was published in a channel, by number.
type truth struct {
	events map[uint64]wire.ChannelEvent
	newest uint64
	count  map[string]int // how often a value or a message was published
}

// roomView is the channel that a client is in, as an application would know it from what it is told.
type roomView struct {
	name    string
	life    int
	cursor  uint64 // its events have been told up to here
	members map[string]bool
	attrs   map[string]string
	list    bool // the list must be next
	again   bool // it is the one it was in: nothing may be missing before it
	renewed bool // the session is new: what happened in between is lost
	toldGap bool // and this was told
	unsure  bool // a join or a leave that was reported as failed may have come true since the list
}

func (r *rooms) isRoom(name string) bool { return slices.Contains(r.profile.channels, name) }

func (r *rooms) of(life int, name string) *truth {
	k := roomLife{life, name}
	t := r.truth[k]
	if t == nil {
		t = &truth{events: make(map[uint64]wire.ChannelEvent), count: make(map[string]int)}
		r.truth[k] = t
	}
	return t
}

// published reads an event that the server sends.
func (r *rooms) published(life int, frame []byte) {
	if &frame[0] == r.last {
		return
	}
	r.last = &frame[0]
	f, err := wire.ParseServerFrame(slices.Clone(frame))
	if err != nil {
		r.fail("the server sends what is no frame: %v: %s", err, clip(frame))
		return
	}
	l, ok := wire.ParseLine(f.Line)
	if !ok {
		r.fail("the server sends an event without a line: %s", clip(frame))
		return
	}
	ev, ok := wire.ParseChannelEvent(l.Type, l.Content)
	if !ok {
		r.fail("the server sends an event that is none: %s", clip(frame))
		return
	}
	t := r.of(life, f.Name)
	if was, known := t.events[f.Ver]; known {
		if was == ev {
			return
		}
		if !r.profile.mortal { // else a channel of that name died, and this is another
			r.fail("number %d of %s is %v, and was %v", f.Ver, f.Name, ev, was)
		}
	}
	t.events[f.Ver] = ev
	t.newest = max(t.newest, f.Ver)
	r.once(t, ev)
}

// once says that a message, or a change to a value that is used once, is published once.
func (r *rooms) once(t *truth, ev wire.ChannelEvent) {
	what := ev.Msg
	if ev.Type == wire.TypeChannelAttr && ev.Change == wire.AttrUpdate && !wire.IsBuiltin(ev.Name) {
		what = ev.Value
	}
	if what == "" {
		return
	}
	if t.count[what]++; t.count[what] > 1 && !r.profile.mortal {
		if m := r.judge.messages.byText[what]; m != nil {
			r.fail("%q is published twice", what)
		} else if s := r.judge.setters[what]; s.sessions == s.view.sessions {
			r.fail("attribute value %q is published twice", what)
		} // else it had no answer when its session was lost, and was made again in the next one
	}
}

// hearRoom judges an event of a channel.
func (v *view) hearRoom(ev *engine.Event) {
	r := &v.room
	if r.list && ev.Kind != engine.ChannelUserList && (!r.again || ev.Name != "channel") {
		v.fail("%s hears %s, and the list of %s should be next", v.client, tell(ev), r.name)
	}
	switch ev.Kind {
	case engine.ChannelJoined:
		if r.name != "" && r.name != ev.Channel {
			v.fail("%s hears %s and is in %s", v.client, tell(ev), r.name)
		}
		r.again = r.name == ev.Channel
		r.name, r.list, r.attrs, r.renewed = ev.Channel, true, make(map[string]string), false
	case engine.ChannelLeaved:
		if ev.Code == wire.LeaveChannelEOther || ev.Code == wire.GeneralEFailed {
			r.unsure = true
		}
		if ev.Channel == r.name && ev.Code != wire.LeaveChannelEOther && ev.Code != wire.GeneralEFailed && ev.Code != wire.GeneralENotLogin && ev.Code != wire.GeneralEWrongParam {
			*r = roomView{}
		}
	case engine.ChannelJoinFailed:
		r.unsure = true
	case engine.Failure:
		if ev.Name == "channel" {
			v.hearGap(ev)
		}
	case engine.ChannelUserList:
		v.hearList(ev)
	case engine.ChannelUserJoined, engine.ChannelUserLeaved, engine.ChannelAttr, engine.ChannelMessage:
		v.hearChannel(ev)
	}
}

// hearGap judges the word that events are lost: it must be true.
func (v *view) hearGap(ev *engine.Event) {
	r := &v.room
	limit := uint64(v.profile.limits.ReplayEvents)
	if limit == 0 {
		limit = 1000
	}
	switch {
	case r.name == "" || r.name != ev.Channel:
		v.fail("%s hears %s and is in %q", v.client, tell(ev), r.name)
	case r.renewed || r.unsure || v.moving(): // the server may have it out and in again
	case r.again && v.answer.newest > r.cursor: // and this says that it had
	case v.profile.mortal: // numbers say nothing when the channel may have died
	case v.answer.newest <= r.cursor+limit:
		v.fail("%s hears of a gap: it had %d, the newest is %d, and %d are kept", v.client, r.cursor, v.answer.newest, limit)
	}
	v.count("gap told")
	r.list, r.toldGap = true, true
}

func (v *view) hearList(ev *engine.Event) {
	r := &v.room
	if !r.list || r.name != ev.Channel || !v.answer.room {
		v.fail("%s hears %s and is in %q, and nothing announced it", v.client, tell(ev), r.name)
		return
	}
	if r.renewed && !r.toldGap {
		v.fail("%s hears %s after its session was lost, and not of the gap", v.client, tell(ev))
	}
	if r.again && !r.toldGap && !r.unsure && v.state == engine.Logined && r.life == v.answer.life && !v.profile.mortal && !v.moving() {
		v.judge.rooms.missed(v, v.answer.newest)
	}
	r.list, r.again, r.renewed, r.toldGap, r.unsure = false, false, false, false, false
	r.life, r.cursor = v.answer.life, v.answer.newest
	r.members = make(map[string]bool)
	for _, a := range ev.Accounts {
		if r.members[a] {
			v.fail("%s hears %s: %s is in it twice", v.client, tell(ev), a)
		}
		r.members[a] = true
	}
	if !r.members[v.account] && !v.lost { // else it may be out again before it hears that it is in
		v.fail("%s hears %s and is not in it itself", v.client, tell(ev))
	}
}

// hearChannel judges an event by what was published, and follows it as an application would.
func (v *view) hearChannel(ev *engine.Event) {
	r := &v.room
	if r.name != ev.Channel {
		v.fail("%s hears %s and is in %q", v.client, tell(ev), r.name)
		return
	}
	if ev.Kind == engine.ChannelMessage {
		if m := v.judge.messages.byText[ev.Text]; m == nil || m.to != ev.Channel || m.from.account != ev.Account {
			v.fail("%s hears %s, which nobody sent", v.client, tell(ev))
		} else {
			v.messages.take(v, m, ev)
		}
	}
	if v.answer.room && ev.Kind == engine.ChannelAttr { // what differs in a list that is told anew
		r.follow(ev)
		return
	}
	if !v.profile.mortal {
		v.advance(func(t wire.ChannelEvent) bool { return is(t, ev) }, func() { v.fail("%s hears %s, which is not next", v.client, tell(ev)) })
	}
	if ev.Kind == engine.ChannelUserJoined && r.members[ev.Account] && !v.profile.quietly {
		v.fail("%s hears %s, who is there already", v.client, tell(ev))
	}
	r.follow(ev)
}

// advance moves the cursor over what need not be told, up to and including what is found.
func (v *view) advance(found func(wire.ChannelEvent) bool, missing func()) {
	r := &v.room
	t := v.judge.rooms.of(r.life, r.name)
	for n := r.cursor + 1; n <= t.newest; n++ {
		e, known := t.events[n]
		switch {
		case known && found(e):
			r.cursor = n
			return
		case known && e.Type == wire.TypeChannelJoin && (r.members[e.Account] || v.profile.quietly):
		default:
			missing()
			return
		}
	}
	missing()
}

func is(t wire.ChannelEvent, ev *engine.Event) bool {
	switch ev.Kind {
	case engine.ChannelUserJoined:
		return t.Type == wire.TypeChannelJoin && t.Account == ev.Account
	case engine.ChannelUserLeaved:
		return t.Type == wire.TypeChannelLeave && t.Account == ev.Account
	case engine.ChannelMessage:
		return t.Type == wire.TypeChannelMsg && t.Account == ev.Account && t.Msg == ev.Text
	}
	return t.Type == wire.TypeChannelAttr && t.Account == ev.Account && t.Name == ev.Name && t.Value == ev.Text && t.Change == ev.Change
}

// follow is what an application makes of an event.
func (r *roomView) follow(ev *engine.Event) {
	switch ev.Kind {
	case engine.ChannelUserJoined:
		r.members[ev.Account] = true
	case engine.ChannelUserLeaved:
		delete(r.members, ev.Account)
	case engine.ChannelAttr:
		switch ev.Change {
		case wire.AttrUpdate:
			r.attrs[ev.Name] = ev.Text
		case wire.AttrDel:
			delete(r.attrs, ev.Name)
		case wire.AttrClear:
			maps.DeleteFunc(r.attrs, func(name, _ string) bool { return !wire.IsBuiltin(name) })
		}
	}
}

// calm compares what the members of a channel believe with what the server says.
func (r *rooms) calm(channel string) {
	p := r.judge.newProbe()
	ret := p.call(wire.FnJoin, channel)
	if ret.Get("result").Text() != "ok" {
		r.fail("the probe cannot join %s: %s", channel, clip(ret))
		return
	}
	members, attrs := wire.ParseMembers(ret.Get("list")), wire.ParseStrings(ret.Get("attrs"))
	newest, _ := wire.Version(ret.Get("msgid"))
	in := []string{probeAccount}
	for _, c := range r.clients {
		v := c.view
		if v.room.name != channel {
			continue
		}
		in = append(in, c.account)
		if !maps.Equal(v.room.attrs, attrs) {
			r.fail("%s believes that the attributes of %s are %v, they are %v", c, channel, v.room.attrs, attrs)
		}
		if r.profile.quietly {
			continue
		}
		if believed := slices.Sorted(maps.Keys(v.room.members)); !slices.Equal(believed, slices.Sorted(slices.Values(members))) {
			r.fail("%s believes that %v are in %s, it is %v", c, believed, channel, members)
		}
		if !r.profile.mortal && v.room.cursor != newest {
			v.advance(func(wire.ChannelEvent) bool { return false }, func() {})
			r.missed(v, newest)
		}
	}
	if believed := slices.Sorted(slices.Values(in)); !slices.Equal(believed, slices.Sorted(slices.Values(members))) {
		r.fail("%v believe that they are in %s, the server says %v", believed, channel, members)
	}
	p.leave()
	r.run(time.Second)
}

// missed says that what a client was not told of is nothing that it would have been told.
func (r *rooms) missed(v *view, newest uint64) {
	t := r.of(v.room.life, v.room.name)
	for n := v.room.cursor + 1; n <= newest; n++ {
		if e, known := t.events[n]; !known || (e.Type != wire.TypeChannelJoin && !v.profile.quietly) {
			r.fail("%s was never told event %d of %s: %v", v.client, n, v.room.name, e)
			return
		}
	}
}
