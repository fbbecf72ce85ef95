package signalprom

import "github.com/prometheus/client_golang/prometheus"

// prefix begins the names of all figures.
const prefix = "signal_client_"

// A factory makes figures that have much in common.
type factory struct {
	labels  prometheus.Labels
	buckets []float64
	made    []prometheus.Collector
}

func (f *factory) counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help, ConstLabels: f.labels}, labels)
	f.made = append(f.made, v)
	return v
}

func (f *factory) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help, ConstLabels: f.labels})
	f.made = append(f.made, c)
	return c
}

func (f *factory) histogramVec(name, help string, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(f.opts(name, help), labels)
	f.made = append(f.made, v)
	return v
}

func (f *factory) histogram(name, help string) prometheus.Histogram {
	h := prometheus.NewHistogram(f.opts(name, help))
	f.made = append(f.made, h)
	return h
}

func (f *factory) opts(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Name: prefix + name, Help: help, ConstLabels: f.labels, Buckets: f.buckets}
}
