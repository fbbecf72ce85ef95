package sim

import (
	"fmt"
	"strconv"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// live has the user do something now and then, until the network is mended or the program ends.
func (c *client) live() {
	c.after(c.between(0, 2*c.profile.think), func() {
		c.whenAwake(func() {
			if c.gone || c.calm {
				return
			}
			c.act()
			c.live()
		})
	})
}

// act is one thing that a user does, by himself or inside a handler.
func (c *client) act() {
	if c.engine.State() == engine.NotLogin && !c.chance(5) {
		c.login()
		return
	}
	switch n := c.rnd.IntN(100); {
	case n < 30:
		c.send(c.somebody())
	case n < 45:
		c.say(c.room())
	case n < 55:
		c.do(engine.Request{Op: engine.OpJoin, Method: "channelJoin", Channel: c.room()})
	case n < 58:
		c.do(engine.Request{Op: engine.OpLeave, Method: "channelLeave", Channel: c.room()})
	case n < 66:
		c.attribute()
	case n < 72:
		c.ask()
	case n < 80:
		c.invite()
	case n < 92:
		c.onCall()
	case n < 94:
		c.wrong()
	case n < 96:
		c.logout()
	case n < 97:
		c.login()
	case n < 98:
		c.destroy()
	case c.profile.storms:
		for range 20 + c.rnd.IntN(60) {
			c.send(c.somebody())
		}
	}
}

// react is what a user does inside a handler.
func (c *client) react(ev *engine.Event) {
	c.judge.handled(ev)
	if c.calm {
		return
	}
	switch ev.Kind {
	case engine.InviteReceived:
		switch c.rnd.IntN(3) {
		case 0:
			c.after(c.between(0, 10*time.Second), c.onCall)
		case 1:
			c.answerCall(ev.Channel, ev.Account)
		}
	case engine.Reconnected, engine.LoginSuccess:
		if c.chance(3) {
			c.do(engine.Request{Op: engine.OpJoin, Method: "channelJoin", Channel: c.room()})
		}
	}
	if c.chance(50) {
		c.act()
	}
}

func (c *client) somebody() string { return c.profile.accounts[c.rnd.IntN(len(c.profile.accounts))] }

func (c *client) room() string { return c.profile.channels[c.rnd.IntN(len(c.profile.channels))] }

// send sends an instant message.
func (c *client) send(to string) {
	m := c.judge.messages.next(c, to)
	r := engine.Request{Op: engine.OpSend, Method: "messageInstantSend", Account: to, Text: m.text, Trace: m.trace}
	if c.chance(5) {
		r.ID = "same" // a name that the application uses again and again loses nothing
	}
	c.doWith(r, func(r *asked) { r.message = m })
}

// say sends a message to a channel.
func (c *client) say(channel string) {
	m := c.judge.messages.next(c, channel)
	c.doWith(engine.Request{
		Op: engine.OpChannelSend, Method: "messageChannelSend", Channel: channel, Text: m.text, Trace: m.trace, Force: c.chance(6),
	}, func(r *asked) { r.message = m })
}

// attribute changes an attribute, of the user or of a channel. Each value is used once.
func (c *client) attribute() {
	value := c.judge.value(c)
	name := "a" + strconv.Itoa(c.rnd.IntN(3))
	r := engine.Request{Op: engine.OpChannelSet, Method: "channelSetAttr", Channel: c.room(), Name: name, Text: value}
	switch n := c.rnd.IntN(20); {
	case n < 3:
		r = engine.Request{Op: engine.OpSetAttr, Method: "setAttr", Name: name, Text: value}
	case n < 4:
		r = engine.Request{Op: engine.OpSetAttr, Method: "setAttr", Name: wire.AttrConnTimeout, Text: strconv.Itoa(10 + c.rnd.IntN(60))}
	case n < 7:
		r.Op, r.Method, r.Text = engine.OpChannelDel, "channelDelAttr", ""
	case n < 8:
		r = engine.Request{Op: engine.OpChannelClear, Method: "channelClearAttr", Channel: r.Channel}
	case n < 9 && c.profile.mortal:
		r.Name, r.Text = "_channel_ttl", strconv.Itoa(c.rnd.IntN(3))
	case n < 10 && c.profile.quietly:
		r.Name, r.Text = wire.AttrUserNotification, strconv.Itoa(c.rnd.IntN(2))
	}
	if r.Op == engine.OpSetAttr {
		c.judge.keepers[c.account] = true
	}
	c.doWith(r, func(a *asked) { c.judge.setters[value] = setter{c.view, a.sessions} })
}

// ask asks a question.
func (c *client) ask() {
	switch c.rnd.IntN(5) {
	case 0:
		c.do(engine.Request{Op: engine.OpQueryStatus, Method: "queryUserStatus", Account: c.somebody()})
	case 1:
		c.do(engine.Request{Op: engine.OpGetAttr, Method: "getUserAttr", Account: c.somebody(), Name: "a1"})
	case 2:
		c.do(engine.Request{Op: engine.OpGetAttrAll, Method: "getAttrAll", Self: true})
	case 3:
		c.do(engine.Request{Op: engine.OpQueryNum, Method: "channelQueryUserNum", Channel: c.room()})
	case 4:
		c.do(engine.Request{Op: engine.OpInvoke, Method: "invoke", Name: "io.agora.signal.user_query_user_status", Text: `{"account":"bob"}`, ID: "i"})
	}
}

// invite rings somebody. The channel is named for the two, so that what is told of it is told of one direction.
func (c *client) invite() {
	options := ""
	switch c.rnd.IntN(6) {
	case 0:
		options = fmt.Sprintf(`,"_timeout":%d`, 1+c.rnd.IntN(30))
	case 1:
		options = fmt.Sprintf(`,"_ring_timeout":%d`, 1+c.rnd.IntN(30))
	case 2:
		options = `,"_require_peer_online":1`
	}
	c.ring(c.somebody(), options)
}

func (c *client) ring(peer, options string) *call {
	n := c.judge.calls.next()
	k := c.judge.calls.invite(c, n, c.account+" calls "+peer, peer)
	c.doWith(engine.Request{
		Op: engine.OpInvite, Method: "channelInviteUser2", Channel: k.key.channel, Account: peer, Extra: fmt.Sprintf(`{"n":%d%s}`, n, options),
	}, func(r *asked) { r.call, k.tag = k, c.view.tag })
	return k
}

// onCall does something about a call that is open, as far as the user knows.
func (c *client) onCall() {
	if c.gone || c.calm {
		return
	}
	calls := c.judge.calls.openOf(c)
	if len(calls) == 0 {
		if c.chance(10) { // about one that is not
			c.answerCall("none", c.somebody())
		}
		return
	}
	k := calls[c.rnd.IntN(len(calls))]
	switch c.rnd.IntN(5) {
	case 0:
		c.do(engine.Request{Op: engine.OpDTMF, Method: "channelInviteDTMF", Channel: k.channel, Account: k.peer, Text: "12#"})
	case 1, 2:
		c.endCall(k)
	default:
		if !k.mine {
			c.answerCall(k.channel, k.peer)
		}
	}
}

func (c *client) endCall(k callKey) {
	c.do(engine.Request{Op: engine.OpEnd, Method: "channelInviteEnd", Channel: k.channel, Account: k.peer})
}

func (c *client) answerCall(channel, peer string) {
	op, method := engine.OpAccept, "channelInviteAccept"
	if c.chance(3) {
		op, method = engine.OpRefuse, "channelInviteRefuse"
	}
	r := engine.Request{Op: op, Method: method, Channel: channel, Account: peer}
	s := c.judge.calls.about(c, &r)
	if s != nil {
		r.Extra = fmt.Sprintf(`{"n":%d}`, s.n)
	}
	c.doWith(r, func(r *asked) {
		if r.side = s; s != nil && op == engine.OpRefuse {
			s.refuses++
		}
	})
}

// wrong asks for what must be refused at once.
func (c *client) wrong() {
	switch c.rnd.IntN(4) {
	case 0:
		c.do(engine.Request{Op: engine.OpSend, Method: "messageInstantSend", Account: "no account", Text: "x"})
	case 1:
		c.do(engine.Request{Op: engine.OpJoin, Method: "channelJoin", Channel: ""})
	case 2:
		c.do(engine.Request{Op: engine.OpInvite, Method: "channelInviteUser", Channel: "x", Account: "bob", Extra: "not JSON"})
	case 3:
		c.do(engine.Request{Op: engine.OpUnsupported, Method: "messageDTMFSend", Text: "not supported"})
	}
}

func (c *client) do(r engine.Request) { c.doWith(r, func(*asked) {}) }

// doWith makes a request; mark adds what the judge wants to know about it.
func (c *client) doWith(r engine.Request, mark func(*asked)) {
	if c.gone {
		return
	}
	if c.faced() {
		r.ID = c.named(&r)
	}
	a := c.view.ask(&r)
	mark(a)
	r.Check()
	if c.tracing() {
		c.note("%s calls %s %s%s%s %s%s", c, r.Method, r.Channel, sep(r.Account), sep(r.Name), clip([]byte(r.Text)), sep(r.Extra))
	}
	c.step(func(now time.Time) {
		c.engine.Do(now, &r)
		if a.call != nil {
			a.call.caller.req = &r
		}
	})
}

// named names the call that a request is about, where there is one.
func (c *client) named(r *engine.Request) string {
	switch r.Op {
	case engine.OpAccept, engine.OpRefuse, engine.OpEnd, engine.OpDTMF:
		return c.engine.CallFor(r)
	}
	return r.ID
}

func sep(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}
