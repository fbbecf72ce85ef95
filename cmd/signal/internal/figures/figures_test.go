package figures_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/cmd/signal/internal/figures"
)

func TestSummaryOfNone(t *testing.T) {
	l := figures.New()
	require.Equal(t, figures.Summary{}, l.Summary())
	require.Empty(t, l.Bars(10))
}

// Percentiles are those of a sorted list, to three digits.
func TestSummaryAgainstAList(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	one, two := figures.New(), figures.New()
	var list []time.Duration
	for i := range 20_000 {
		d := time.Duration(math.Exp(r.NormFloat64()) * float64(300*time.Microsecond))
		list = append(list, d)
		if i%3 == 0 {
			one.Record(d)
		} else {
			two.Record(d)
		}
	}
	one.Add(two)
	slices.Sort(list)
	s := one.Summary()
	require.EqualValues(t, len(list), s.Count)
	assert.Equal(t, list[len(list)-1], s.Max)
	for _, p := range []struct {
		q   float64
		got time.Duration
	}{{0, s.Min}, {.5, s.P50}, {.9, s.P90}, {.99, s.P99}, {.999, s.P999}} {
		want := list[max(int(math.Ceil(p.q*float64(len(list))))-1, 0)]
		assert.InEpsilon(t, float64(want), float64(p.got), 0.01, "%v", p.q)
	}
	assert.IsIncreasing(t, []time.Duration{s.Min, s.P50, s.P90, s.P99, s.P999, s.Max})
}

func TestSummaryOfExtremes(t *testing.T) {
	l := figures.New()
	l.Record(-time.Second)
	l.Record(time.Hour)
	s := l.Summary()
	require.EqualValues(t, 2, s.Count)
	require.Zero(t, s.Min)
	require.Equal(t, 10*time.Minute, s.Max)
	total := int64(0)
	for _, b := range l.Bars(12) {
		total += b.Count
	}
	require.EqualValues(t, 2, total)
}

// Whatever the spread, all are in the bars, the bars join, and there are not too many.
func TestBars(t *testing.T) {
	for _, spread := range [][2]time.Duration{
		{100 * time.Microsecond, 101 * time.Microsecond}, {90 * time.Microsecond, 300 * time.Microsecond}, {time.Microsecond, time.Second},
		{time.Millisecond, time.Millisecond}, {9999 * time.Microsecond, 10001 * time.Microsecond}, {0, time.Minute},
	} {
		l := figures.New()
		for i := range int64(1000) {
			l.Record(spread[0] + time.Duration(i*int64(spread[1]-spread[0])/999))
		}
		bars := l.Bars(16)
		require.NotEmpty(t, bars)
		require.LessOrEqual(t, len(bars), 16)
		sum := int64(0)
		for i, b := range bars {
			sum += b.Count
			require.Less(t, b.From, b.To)
			if i > 0 {
				require.Equal(t, bars[i-1].To, b.From)
			}
		}
		require.EqualValues(t, 1000, sum)
		require.LessOrEqual(t, bars[0].From, spread[0])
		require.Greater(t, bars[len(bars)-1].To, spread[1])
	}
}

func TestDraw(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, figures.Draw(&out, []figures.Bar{
		{From: 100 * time.Microsecond, To: 200 * time.Microsecond, Count: 800},
		{From: 200 * time.Microsecond, To: time.Millisecond},
		{From: time.Millisecond, To: 2 * time.Second, Count: 1},
	}, 20))
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, "   100 µs … 200 µs          800  99.88%  "+strings.Repeat("█", 20), lines[0])
	require.Equal(t, "   200 µs … 1 ms              0   0.00%  ", lines[1])
	require.Equal(t, "     1 ms … 2 s               1   0.12%  ▏", lines[2])
}
