package report

import (
	"fmt"
	"strings"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// A Target is what the median of ours is to reach. The zero Target is none.
type Target struct {
	Ratio  float64 // to the baseline's, at most where less is better and at least elsewhere; 0: any
	Beats  string  // the contender that ours is to be as good as; "": none
	Limit  float64 // at most; 0: any
	Lowest bool    // ours is to be the best of all; this is shown, and there is no verdict
}

// text says what is to be reached.
func (m *Metric) text() string {
	sign := "≥"
	if m.Less {
		sign = "≤"
	}
	t := m.Target
	var parts []string
	if t.Ratio > 0 {
		parts = append(parts, fmt.Sprintf("%s ×%.2f", sign, t.Ratio))
	}
	if t.Beats != "" {
		parts = append(parts, sign+" "+t.Beats)
	}
	if t.Limit > 0 {
		parts = append(parts, fmt.Sprintf("≤ %g %s", t.Limit, m.Unit))
	}
	if t.Lowest {
		parts = append(parts, "lowest of all")
	}
	return strings.Join(parts, ", ")
}

// The verdicts on a target.
const (
	reached = "reached"
	missed  = "missed"
	unknown = "" // there is no target, or not all were measured that it takes
)

// verdict compares ours with what is to be reached.
func (r *Report) verdict(m Metric) string {
	ours, ok := r.Range(peer.Ours, m)
	if !ok || m.Target == (Target{Lowest: m.Target.Lowest}) {
		return unknown
	}
	verdict := reached
	compare := func(bound float64, ok bool) {
		switch {
		case !ok && verdict == reached:
			verdict = unknown
		case ok && m.Less && ours.Median > bound, ok && !m.Less && ours.Median < bound:
			verdict = missed
		}
	}
	if m.Target.Ratio > 0 {
		base, ok := r.Range(peer.Baseline, m)
		compare(base.Median*m.Target.Ratio, ok)
	}
	if m.Target.Beats != "" {
		other, ok := r.Range(m.Target.Beats, m)
		compare(other.Median, ok)
	}
	if m.Target.Limit > 0 {
		compare(m.Target.Limit, true)
	}
	return verdict
}
