package figures

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// A Bar is how many latencies were from From on and below To.
type Bar struct {
	From, To time.Duration
	Count    int64
}

// ladders are steps between a power of ten and the next, the finest first.
var ladders = [][]float64{
	{1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9},
	{1, 1.5, 2, 3, 4, 5, 7},
	{1, 2, 5},
	{1, 3},
	{1},
}

// Bars returns the histogram in at most so many bars, without gaps, each step wider than the one before.
func (l *Latencies) Bars(most int) []Bar {
	if l.h.TotalCount() == 0 {
		return nil
	}
	var bars []Bar
	for _, steps := range ladders {
		if bars = rungs(steps, l.h.Min(), l.max); len(bars) <= most {
			break
		}
	}
	at := 0
	for _, d := range l.h.Distribution() {
		for at < len(bars)-1 && d.From >= int64(bars[at].To) {
			at++
		}
		bars[at].Count += d.Count
	}
	return bars
}

// rungs returns empty bars from the last step that is not above low to the first that is above high.
func rungs(steps []float64, low, high int64) []Bar {
	least := low
	low = max(low, shortest)
	var edges []int64
	for scale := math.Pow(10, math.Floor(math.Log10(float64(low)))-1); ; scale *= 10 {
		for _, step := range steps {
			edge := int64(math.Round(step * scale))
			if edge <= low {
				edges = edges[:0] // the bars begin here or later
			}
			edges = append(edges, edge)
			if edge > high && len(edges) > 1 {
				bars := make([]Bar, len(edges)-1)
				for i := range bars {
					bars[i] = Bar{From: time.Duration(edges[i]), To: time.Duration(edges[i+1])}
				}
				bars[0].From = min(bars[0].From, time.Duration(least))
				return bars
			}
		}
	}
}

const (
	full    = '█'
	eighths = "▏▎▍▌▋▊▉"
)

// Draw writes bars, the longest of them width characters long, one in a line.
func Draw(w io.Writer, bars []Bar, width int) error {
	var most, all int64
	for _, b := range bars {
		most = max(most, b.Count)
		all += b.Count
	}
	for _, b := range bars {
		_, err := fmt.Fprintf(w, "%9s … %-9s %9d %6.2f%%  %s\n",
			Short(b.From), Short(b.To), b.Count, 100*float64(b.Count)/float64(all), bar(b.Count, most, width))
		if err != nil {
			return err
		}
	}
	return nil
}

// bar returns a line of characters. What is counted at all is seen.
func bar(n, most int64, width int) string {
	if n == 0 {
		return ""
	}
	parts := max(int(math.Round(float64(n)/float64(most)*float64(width)*8)), 1)
	line := strings.Repeat(string(full), parts/8)
	if rest := parts % 8; rest > 0 {
		line += string([]rune(eighths)[rest-1])
	}
	return line
}

// Short writes a duration with three digits and its unit.
func Short(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"s", time.Second}, {"ms", time.Millisecond}, {"µs", time.Microsecond}} {
		if d >= unit.size {
			return fmt.Sprintf("%.3g %s", float64(d)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d ns", int64(d))
}
