package core

import (
	"strings"

	"github.com/agora-signal-go/signal/internal/wire"
)

// attrs is the attributes of a user or of a channel.
type attrs struct {
	values map[string]string
	bytes  int
}

// attrSize is what an attribute counts against AttrBytes.
func attrSize(name, value string) int { return frameSize(name) + frameSize(value) }

// frameSize is how long a text is inside the object of an answer, which is JSON inside JSON.
func frameSize(s string) int {
	n := len(s)
	for i := range len(s) {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			n += len(`\\\"`) - 1
		case b < ' ':
			n += len(`\\u0000`) - 1
		}
	}
	return n
}

// set reports false, and changes nothing, when that were too much.
func (a *attrs) set(l *Limits, name, value string) bool {
	old, had := a.values[name]
	size := a.bytes + attrSize(name, value)
	if had {
		size -= attrSize(name, old)
	}
	if size > l.AttrBytes || (!had && len(a.values) >= l.Attrs) {
		return false
	}
	if a.values == nil {
		a.values = make(map[string]string)
	}
	a.values[name], a.bytes = value, size
	return true
}

func (a *attrs) del(name string) {
	if old, had := a.values[name]; had {
		a.bytes -= attrSize(name, old)
		delete(a.values, name)
	}
}

// hasOwn says whether there are any that are not built in.
func (a *attrs) hasOwn() bool {
	for name := range a.values {
		if !isBuiltin(name) {
			return true
		}
	}
	return false
}

// clear deletes all but the built-in ones.
func (a *attrs) clear() {
	for name := range a.values {
		if !isBuiltin(name) {
			a.del(name)
		}
	}
}

// value reads the value of an attribute. Old clients send a number as it is: its text counts.
func (q ask) value() (string, bool) {
	v := q.args.Get("value")
	if v.IsNumber() {
		return string(v), true
	}
	return v.Str()
}

func (c *Core) setUserAttr(s *session, q ask) {
	name := c.name(q, "name")
	value, isText := q.value()
	if bad := firstBad(wire.CheckName("name", name), wire.CheckText("value", value, wire.MaxValue)); bad != nil {
		c.answer(s, q, invalidRet(bad))
		return
	}
	if isText {
		value, isText = userRule(name, value)
	}
	if !isText {
		c.answer(s, q, wrongParam)
		return
	}
	acc := s.acc
	crowded := len(acc.attrs.values) == 0 && len(c.accounts) > c.limits.Accounts // it would have to stay for good
	if crowded || !acc.attrs.set(&c.limits, name, value) {
		c.answer(s, q, wire.Failure(reasonFull, wire.GeneralEFailed))
		return
	}
	c.userAttrChanged(acc, name)
	c.answer(s, q, okRet)
}

// changeAttr hands a change of a channel's attributes to the channel.
func (c *Core) changeAttr(s *session, q ask) {
	m := Message{To: Address{Target: ToChannel, Name: c.name(q, "channel")}, Op: OpClearAttr}
	bad := wire.CheckName("channelID", m.To.Name)
	isText := true
	if q.fn != wire.FnChannelClear {
		m.Op, m.Name = OpDelAttr, c.name(q, "name")
		bad = firstBad(bad, wire.CheckName("name", m.Name))
	}
	if q.fn == wire.FnChannelSetAttr {
		m.Op = OpSetAttr
		m.Value, isText = q.value()
		bad = firstBad(bad, wire.CheckText("value", m.Value, wire.MaxValue))
	}
	switch {
	case bad != nil:
		c.answer(s, q, invalidRet(bad))
	case !isText || wire.IsSpecial(m.To.Name):
		c.answer(s, q, wrongParam)
	default:
		c.request(s, q, m)
	}
}

func (c *Core) receiveAttr(m *Message) {
	ch := c.channelOf(m)
	if m.Op == OpSetAttr {
		value, ok := channelRule(m.Name, m.Value)
		switch {
		case !ok:
			c.reply(m, wrongParam)
		case ch == nil && c.memberless >= c.limits.MemberlessChannels:
			c.reply(m, wire.Failure(reasonFull, wire.GeneralEFailed))
		default:
			if ch == nil {
				ch = c.newChannel(m.To.App, m.To.Name)
			}
			c.setChannelAttr(ch, m, value)
		}
		return
	}
	e := wire.ChannelEvent{Type: wire.TypeChannelAttr, Account: m.From.Account, Change: wire.AttrClear}
	remove := func() { ch.attrs.clear() }
	there := false
	switch {
	case m.Op == OpDelAttr && isKept(m.Name):
		c.reply(m, wrongParam)
		return
	case ch == nil:
	case m.Op == OpDelAttr:
		e.Name, e.Change = m.Name, wire.AttrDel
		_, there = ch.attrs.values[m.Name]
		remove = func() { ch.attrs.del(m.Name) }
	default:
		there = ch.attrs.hasOwn()
	}
	switch {
	case !there:
	case !c.mayChange(ch, m.Name):
		c.reply(m, rateLimited)
		return
	default:
		remove()
		c.changed(ch, m.Name)
		c.publish(ch, &e, nil)
		c.channelAttrChanged(ch, m.Name)
	}
	c.reply(m, okRet)
}

func (c *Core) setChannelAttr(ch *channel, m *Message, value string) {
	if !c.mayChange(ch, m.Name) {
		c.reply(m, rateLimited)
		return
	}
	if !ch.attrs.set(&c.limits, m.Name, value) {
		c.reply(m, wire.Failure(reasonFull, wire.GeneralEFailed))
		return
	}
	c.changed(ch, m.Name)
	c.publish(ch, &wire.ChannelEvent{
		Type: wire.TypeChannelAttr, Account: m.From.Account, Name: m.Name, Value: value, Change: wire.AttrUpdate,
	}, nil)
	c.channelAttrChanged(ch, m.Name)
	c.reply(m, okRet)
}

// isBuiltin says whether an attribute is one of the service's own, which clear does not touch.
func isBuiltin(name string) bool { return strings.HasPrefix(name, "_") }
