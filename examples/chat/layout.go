package main

// Below these widths the screen does without its members, and then without its conversations.
const (
	membersFrom = 64
	talksFrom   = 44
	wideFrom    = 100
	leastWidth  = 20
	leastHeight = 5
)

// A layout says how many cells each part of the screen gets. From above: a header, the body, perhaps a banner, the input
// line, the foot; with rules around the body where there is room.
type layout struct {
	left, middle, right int // columns of the body; one more cell each divides them
	top                 int // rows above the body
	body                int // rows of the body
	rules               bool
}

// layout is that of the screen as it is now.
func (m *model) layout() layout {
	l := layout{rules: m.height >= 10, top: 1}
	switch {
	case m.width >= wideFrom:
		l.left, l.right = 22, 20
	case m.width >= membersFrom:
		l.left, l.right = 15, 14
	case m.width >= talksFrom:
		l.left = 13
	}
	l.middle = m.width
	for _, column := range []int{l.left, l.right} {
		if column > 0 {
			l.middle -= column + 1
		}
	}
	l.body = m.height - 3
	if l.rules {
		l.top = 2
		l.body -= 2
	}
	if says, _ := m.phone.banner(true); says != "" {
		l.body--
	}
	return l
}
