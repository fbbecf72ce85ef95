package main

import (
	"fmt"
	"slices"
	"strings"

	signal "github.com/agora-signal-go/signal"
)

// header has the conversation and its topic at left; at right, always, the state of the connection.
func (m *model) header() string {
	state := m.state()
	if m.width >= membersFrom {
		state = strong().Render(cleanLine(m.client.Account())) + " · " + state
	}
	title := strong().Render(m.shown.title())
	switch {
	case m.shown.private:
		title += dim().Render("  private")
	case !m.in(m.shown.name):
		title += dim().Render("  not in it")
	default:
		title += fmt.Sprintf(" (%d)  %s", len(m.members), cleanLine(m.topic))
	}
	if n := m.talks.unread(); n > 0 && m.layout().left == 0 {
		title = warning().Render(fmt.Sprintf("[%d new]", n)) + " " + title
	}
	room := m.width - m.ruler.width(state) - 3
	return " " + m.ruler.fit(title, room) + " " + m.ruler.fit(state, m.width-max(room, 0)-3) + " "
}

// state is the connection's, in a few words.
func (m *model) state() string {
	switch m.status.State {
	case signal.StateReconnecting:
		if m.status.Attempt == 0 {
			return warning().Render("reconnecting")
		}
		return warning().Render(fmt.Sprintf("reconnecting, try %d", m.status.Attempt))
	case signal.StateClosed:
		why := "closed"
		if m.status.Err != nil {
			why += ": " + cleanLine(reason(m.status.Err))
		}
		return bad().Render(why)
	default:
		return good().Render("connected")
	}
}

// A sidebarRow is a row of the left column, and the conversation that a click at it opens.
type sidebarRow struct {
	text string
	talk *talk
}

// sidebar lists the conversations. When they do not fit, those around the one that is shown are seen.
func (m *model) sidebar(l layout) []sidebarRow {
	var rows []sidebarRow
	at := 0
	for i, t := range m.talks {
		if i == 0 || t.private != m.talks[i-1].private {
			title := "CHANNELS"
			if t.private {
				title = "PEOPLE"
			}
			rows = append(rows, sidebarRow{text: dim().Render(m.ruler.fit(" "+title, l.left))})
		}
		if t == m.shown {
			at = len(rows)
		}
		rows = append(rows, sidebarRow{text: m.sidebarEntry(t, l.left), talk: t})
	}
	rows = rows[min(max(0, at-l.body/2), max(0, len(rows)-l.body)):]
	for len(rows) < l.body {
		rows = append(rows, sidebarRow{text: strings.Repeat(" ", l.left)})
	}
	return rows[:l.body]
}

func (m *model) sidebarEntry(t *talk, cells int) string {
	count := ""
	if t.unread > 0 {
		count = fmt.Sprintf(" %d", min(t.unread, 999))
	}
	mark := " "
	if t == m.shown {
		mark = "›"
	}
	entry := m.ruler.fit(mark+t.title(), cells-len(count)-1) + count + " "
	switch {
	case t == m.shown:
		return chosen().Render(entry)
	case t.unread > 0:
		return warning().Render(entry)
	case !t.private && !m.in(t.name):
		return dim().Render(entry)
	}
	return entry
}

// roster lists the members of the channel that we are in, whichever conversation is shown.
func (m *model) roster(l layout) []string {
	if l.right == 0 {
		return nil
	}
	title := fmt.Sprintf(" MEMBERS %d", len(m.members))
	if m.channel != nil && (m.shown.private || !m.in(m.shown.name)) {
		title = fmt.Sprintf(" %d in #%s", len(m.members), cleanLine(m.channel.Name()))
	}
	rows := []string{dim().Render(m.ruler.fit(title, l.right))}
	members := m.members
	more := len(members) - (l.body - 1)
	if more > 0 {
		more++ // the row that says so
		members = members[:len(members)-more]
	}
	for _, member := range members {
		name := cleanLine(member)
		if member == m.client.Account() {
			name += " (you)"
		}
		rows = append(rows, named(member).Render(m.ruler.fit(" "+name, l.right)))
	}
	if more > 0 {
		rows = append(rows, dim().Render(m.ruler.fit(fmt.Sprintf(" and %d more", more), l.right)))
	}
	for len(rows) < l.body {
		rows = append(rows, strings.Repeat(" ", l.right))
	}
	return rows[:l.body]
}

