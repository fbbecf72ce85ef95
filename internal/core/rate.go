package core

import "time"

// A bucket holds the right to do something so many times a second, one second's worth at most. It is the time at which
// it will be full, so that one that is full needs nothing kept: the zero bucket is full.
type bucket instant

// price is the time that it takes to earn the right to one.
func price(perSecond int) bucket { return bucket(int(time.Second) / perSecond) }

// has says whether one may be taken.
func (b bucket) has(now instant, perSecond int) bool {
	at := bucket(now)
	return max(b, at)+price(perSecond) <= at+bucket(time.Second)
}

// take takes one, which has said may be taken.
func (b *bucket) take(now instant, perSecond int) {
	*b = max(*b, bucket(now)) + price(perSecond)
}

// giveBack undoes a take.
func (b *bucket) giveBack(perSecond int) { *b -= price(perSecond) }

func (b bucket) isFull(now instant) bool { return instant(b) <= now }

// fullAt returns when it will be full.
func (b bucket) fullAt() instant { return instant(b) }

// rates is what a channel takes a second.
type rates struct {
	sendLimit, setLimit int // from the channel's attributes; 0: as the server has it
	sent                bucket
	changed             bucket            // all attributes together
	attrs               map[string]bucket // those that are not full, by name; "" stands for clearing
	sweep               timer             // set while attrs has any
}

// maySend says whether a channel takes one more message now.
func (c *Core) maySend(ch *channel) bool { return ch.rates.sent.has(c.at, c.sendRate(ch)) }

func (c *Core) sendRate(ch *channel) int {
	if ch.rates.sendLimit > 0 {
		return ch.rates.sendLimit
	}
	return c.limits.ChannelMessagesPerSecond
}

// mayChange says whether a channel takes one more change of an attribute now.
func (c *Core) mayChange(ch *channel, name string) bool {
	if isLimit(name) {
		return true // who set them too low has to get out again
	}
	r := &ch.rates
	return r.attrs[name].has(c.at, c.setRate(ch)) && r.changed.has(c.at, c.limits.AttrEventsPerSecond)
}

// changed counts a change that mayChange allowed.
func (c *Core) changed(ch *channel, name string) {
	if isLimit(name) {
		return
	}
	r := &ch.rates
	r.changed.take(c.at, c.limits.AttrEventsPerSecond)
	b := r.attrs[name]
	if b.take(c.at, c.setRate(ch)); b.isFull(c.at) {
		return // there is no limit
	}
	if r.attrs == nil {
		r.attrs = make(map[string]bucket)
		c.set(&r.sweep, c.in(time.Second)) // by then it is full
	}
	r.attrs[name] = b
}

func (c *Core) setRate(ch *channel) int {
	if ch.rates.setLimit > 0 {
		return ch.rates.setLimit
	}
	return c.limits.AttrChangesPerSecond
}

// ratedChannel is a channel as the sweep of its rates sees it.
type ratedChannel channel

// fire forgets the buckets that are full.
func (rc *ratedChannel) fire(c *Core) {
	r := &rc.rates
	for name, b := range r.attrs {
		if b.isFull(c.at) {
			delete(r.attrs, name)
		}
	}
	if len(r.attrs) == 0 {
		r.attrs = nil
		return
	}
	c.set(&r.sweep, c.in(time.Second))
}
