package soak

import "sync"

// A Ledger verifies that messages come once and in order. A flow is what one receiver gets from one sender in one
// place; its messages are numbered 1, 2, 3 …
type Ledger struct {
	mu sync.Mutex
	// +checklocks:mu
	flows map[Flow]*progress
	// +checklocks:mu
	failed map[Flow]map[uint64]struct{} // by flows without a receiver: sent, perhaps, but nobody can rely on it
	// +checklocks:mu
	doubled uint64
	// +checklocks:mu
	reordered uint64
}

// A Flow names a flow.
type Flow struct {
	Channel  bool
	Sender   int
	Receiver int // -1 for what the sender knows
}

type progress struct {
	last    uint64
	missing map[uint64]struct{} // below last
}

// NewLedger returns a Ledger that has seen nothing.
func NewLedger() *Ledger {
	return &Ledger{flows: make(map[Flow]*progress), failed: make(map[Flow]map[uint64]struct{})}
}

// Came notes that message n came. The first of a flow after Rejoin may have any number.
func (l *Ledger) Came(f Flow, n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.flows[f]
	if p == nil {
		p = &progress{missing: make(map[uint64]struct{})}
		if f.Channel {
			p.last = n - 1 // nobody knows how many there were before
		}
		l.flows[f] = p
	}
	_, late := p.missing[n]
	switch {
	case n > p.last:
		for m := p.last + 1; m < n; m++ {
			p.missing[m] = struct{}{}
		}
		p.last = n
	case late:
		delete(p.missing, n)
		l.reordered++
	default:
		l.doubled++
	}
}

// Failed notes that the sender of f was told that message n could not be sent: it may have come or not.
func (l *Ledger) Failed(f Flow, n uint64) {
	f.Receiver = -1
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed[f] == nil {
		l.failed[f] = make(map[uint64]struct{})
	}
	l.failed[f][n] = struct{}{}
}

// Rejoin notes that a receiver has been away from its channel: what it missed meanwhile is not lost. What was lost
// before stays lost.
func (l *Ledger) Rejoin(receiver int, senders []int) (lost uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range senders {
		f := Flow{Channel: true, Sender: s, Receiver: receiver}
		lost += l.lost(f)
		delete(l.flows, f)
	}
	return lost
}

// lost returns how many messages of a flow did not come, though later ones did.
//
// +checklocks:l.mu
func (l *Ledger) lost(f Flow) (n uint64) {
	p := l.flows[f]
	if p == nil {
		return 0
	}
	failed := l.failed[Flow{Channel: f.Channel, Sender: f.Sender, Receiver: -1}]
	for m := range p.missing {
		if _, known := failed[m]; !known {
			n++
		}
	}
	return n
}

// Counts returns what went wrong until now.
func (l *Ledger) Counts() (lost, doubled, reordered uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for f := range l.flows {
		lost += l.lost(f)
	}
	return lost, l.doubled, l.reordered
}

// Reached reports whether everything up to message n of a flow came, or never was sent.
func (l *Ledger) Reached(f Flow, n uint64) bool {
	return l.MissingUpTo(f, n) == 0
}

// MissingUpTo returns how many of the messages up to n did not come, whose senders believe that they did.
func (l *Ledger) MissingUpTo(f Flow, n uint64) (missing uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	missing = l.lost(f)
	last := uint64(0)
	if p := l.flows[f]; p != nil {
		last = p.last
	}
	failed := l.failed[Flow{Channel: f.Channel, Sender: f.Sender, Receiver: -1}]
	for m := last + 1; m <= n; m++ {
		if _, known := failed[m]; !known {
			missing++
		}
	}
	return missing
}
