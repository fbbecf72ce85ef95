package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Row is what was measured at one size of a figure that grows.
type Row struct {
	Figure string  `json:"figure"`
	N      int     `json:"n"`
	Values []Value `json:"values"`
}

// A Value is a number with a name that has its unit.
type Value struct {
	Name string  `json:"name"`
	V    float64 `json:"value"`
}

func (r Row) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", thousands(fmt.Sprint(r.N)), r.Figure)
	for _, v := range r.Values {
		fmt.Fprintf(&b, "; %s %s", v.Name, number(v.V))
	}
	return b.String()
}

// Figures returns the figures of rows in the order in which they come first.
func Figures(rows []Row) []string {
	var names []string
	for _, r := range rows {
		if !slices.Contains(names, r.Figure) {
			names = append(names, r.Figure)
		}
	}
	return names
}

// Of returns the rows of one figure.
func Of(rows []Row, figure string) []Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Figure != figure })
}

// GrowthTables writes one table in Markdown per figure.
func GrowthTables(w io.Writer, rows []Row) error {
	for _, figure := range Figures(rows) {
		of := Of(rows, figure)
		header, rule := []string{figure}, []string{"---:"}
		for _, v := range of[0].Values {
			header, rule = append(header, v.Name), append(rule, "---:")
		}
		lines := [][]string{header, rule}
		for _, r := range of {
			line := []string{thousands(fmt.Sprint(r.N))}
			for _, v := range r.Values {
				line = append(line, number(v.V))
			}
			lines = append(lines, line)
		}
		if err := markdown(w, lines); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}