// said is the part of the conversation that the reader has scrolled to, the newest at the bottom.
func (m *model) said(l layout) []string {
	t := m.shown
	var rows []string // from the newest to the oldest
	for _, letter := range slices.Backward(m.outbox) {
		if letter.talk == t {
			waiting := line{at: m.now(), from: m.client.Account(), text: letter.text + " …"}
			rows = appendBackward(rows, m.rows(&waiting, l.middle))
		}
	}
	for i := len(t.lines) - 1; i >= 0 && len(rows) < t.scroll+l.body; i-- {
		rows = appendBackward(rows, m.rows(&t.lines[i], l.middle))
	}
	t.scroll = min(t.scroll, max(0, len(rows)-l.body))
	rows = rows[t.scroll:min(len(rows), t.scroll+l.body)]
	slices.Reverse(rows)
	for len(rows) < l.body {
		rows = append(rows, strings.Repeat(" ", l.middle))
	}
	return rows
}

func appendBackward(rows, more []string) []string {
	for _, row := range slices.Backward(more) {
		rows = append(rows, row)
	}
	return rows
}

// scroll moves the reader up, or down by a negative number; [model.said] stops at the ends.
func (m *model) scroll(rows int) {
	t := m.shown
	t.scroll = max(0, t.scroll+rows)
	m.said(m.layout())
	if t.scroll == 0 {
		t.below = 0
	}
}

// rows draws a line of a conversation: time, name, and the text wrapped beside the time.
func (m *model) rows(l *line, cells int) []string {
	if l.width == cells {
		return l.rows
	}
	clock := l.at.Format(" 15:04 ")
	who := "* "
	style := dim()
	if l.from != "" {
		who, style = cleanLine(l.from)+": ", named(l.from)
	}
	var rows []string
	for i, text := range m.ruler.wrap(who+clean(l.text), cells-len(clock)-1) {
		switch {
		case i > 0 && l.from == "":
			text = style.Render(text)
		case i > 0:
		case strings.HasPrefix(text, who):
			rest := text[len(who):]
			if l.from == "" {
				rest = style.Render(rest)
			}
			text = style.Render(who) + rest
		default: // a name that is wrapped itself
			text = style.Render(text)
		}
		if i > 0 {
			clock = "       "
		}
		rows = append(rows, m.ruler.fit(dim().Render(clock)+text, cells))
	}
	l.rows, l.width = rows, cells
	return rows
}

// redraw forgets what was drawn.
func (m *model) redraw() {
	for _, t := range m.talks {
		for i := range t.lines {
			t.lines[i].width = 0
		}
	}
}

// foot is the last row: what went wrong, what came in below, or what keys there are.
func (m *model) foot() string {
	switch {
	case m.notice.text != "" && m.notice.bad:
		return bad().Render(m.ruler.fit(" ! "+m.notice.text, m.width))
	case m.notice.text != "":
		return good().Render(m.ruler.fit(" "+m.notice.text, m.width))
	case m.shown.below > 0:
		return warning().Render(m.ruler.fit(fmt.Sprintf(" ↓ %d new below: Esc goes there", m.shown.below), m.width))
	case m.shown.scroll > 0:
		return dim().Render(m.ruler.fit(" older messages: PgUp and PgDn scroll, Esc goes to the newest", m.width))
	case m.status.State == signal.StateReconnecting && m.status.Err != nil:
		return warning().Render(m.ruler.fit(" "+cleanLine(m.status.Err.Error()), m.width))
	case m.width < membersFrom:
		return dim().Render(m.ruler.fit(" F1 help  Ctrl-N next  Ctrl-C quits", m.width))
	}
	return dim().Render(m.ruler.fit(" F1 help  Tab completes  PgUp scrolls  Ctrl-N next talk  Ctrl-C quits", m.width))
}
