package feed

// marks knows up to which of the marked events all are done with.
type marks struct {
	open []*mark // the oldest first; those behind the first may be done
}

type mark struct {
	n      uint64
	done   bool
	unread bool // its event is one of a topic that nobody has ever read
}

// unread is how many marks may wait behind an event of a topic that nobody has ever read: so many others wait where they
// come from. Beyond that it counts as done with. It is kept all the same.
const unread = 500

// blocked returns the mark that too many wait for and that nobody may ever be done with, or nil.
func (m *marks) blocked() *mark {
	if len(m.open) > unread && m.open[0].unread {
		return m.open[0]
	}
	return nil
}

func (m *marks) add(n uint64) *mark {
	one := &mark{n: n}
	m.open = append(m.open, one)
	return one
}

// done is done with one, and returns the mark up to which all are, or 0 when that is no news.
func (m *marks) done(one *mark) (upTo uint64) {
	one.done = true
	for len(m.open) > 0 && m.open[0].done {
		upTo = m.open[0].n
		m.open[0] = nil
		m.open = m.open[1:]
	}
	if len(m.open) == 0 {
		m.open = nil
	}
	return upTo
}
