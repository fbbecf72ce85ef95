package main

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// View draws the screen: as many rows as it has, none wider.
//
//	#lobby (3)  Hello                       alice · connected
//	───────────────┬───────────────────────┬─────────────────
//	 conversations │ what was said         │ members
//	───────────────┴───────────────────────┴─────────────────
//	☎ bob calls you                    [a] accept  [r] refuse
//	> what is being typed
//	hints, or what went wrong
func (m *model) View() tea.View {
	view := tea.NewView("")
	view.AltScreen = true
	view.MouseMode = tea.MouseModeCellMotion
	if m.width < leastWidth || m.height < leastHeight {
		view.SetContent(m.ruler.fit("too small", m.width))
		return view
	}
	l := m.layout()
	screen := []string{m.header()}
	if l.rules {
		screen = append(screen, m.rule(l, "┬"))
	}
	screen = append(screen, m.body(l)...)
	if l.rules {
		screen = append(screen, m.rule(l, "┴"))
	}
	if says, keys := m.phone.banner(m.input.Value() == ""); says != "" {
		screen = append(screen, chosen().Render(m.ruler.fit(" ☎ "+says, m.width-len(keys)-2)+" "+keys+" "))
	}
	prompt := "> "
	typed, position := []rune(m.input.Value()), m.input.Position()
	input, at := m.ruler.window(cleanLine(string(typed[:position])), cleanLine(string(typed[position:])), m.width-len(prompt))
	view.Cursor = tea.NewCursor(len(prompt)+at, len(screen))
	if input == "" {
		input = dim().Render(m.ruler.fit(m.prompting(), m.width-len(prompt)))
	}
	screen = append(screen, strong().Render(prompt)+input, m.foot())
	view.SetContent(strings.Join(screen, "\n"))
	return view
}

// prompting says whom what is typed will go to.
func (m *model) prompting() string { return "say something to " + m.shown.title() + ", or /help" }

// rule is a line across the screen, with a joint where columns are divided.
func (m *model) rule(l layout, joint string) string {
	line := strings.Repeat("─", l.middle)
	if l.left > 0 {
		line = strings.Repeat("─", l.left) + joint + line
	}
	if l.right > 0 {
		line += joint + strings.Repeat("─", l.right)
	}
	return dim().Render(line)
}

// body has the columns side by side.
func (m *model) body(l layout) []string {
	talks, said, members := m.sidebar(l), m.said(l), m.roster(l)
	divider := dim().Render("│")
	rows := make([]string, l.body)
	for i := range rows {
		row := said[i]
		if l.left > 0 {
			row = talks[i].text + divider + row
		}
		if l.right > 0 {
			row += divider + members[i]
		}
		rows[i] = row
	}
	return rows
}
