package soak

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// noisy returns figures around 100 that rise by so much in all.
func noisy(seed uint64, n int, rise, noise float64) []float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	figures := make([]float64, n)
	for i := range figures {
		figures[i] = 100 + rise*float64(i)/float64(n-1) + noise*random.NormFloat64()
	}
	return figures
}

func TestTrendFindsALeak(t *testing.T) {
	b := Bound{Percent: 5, Least: 1}
	for seed := range uint64(200) {
		figures := noisy(seed, 20, 15, 1)
		figures[7] = 400 // an outlier
		start, growth, sure := Trend(figures)
		assert.True(t, sure)
		assert.InDelta(t, 100, start, 4)
		assert.InDelta(t, 15, growth, 6)
		sentence, exceeded := b.Check("heap", figures)
		assert.True(t, exceeded, sentence)
	}
}

func TestTrendDoesNotFindNoise(t *testing.T) {
	for seed := range uint64(200) {
		sentence, exceeded := Bound{Percent: 5, Least: 1}.Check("heap", noisy(seed, 20, 0, 2))
		assert.False(t, exceeded, sentence)
	}
}

func TestTrendWithinItsBound(t *testing.T) {
	_, exceeded := Bound{Percent: 5}.Check("heap", noisy(1, 20, 3, 0))
	assert.False(t, exceeded, "3 % for sure, but no more")
	_, exceeded = Bound{Least: 50}.Check("fds", noisy(1, 20, 15, 0))
	assert.False(t, exceeded)
	sentence, exceeded := Bound{}.Check("heap", []float64{1, 2, 3})
	assert.False(t, exceeded)
	assert.Contains(t, sentence, "not judged")
	_, _, sure := Trend([]float64{1})
	assert.False(t, sure)
}

func TestLatencies(t *testing.T) {
	var l Latencies
	assert.Equal(t, []float64{0, 0}, l.Take(0.5, 1))
	for ms := range 1000 {
		l.Add(time.Duration(ms+1) * time.Millisecond)
	}
	l.Add(-time.Second)
	got := l.Take(0.5, 0.9, 0.99, 1)
	for i, want := range []float64{500, 900, 990, 1000} {
		assert.InEpsilon(t, want, got[i], 0.07)
	}
	assert.Equal(t, []float64{0}, l.Take(1), "taken")
	for _, us := range []uint64{0, 1, 15, 16, 17, 31, 32, 33, 1000, 123456789, 1 << 62} {
		floor := floorOf(bucketOf(us))
		assert.LessOrEqual(t, floor, us)
		assert.LessOrEqual(t, us-floor, us/perOctave+1)
	}
}
