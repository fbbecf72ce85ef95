package core

import "slices"

// MaxList is how many entries one page of a list holds at most.
const MaxList = 1000

// A Query is an Input that only looks: ListSessions or ListChannels.
type Query interface {
	Input
	query()
}

// Ask answers a Query as Step does, but no time passes by it.
func (c *Core) Ask(q Query) { q.apply(c) }

// ListSessions asks for the sessions of an app on one Core, in the order of their accounts.
type ListSessions struct {
	App   string
	After string // the last account of the page before; "" for the first
	Limit int    // up to MaxList; 0: that many
	Done  func(page []SessionInfo, more bool)
}

// SessionInfo is what there is to know of a session.
type SessionInfo struct {
	Account, Device string
	Channel         string // "" for none
	Connected       bool   // whether its socket is up
}

func (ListSessions) query() {}

func (in ListSessions) apply(c *Core) {
	p := newPager(in.After, in.Limit)
	for _, s := range c.sessions {
		if s.acc.app == in.App {
			p.offer(s.acc.name)
		}
	}
	page := make([]SessionInfo, 0, len(p.names))
	for _, name := range p.names {
		s := c.accounts[entity{in.App, name}].session
		page = append(page, SessionInfo{Account: name, Device: s.device, Channel: s.channel, Connected: s.peer != nil})
	}
	in.Done(page, p.more)
}

// ListChannels asks for the channels of an app on one Core, in the order of their names, also for those without members.
type ListChannels struct {
	App   string
	After string // the last channel of the page before; "" for the first
	Limit int    // up to MaxList; 0: that many
	Done  func(page []ChannelInfo, more bool)
}

// ChannelInfo is what there is to know of a channel.
type ChannelInfo struct {
	Name           string
	Members, Attrs int
}

func (ListChannels) query() {}

func (in ListChannels) apply(c *Core) {
	p := newPager(in.After, in.Limit)
	for e := range c.channels {
		if e.app == in.App {
			p.offer(e.name)
		}
	}
	page := make([]ChannelInfo, 0, len(p.names))
	for _, name := range p.names {
		ch := c.channels[entity{in.App, name}]
		page = append(page, ChannelInfo{Name: name, Members: ch.members.len(), Attrs: len(ch.attrs.values)})
	}
	in.Done(page, p.more)
}

// A pager picks the first names after one, of many that come in no order.
type pager struct {
	after string
	limit int
	names []string // in order
	more  bool     // whether others are behind them
}

func newPager(after string, limit int) pager {
	if limit <= 0 || limit > MaxList {
		limit = MaxList
	}
	return pager{after: after, limit: limit}
}

func (p *pager) offer(name string) {
	if name <= p.after {
		return
	}
	if len(p.names) == p.limit {
		p.more = true
		if name > p.names[p.limit-1] {
			return
		}
		p.names = p.names[:p.limit-1]
	}
	i, _ := slices.BinarySearch(p.names, name)
	p.names = slices.Insert(p.names, i, name)
}
