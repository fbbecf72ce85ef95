package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Range is what several rounds came to.
type Range struct{ Min, Median, Max float64 }

// RangeOf returns the range of values, of which there is at least one. The median of an even number is the middle of
// the two in the middle.
func RangeOf(values []float64) Range {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return Range{v[0], (v[(n-1)/2] + v[n/2]) / 2, v[n-1]}
}

// Report is what was measured, by contender and metric.
type Report struct {
	Peers   []string // in the order of columns, the baseline first
	Plain   bool     // no targets: what is compared is none of those that they speak of
	samples []Sample
}

// Add takes in a sample.
func (r *Report) Add(s Sample) { r.samples = append(r.samples, s) }

// Range returns what a contender did by a metric, if it was measured.
func (r *Report) Range(peer string, m Metric) (Range, bool) {
	var values []float64
	for _, s := range r.samples {
		if v, ok := s.Values[m.Value]; ok && s.Workload == m.Workload && s.Peer == peer {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return Range{}, false
	}
	return RangeOf(values), true
}

// Measured returns the metrics that somebody was measured by.
func (r *Report) Measured() []Metric {
	return slices.DeleteFunc(Metrics(), func(m Metric) bool {
		return !slices.ContainsFunc(r.Peers, func(p string) bool {
			_, ok := r.Range(p, m)
			return ok
		})
	})
}

// Table writes a table in Markdown: medians, the range where there were several rounds, the ratio to the first column,
// and what ours is to reach and whether it does. A line below says how much was reached.
func (r *Report) Table(w io.Writer) error {
	header := append([]string{""}, r.Peers...)
	if !r.Plain {
		header = append(header, "target", "")
	}
	rule := make([]string, len(header))
	for i := range rule {
		rule[i] = "---:"
	}
	rule[0] = ":---"
	rows := [][]string{header, rule}
	verdicts := make(map[string]int)
	for _, m := range r.Measured() {
		base, _ := r.Range(r.Peers[0], m)
		row := []string{m.Title + ", " + m.Unit}
		for _, p := range r.Peers {
			v, ok := r.Range(p, m)
			row = append(row, cell(v, base, ok))
		}
		if !r.Plain {
			verdict := r.verdict(m)
			verdicts[verdict]++
			row = append(row, m.text(), verdict)
		}
		rows = append(rows, row)
	}
	if err := markdown(w, rows); err != nil {
		return err
	}
	n := verdicts[reached] + verdicts[missed]
	if n == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\n%d of %d targets reached.\n", verdicts[reached], n)
	return err
}

func markdown(w io.Writer, rows [][]string) error {
	for _, row := range rows {
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | ")); err != nil {
			return err
		}
	}
	return nil
}

func cell(v, base Range, ok bool) string {
	if !ok {
		return "–"
	}
	text := number(v.Median)
	if v.Min != v.Max {
		text += fmt.Sprintf(" (%s–%s)", number(v.Min), number(v.Max))
	}
	if base.Median > 0 {
		text += fmt.Sprintf(" ×%.2f", v.Median/base.Median)
	}
	return text
}
