package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/cmd/signal/internal/figures"
	"github.com/agora-signal-go/signal/cmd/signal/internal/load"
)

// benchRecord is what --json writes of a measurement.
type benchRecord struct {
	Event       string         `json:"event"` // "bench"
	Mode        load.Mode      `json:"mode"`
	Clients     int            `json:"clients"`
	Senders     int            `json:"senders"`
	Messages    int            `json:"messages"` // of each sender
	Size        int            `json:"size"`
	Rate        float64        `json:"rate"`
	Sent        int64          `json:"sent"`
	Expected    int64          `json:"expected"`
	Delivered   int64          `json:"delivered"`
	Lost        int64          `json:"lost"`
	Duplicated  int64          `json:"duplicated"`
	RateLimited int64          `json:"rate_limited"`
	Failed      int64          `json:"failed"`
	Failure     string         `json:"failure,omitempty"`
	Seconds     float64        `json:"seconds"`
	PerSecond   float64        `json:"per_second"`
	Latency     latencyRecord  `json:"latency_us"`
	Histogram   []bucketRecord `json:"histogram"`
}

// How the histogram is drawn.
const (
	histogramRows  = 16
	histogramWidth = 40
)

// slack is how much longer than planned a load may last before it counts as having fallen behind.
const slack = 100 * time.Millisecond

func (p *program) showBench(plan load.Plan, r load.Report) error {
	spread := r.Latencies.Summary()
	bars := r.Latencies.Bars(histogramRows)
	if p.out.json {
		record := benchRecord{
			Event: "bench", Mode: plan.Mode, Clients: plan.Clients, Senders: r.Senders, Messages: plan.Count, Size: plan.Size, Rate: plan.Rate,
			Sent: r.Sent, Expected: r.Expected, Delivered: r.Delivered, Lost: r.Lost, Duplicated: r.Duplicated, RateLimited: r.RateLimited,
			Failed: r.Failed, Failure: errorText(r.Failure), Seconds: r.Took.Seconds(), PerSecond: r.PerSecond(),
			Latency: latencyOf(spread), Histogram: []bucketRecord{},
		}
		for _, b := range bars {
			record.Histogram = append(record.Histogram, bucketRecord{micros(b.From), micros(b.To), b.Count})
		}
		return p.out.result(record, "")
	}
	what := map[load.Mode]string{load.Requests: "answers", load.Messages: "messages", load.Fanout: "deliveries"}[plan.Mode]
	err := p.out.print("%s: %d clients, %d sent at %g/s each, %d of %d %s in %s, %.0f/s", p.out.in(bold, string(plan.Mode)), plan.Clients,
		r.Sent, plan.Rate, r.Delivered, r.Expected, what, figures.Short(r.Took), r.PerSecond())
	if err == nil && spread.Count > 0 {
		err = p.out.print("  min %s  mean %s  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s", figures.Short(spread.Min), figures.Short(spread.Mean),
			figures.Short(spread.P50), figures.Short(spread.P90), figures.Short(spread.P99), figures.Short(spread.P999), figures.Short(spread.Max))
	}
	if err != nil {
		return err
	}
	var drawn strings.Builder
	if err := figures.Draw(&drawn, bars, histogramWidth); err != nil {
		return err
	}
	if err := p.out.print("%s", drawn.String()); err != nil {
		return err
	}
	return p.showTrouble(plan, r)
}

// showTrouble says what did not go as it should.
func (p *program) showTrouble(plan load.Plan, r load.Report) error {
	var lines []string
	if r.Took > plan.Lasts()+plan.Lasts()/4+slack {
		lines = append(lines, p.out.in(yellow, fmt.Sprintf("the server, or this machine, fell behind %g/s: these are the latencies of a queue, lower --rate or --clients",
			plan.Rate*float64(r.Senders))))
	}
	add := func(n int64, text string) {
		if n > 0 {
			lines = append(lines, p.out.in(yellow, fmt.Sprintf("%d %s", n, text)))
		}
	}
	add(r.RateLimited, "refused by the server's rate limit (60 messages, 200 requests a second of a user, 200 messages of a channel): lower --rate")
	add(r.Lost, "lost: sent, and not delivered in time")
	add(r.Duplicated, "delivered twice")
	if r.Failed > 0 {
		add(r.Failed, "failed, the first by: "+clean(errorText(r.Failure)))
	}
	if len(lines) == 0 {
		return nil
	}
	return p.out.print("%s\n", strings.Join(lines, "\n"))
}
