package main

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// clean makes a text that somebody else wrote safe to show: a terminal obeys control characters, so a message could
// otherwise clear the screen, retitle the window or forge lines. Line breaks stay.
func clean(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = cleanLine(line)
	}
	return strings.Join(lines, "\n")
}

// cleanLine is clean for what has one line only: names, topics, what is being typed.
func cleanLine(text string) string {
	before := ' '
	return strings.Map(func(r rune) rune {
		shown := harmless(r, before)
		before = r
		return shown
	}, text)
}

// harmless is the rune to show for r, or -1 for none.
func harmless(r, before rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r < ' ':
		return '␀' + r // the picture of that control character: ␛ for escape
	case r == 0x7f:
		return '␡'
	case r == '\u200c', r == '\u200d' && (unicode.IsLetter(before) || unicode.IsMark(before)):
		return r // joiners, which words of some languages need
	case r == '\u200d', r == '\ufe0f', r >= '\U0001f3fb' && r <= '\U0001f3ff':
		return -1 // what makes one emoji of several: terminals do not agree how wide that is
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
		return unicode.ReplacementChar // other controls, marks that turn the direction of writing, …
	}
	return r
}

// A ruler measures and cuts text in cells of the terminal, where a Chinese character takes two. It has to be the one that
// the renderer uses, see [model.measure].
type ruler struct{ ansi.Method }

func (r ruler) width(text string) int { return r.StringWidth(text) }

// fit makes text exactly so many cells wide: it cuts, with an ellipsis, or adds spaces.
func (r ruler) fit(text string, cells int) string {
	if cells <= 0 {
		return ""
	}
	if r.width(text) > cells {
		text = r.Truncate(text, cells, "…")
	}
	return text + strings.Repeat(" ", max(0, cells-r.width(text)))
}

// wrap breaks text into rows of at most so many cells: after a space or beside a wide character where it can, else
// anywhere.
func (r ruler) wrap(text string, cells int) []string {
	var rows []string
	for line := range strings.SplitSeq(text, "\n") {
		rows = append(rows, r.wrapLine(line, max(cells, 2))...)
	}
	return rows
}

func (r ruler) wrapLine(text string, cells int) []string {
	var rows []string
	at, width := 0, 0 // what is read of text, and its cells
	breaks := 0       // the last place for a break
	for at < len(text) {
		cluster, wide := ansi.FirstGraphemeCluster(text[at:], r.Method)
		if wide > 1 {
			breaks = at
		}
		if width+wide > cells && cluster != " " {
			if breaks == 0 {
				breaks = at
			}
			rows = append(rows, strings.TrimRight(text[:breaks], " "))
			text = text[breaks:]
			at, width, breaks = 0, 0, 0
			continue
		}
		at += len(cluster)
		width += wide
		if wide > 1 || cluster == " " {
			breaks = at
		}
	}
	return append(rows, strings.TrimRight(text, " "))
}

// window is the part of a line of input that is shown in so many cells so that the cursor, which has before before it, is
// seen; and the cell in which the cursor stands.
func (r ruler) window(before, after string, cells int) (shown string, at int) {
	for at = r.width(before); at >= cells; {
		cluster, wide := ansi.FirstGraphemeCluster(before, r.Method)
		before = before[len(cluster):]
		at -= wide
	}
	return r.Truncate(before+after, cells, ""), at
}
