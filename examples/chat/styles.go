package main

import (
	"hash/fnv"

	"charm.land/lipgloss/v2"
)

// The sixteen colours are the terminal's own, so that they fit its background. With NO_COLOR set, Bubble Tea writes none:
// everything is said in words too.

func dim() lipgloss.Style     { return lipgloss.NewStyle().Foreground(lipgloss.BrightBlack) }
func strong() lipgloss.Style  { return lipgloss.NewStyle().Bold(true) }
func chosen() lipgloss.Style  { return lipgloss.NewStyle().Reverse(true) }
func good() lipgloss.Style    { return lipgloss.NewStyle().Foreground(lipgloss.Green) }
func warning() lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Yellow).Bold(true) }
func bad() lipgloss.Style     { return lipgloss.NewStyle().Foreground(lipgloss.Red).Bold(true) }

// named is the style of a name: always the same colour for the same one.
func named(account string) lipgloss.Style {
	colors := []lipgloss.Style{
		lipgloss.NewStyle().Foreground(lipgloss.Red), lipgloss.NewStyle().Foreground(lipgloss.Green),
		lipgloss.NewStyle().Foreground(lipgloss.Yellow), lipgloss.NewStyle().Foreground(lipgloss.Blue),
		lipgloss.NewStyle().Foreground(lipgloss.Magenta), lipgloss.NewStyle().Foreground(lipgloss.Cyan),
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(account))
	return colors[sum.Sum32()%uint32(len(colors))].Bold(true)
}
