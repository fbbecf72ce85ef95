package core

import (
	"maps"
	"strconv"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// counts is what a channel tells its members about their number.
type counts struct {
	joins   uint64 // ever
	members ticker // of attrMemberNum
	total   ticker // of attrTotalNum
}

// A ticker tells members of a change at fixed times, so that many changes are told at once, and nothing when there is none.
type ticker struct {
	every time.Duration // 0: never
	since instant       // what the times are counted from
	timer timer         // set when there is a change to tell
}

// changed has a change told at the next time that is due.
func (t *ticker) changed(c *Core) {
	if t.every > 0 && !t.timer.isSet() {
		c.set(&t.timer, c.in(t.every-time.Duration(c.at-t.since)%t.every))
	}
}

// setEvery makes it tick in another rhythm from now on.
func (t *ticker) setEvery(c *Core, every time.Duration) {
	if every == t.every {
		return
	}
	untold := t.timer.isSet()
	c.stop(&t.timer)
	t.every, t.since = every, c.at
	if untold {
		t.changed(c)
	}
}

// setCounts puts the two attributes that switch the counts on into force.
func (c *Core) setCounts(ch *channel) {
	members, _ := integer(ch.attrs.values[attrAutoNum])
	total, _ := integer(ch.attrs.values[attrAutoTotal])
	if members == 0 {
		total = 0
	}
	ch.counts.members.setEvery(c, time.Duration(members)*time.Second)
	ch.counts.total.setEvery(c, time.Duration(total)*time.Second)
}

func (ch *channel) memberNum() string { return strconv.Itoa(ch.members.len()) }
func (ch *channel) totalNum() string  { return strconv.FormatUint(ch.counts.joins, 10) }

// memberCount and totalCount are a channel as its tickers see it.
type (
	memberCount channel
	totalCount  channel
)

func (m *memberCount) fire(c *Core) {
	ch := (*channel)(m)
	c.tellCount(ch, attrMemberNum, ch.memberNum())
}

func (t *totalCount) fire(c *Core) {
	ch := (*channel)(t)
	c.tellCount(ch, attrTotalNum, ch.totalNum())
}

// tellCount tells the members a number that the server keeps.
func (c *Core) tellCount(ch *channel, name, value string) {
	c.publish(ch, &wire.ChannelEvent{Type: wire.TypeChannelAttr, Name: name, Value: value, Change: wire.AttrUpdate}, nil)
}

// came and went count a member and report it.
func (c *Core) came(ch *channel, account string) {
	ch.counts.joins++
	ch.counts.members.changed(c)
	ch.counts.total.changed(c)
	c.observe(Event{Kind: EventJoin, App: ch.app, Account: account, Channel: ch.name})
	if !ch.special {
		c.watch(ch.app, wire.ChannelEvents, wire.ReportJoin, account, ch.name)
	}
}

func (c *Core) went(ch *channel, account string) {
	ch.counts.members.changed(c)
	c.observe(Event{Kind: EventLeave, App: ch.app, Account: account, Channel: ch.name})
	if !ch.special {
		c.watch(ch.app, wire.ChannelEvents, wire.ReportLeave, account, ch.name)
	}
}

// stopCounts stops telling: nobody is there to hear it.
func (c *Core) stopCounts(ch *channel) {
	c.stop(&ch.counts.members.timer)
	c.stop(&ch.counts.total.timer)
}

// shown returns the attributes as a joiner is told them, with the numbers of now.
func (ch *channel) shown() map[string]string {
	if ch.counts.members.every == 0 {
		return ch.attrs.values
	}
	values := maps.Clone(ch.attrs.values)
	values[attrMemberNum] = ch.memberNum()
	if ch.counts.total.every > 0 {
		values[attrTotalNum] = ch.totalNum()
	}
	return values
}
