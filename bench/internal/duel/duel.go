// Package duel lets the contenders do the workloads, one at a time, each with a process for the server and one for the
// clients, and takes down how they did.
package duel

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/agora-signal-go/signal/bench/internal/report"
	"github.com/agora-signal-go/signal/bench/internal/workload"
)

// A Plan says what is measured.
type Plan struct {
	Rounds    int
	Workloads []string
	Peers     []string // names of contenders
	Params    workload.Params
	Profiles  string    // directory for CPU profiles; "": none
	Progress  io.Writer // a line per measurement
	Sample    func(report.Sample) error
}

// Run measures. Rounds are interleaved: what changes on the machine meanwhile meets all contenders.
func Run(ctx context.Context, p Plan) error {
	for round := 1; round <= p.Rounds; round++ {
		for _, w := range p.Workloads {
			for _, name := range p.Peers {
				values, err := p.measure(ctx, round, w, name)
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if err != nil {
					return fmt.Errorf("round %d, %s, %s: %w", round, w, name, err)
				}
				s := report.Sample{Round: round, Workload: w, Peer: name, Values: values}
				_, _ = fmt.Fprintf(p.Progress, "%d/%d  %s\n", round, p.Rounds, s)
				if err := p.Sample(s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (p *Plan) measure(ctx context.Context, round int, load, name string) (map[string]float64, error) {
	both, err := begin(ctx, setup{Contender: name, Workload: load, Params: p.Params})
	if err != nil {
		return nil, err
	}
	defer both.close()
	profile := p.Profiles != "" && round == 1
	if profile {
		file := strings.ReplaceAll(load+"-"+name, " ", "-")
		if err := both.profile(filepath.Join(p.Profiles, file)); err != nil {
			return nil, err
		}
	}
	o, err := both.run(load == workload.Idle)
	if err != nil {
		return nil, err
	}
	if profile {
		if err := both.endProfile(); err != nil {
			return nil, err
		}
	}
	return values(load, o), nil
}

// values returns what an outcome comes to, by the metrics' names.
func values(load string, o outcome) map[string]float64 {
	switch load {
	case workload.Request1, workload.Rate:
		return map[string]float64{"p50": o.result.P50, "p99": o.result.P99}
	case workload.Idle:
		return map[string]float64{"server": o.kb(0), "client": o.kb(1)}
	default:
		return map[string]float64{"persec": o.result.PerSecond, "server": o.cpu(0), "client": o.cpu(1)}
	}
}
