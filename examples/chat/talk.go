package main

import (
	"slices"
	"time"
)

// maxLines bounds the history of one conversation, maxTalks how many are kept.
const (
	maxLines = 2000
	maxTalks = 100
)

// A talk is a conversation with its history: of a channel, or with one person.
type talk struct {
	name    string
	private bool
	lines   []line
	unread  int // said since it was last shown
	scroll  int // how many rows the reader is above the newest
	below   int // how many lines came in meanwhile
}

// A line is what somebody said, or a note about what happened when from is "".
type line struct {
	at   time.Time
	from string
	text string

	rows  []string // as drawn at a width, see [model.draw]
	width int
}

func (t *talk) title() string {
	if t.private {
		return cleanLine(t.name)
	}
	return "#" + cleanLine(t.name)
}

func (t *talk) add(l line) {
	if len(t.lines) == maxLines {
		t.lines = slices.Delete(t.lines, 0, 1)
	}
	t.lines = append(t.lines, l)
}

// talks are all conversations, channels before people, each kind in the order of its coming.
type talks []*talk

// with finds the conversation or begins it, for which another one may have to go when there are too many: never the one
// that is shown.
func (ts *talks) with(name string, private bool, shown *talk) *talk {
	for _, t := range *ts {
		if t.name == name && t.private == private {
			return t
		}
	}
	if len(*ts) >= maxTalks {
		ts.forget(shown)
	}
	at := len(*ts)
	if first := slices.IndexFunc(*ts, func(t *talk) bool { return t.private }); !private && first >= 0 {
		at = first
	}
	t := &talk{name: name, private: private}
	*ts = slices.Insert(*ts, at, t)
	return t
}

// forget drops the oldest conversation with a person that has nothing unread, else the oldest with a person, else the
// oldest.
func (ts *talks) forget(shown *talk) {
	for _, old := range []func(*talk) bool{
		func(t *talk) bool { return t.private && t.unread == 0 },
		func(t *talk) bool { return t.private },
		func(*talk) bool { return true },
	} {
		if at := slices.IndexFunc(*ts, func(t *talk) bool { return t != shown && old(t) }); at >= 0 {
			*ts = slices.Delete(*ts, at, at+1)
			return
		}
	}
}

// beside is the conversation that stands so many places after t, around the ends.
func (ts talks) beside(t *talk, step int) *talk {
	at := slices.Index(ts, t)
	return ts[((at+step)%len(ts)+len(ts))%len(ts)]
}

func (ts talks) unread() int {
	sum := 0
	for _, t := range ts {
		sum += t.unread
	}
	return sum
}
