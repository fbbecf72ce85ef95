// Package report makes tables and plots of samples.
package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Sample is what one contender did in one workload of one round.
type Sample struct {
	Round    int                `json:"round"`
	Workload string             `json:"workload"`
	Peer     string             `json:"peer"`
	Values   map[string]float64 `json:"values"` // by the last part of a Metric's name
}

func (s Sample) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %-13s", s.Workload, s.Peer)
	for _, name := range slices.Sorted(maps.Keys(s.Values)) {
		fmt.Fprintf(&b, " %s %s", name, number(s.Values[name]))
	}
	return b.String()
}

// A Metric is a row of the table.
type Metric struct {
	Workload, Value string
	Title, Unit     string
	Less            bool // less is better
	Target          Target
}

// Metrics returns all rows in order.
func Metrics() []Metric {
	return []Metric{
		{"request1", "p50", "request, one at a time, median", "µs", true, Target{Ratio: 0.65}},
		{"request1", "p99", "request, one at a time, 99 %", "µs", true, Target{}},
		{"request64", "persec", "requests, 64 at a time", "/s", false, Target{Ratio: 2.7, Beats: "batch"}},
		{"request64", "server", "… server's CPU per request", "µs", true, Target{}},
		{"request64", "client", "… client's CPU per request", "µs", true, Target{}},
		{"user64", "persec", "user to user, 64 at a time", "/s", false, Target{Ratio: 2.6, Beats: "nats"}},
		{"user64", "server", "… server's CPU per message", "µs", true, Target{Ratio: 0.4}},
		{"user64", "client", "… both clients' CPU per message", "µs", true, Target{Ratio: 0.4}},
		{"fanout", "persec", "deliveries in a channel", "/s", false, Target{Ratio: 4.5, Beats: "nats"}},
		{"fanout", "server", "… server's CPU per delivery", "µs", true, Target{}},
		{"fanout", "client", "… clients' CPU per delivery", "µs", true, Target{}},
		{"idle", "server", "idle user, server's memory", "KB", true, Target{Limit: 10}},
		{"idle", "client", "idle user, client's memory", "KB", true, Target{Limit: 12}},
		{"connect", "persec", "connect and log in", "/s", false, Target{Ratio: 1.2}},
		{"connect", "server", "… server's CPU per login", "µs", true, Target{}},
		{"connect", "client", "… client's CPU per login", "µs", true, Target{}},
		{"rate", "p50", "user to user at 5,000/s, median", "µs", true, Target{}},
		{"rate", "p99", "user to user at 5,000/s, 99 %", "µs", true, Target{Lowest: true}},
	}
}

// number writes a number with three digits or more.
func number(v float64) string {
	switch {
	case v >= 1000:
		return thousands(fmt.Sprintf("%.0f", v))
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func thousands(digits string) string {
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
