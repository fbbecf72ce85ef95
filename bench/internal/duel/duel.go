// Package duel lets the contenders do the workloads, one at a time, each with a process for the server and one for the
// clients, and takes down how they did.
package duel

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/agora-signal-go/signal/bench/internal/proc"
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

// pair is the two processes of a contender.
type pair struct{ server, client *proc.Child }

func (p *Plan) measure(ctx context.Context, round int, load, name string) (map[string]float64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server, err := proc.Start(ctx, serverRole)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	var addr string
	if err := server.Call(cmdServe, name, &addr); err != nil {
		return nil, err
	}
	client, err := proc.Start(ctx, clientRole)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if err := client.Call(cmdSetup, setup{name, addr, load, p.Params}, nil); err != nil {
		return nil, err
	}
	both := pair{server, client}
	if p.Profiles != "" && round == 1 {
		file := strings.ReplaceAll(load+"-"+name, " ", "-")
		if err := both.profile(filepath.Join(p.Profiles, file)); err != nil {
			return nil, err
		}
	}
	settle := load == workload.Idle
	var before, after [2]proc.Figures
	if err := both.figures(settle, &before); err != nil {
		return nil, err
	}
	var r workload.Result
	if err := client.Call(cmdRun, nil, &r); err != nil {
		return nil, err
	}
	if err := both.figures(settle, &after); err != nil {
		return nil, err
	}
	return values(load, r, before, after), nil
}

func (p *pair) figures(settle bool, to *[2]proc.Figures) error {
	if err := p.server.Call(proc.CmdFigures, settle, &to[0]); err != nil {
		return err
	}
	return p.client.Call(proc.CmdFigures, settle, &to[1])
}

// profile begins a profile of either process, which ends with it.
func (p *pair) profile(path string) error {
	if err := p.server.Call(proc.CmdProfile, path+"-server.pprof", nil); err != nil {
		return err
	}
	return p.client.Call(proc.CmdProfile, path+"-client.pprof", nil)
}

// values returns what a workload's result and the processes' figures around it come to, by the metrics' names.
func values(load string, r workload.Result, before, after [2]proc.Figures) map[string]float64 {
	units := float64(max(r.Units, 1))
	cpu := func(i int) float64 { return float64((after[i].CPU - before[i].CPU).Microseconds()) / units }
	rss := func(i int) float64 { return float64(after[i].RSS-before[i].RSS) / units / 1024 }
	switch load {
	case workload.Request1, workload.Rate:
		return map[string]float64{"p50": r.P50, "p99": r.P99}
	case workload.Idle:
		return map[string]float64{"server": rss(0), "client": rss(1)}
	default:
		return map[string]float64{"persec": r.PerSecond, "server": cpu(0), "client": cpu(1)}
	}
}
