package soak

import (
	"fmt"
	"math"
	"slices"
)

// A Bound says how much a figure may grow over a run.
type Bound struct {
	Percent float64 // of where it began, and
	Least   float64 // less than this never counts
}

// minTrend is the number of figures that a trend takes.
const minTrend = 6

// Trend fits a straight line to figures taken at equal intervals, after Theil and Sen: the median of the slopes between
// any two, which a few outliers do not move. It returns where the line begins, and how much it rises from the
// first figure to the last. sure tells that it is not noise: with 95 % confidence the slope is above 0.
func Trend(figures []float64) (start, growth float64, sure bool) {
	n := len(figures)
	if n < 2 {
		return 0, 0, false
	}
	slopes := make([]float64, 0, n*(n-1)/2)
	for i, y := range figures {
		for steps, later := range figures[i+1:] {
			slopes = append(slopes, (later-y)/float64(steps+1))
		}
	}
	slices.Sort(slopes)
	slope := median(slopes)
	starts := make([]float64, n)
	for i, y := range figures {
		starts[i] = y - slope*float64(i)
	}
	slices.Sort(starts)
	// Of Kendall's statistic, by which the interval of confidence is read off the sorted slopes.
	spread := 1.96 * math.Sqrt(float64(n*(n-1)*(2*n+5))/18)
	lower := int((float64(len(slopes)) - spread) / 2)
	sure = lower >= 0 && slopes[lower] > 0
	return median(starts), slope * float64(n-1), sure
}

func median(sorted []float64) float64 {
	m := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[m]
	}
	return (sorted[m-1] + sorted[m]) / 2
}

// Check returns a sentence for the report, and whether the figures grow beyond the bound. Too few are not judged.
func (b Bound) Check(name string, figures []float64) (sentence string, exceeded bool) {
	if len(figures) < minTrend {
		return fmt.Sprintf("%s: not judged, %d figures after the warm-up, want %d", name, len(figures), minTrend), false
	}
	start, growth, sure := Trend(figures)
	most := max(start*b.Percent/100, b.Least)
	exceeded = sure && growth > most
	verdict := "fine"
	if exceeded {
		verdict = "GROWS"
	}
	return fmt.Sprintf("%s: %s, from %.1f by %+.1f over %d figures, at most %+.1f", name, verdict, start, growth, len(figures), most), exceeded
}
