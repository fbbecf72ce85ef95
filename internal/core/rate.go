package core

import "time"

// A bucket holds the right to do something so many times a second, one second's worth at most. It is the time at which
// it will be full, in Unix nanoseconds, so that one that is full needs nothing kept: the zero bucket is full.
type bucket int64

// price is the time that it takes to earn the right to one.
func price(perSecond int) bucket { return bucket(int(time.Second) / perSecond) }

// has says whether one may be taken.
func (b bucket) has(now time.Time, perSecond int) bool {
	at := bucket(now.UnixNano())
	return max(b, at)+price(perSecond) <= at+bucket(time.Second)
}

// take takes one, which has said may be taken.
func (b *bucket) take(now time.Time, perSecond int) {
	*b = max(*b, bucket(now.UnixNano())) + price(perSecond)
}

// giveBack undoes a take.
func (b *bucket) giveBack(perSecond int) { *b -= price(perSecond) }

func (b bucket) isFull(now time.Time) bool { return int64(b) <= now.UnixNano() }

// fullAt returns when it will be full.
func (b bucket) fullAt() time.Time { return time.Unix(0, int64(b)) }

// rates is what a channel takes a second.
type rates struct {
	sendLimit, setLimit int // from the channel's attributes; 0: as the server has it
	sent                bucket
	changed             bucket            // all attributes together
	attrs               map[string]bucket // those that are not full, by name; "" stands for clearing
	sweep               timer             // set while attrs has any
}

// maySend says whether a channel takes one more message now.
func (c *Core) maySend(ch *channel) bool { return ch.rates.sent.has(c.now, c.sendRate(ch)) }

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
	return r.attrs[name].has(c.now, c.setRate(ch)) && r.changed.has(c.now, c.limits.AttrEventsPerSecond)
}

// changed counts a change that mayChange allowed.
func (c *Core) changed(ch *channel, name string) {
	if isLimit(name) {
		return
	}
	r := &ch.rates
	r.changed.take(c.now, c.limits.AttrEventsPerSecond)
	b := r.attrs[name]
	if b.take(c.now, c.setRate(ch)); b.isFull(c.now) {
		return // there is no limit
	}
	if r.attrs == nil {
		r.attrs = make(map[string]bucket)
		r.sweep.fire = func(c *Core) { c.sweepRates(ch) }
		c.set(&r.sweep, c.now.Add(time.Second)) // by then it is full
	}
	r.attrs[name] = b
}

func (c *Core) setRate(ch *channel) int {
	if ch.rates.setLimit > 0 {
		return ch.rates.setLimit
	}
	return c.limits.AttrChangesPerSecond
}

// sweepRates forgets the buckets that are full.
func (c *Core) sweepRates(ch *channel) {
	r := &ch.rates
	for name, b := range r.attrs {
		if b.isFull(c.now) {
			delete(r.attrs, name)
		}
	}
	if len(r.attrs) == 0 {
		r.attrs = nil
		return
	}
	c.set(&r.sweep, c.now.Add(time.Second))
}
