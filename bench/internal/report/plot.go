package report

import (
	"fmt"
	"image/color"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

const (
	width  = 18 * vg.Centimeter
	height = 9 * vg.Centimeter
	bar    = 1.6 * vg.Centimeter
)

// Plot writes an SVG per metric to a directory: a bar per contender, ours in another colour.
func (r *Report) Plot(dir string) error {
	for _, m := range r.Measured() {
		p := plot.New()
		p.Title.Text = title(m)
		p.Y.Label.Text = m.Unit
		p.Y.Min = 0
		p.Y.Tick.Marker = plain{}
		p.Add(plotter.NewGrid())
		for i, peer := range r.Peers {
			v, _ := r.Range(peer, m) // 0 when it was not measured
			bars, err := plotter.NewBarChart(plotter.Values{v.Median}, bar)
			if err != nil {
				return err
			}
			bars.XMin = float64(i)
			bars.Color = colour(i == len(r.Peers)-1)
			bars.LineStyle.Width = 0
			p.Add(bars)
		}
		p.NominalX(r.Peers...)
		p.X.Min, p.X.Max = -0.6, float64(len(r.Peers))-0.4
		if err := p.Save(width, height, filepath.Join(dir, m.Workload+"-"+m.Value+".svg")); err != nil {
			return fmt.Errorf("plot %s: %w", m.Title, err)
		}
	}
	return nil
}

// title says what a plot shows. A row of the table that goes on with the one above it begins with dots.
func title(m Metric) string {
	text := m.Title
	if rest, ok := strings.CutPrefix(text, "… "); ok {
		text = m.Workload + ": " + rest
	}
	if m.Less {
		return text + " (less is better)"
	}
	return text + " (more is better)"
}

func colour(ours bool) color.Color {
	if ours {
		return color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	}
	return color.RGBA{R: 0xb0, G: 0xb0, B: 0xb0, A: 0xff}
}

// PlotGrowth writes an SVG per figure and value to a directory.
func PlotGrowth(dir string, rows []Row) error {
	for _, figure := range Figures(rows) {
		of := Of(rows, figure)
		for i, v := range of[0].Values {
			p := plot.New()
			p.Title.Text = v.Name
			p.X.Label.Text = figure
			p.Y.Min = 0
			p.X.Tick.Marker, p.Y.Tick.Marker = plain{}, plain{}
			points := make(plotter.XYs, len(of))
			for j, r := range of {
				points[j] = plotter.XY{X: float64(r.N), Y: r.Values[i].V}
			}
			if points[0].X > 0 {
				p.X.Scale = plot.LogScale{}
				p.X.Tick.Marker = plot.LogTicks{Prec: -1}
			}
			line, marks, err := plotter.NewLinePoints(points)
			if err != nil {
				return err
			}
			line.Color, marks.Color = colour(true), colour(true)
			p.Add(plotter.NewGrid(), line, marks)
			if err := p.Save(width, height, filepath.Join(dir, fmt.Sprintf("grow-%s-%s.svg", figure, slug(v.Name)))); err != nil {
				return fmt.Errorf("plot %s of %s: %w", v.Name, figure, err)
			}
		}
	}
	return nil
}

// slug returns a file's name for a text.
func slug(name string) string {
	name = strings.NewReplacer("µ", "u", "'", "").Replace(strings.ToLower(name))
	return strings.Join(strings.FieldsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	}), "-")
}

// plain are ticks whose labels have commas between thousands.
type plain struct{}

// Ticks is the Ticker's.
func (plain) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" && high >= 1000 {
			ticks[i].Label = thousands(fmt.Sprintf("%.0f", ticks[i].Value))
		}
	}
	return ticks
}
