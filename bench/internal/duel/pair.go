package duel

import (
	"context"
	"errors"
	"sync"

	"github.com/agora-signal-go/signal/bench/internal/proc"
	"github.com/agora-signal-go/signal/bench/internal/workload"
)

// pair is the two processes of a contender.
type pair struct {
	server, client *proc.Child
	cancel         context.CancelFunc
}

// begin starts both and sets the workload up. The address is filled in.
func begin(ctx context.Context, s setup) (*pair, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &pair{cancel: cancel}
	if err := p.begin(ctx, s); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pair) begin(ctx context.Context, s setup) (err error) {
	if p.server, err = proc.Start(ctx, serverRole); err != nil {
		return err
	}
	if err := p.server.Call(cmdServe, s.Contender, &s.Addr); err != nil {
		return err
	}
	if p.client, err = proc.Start(ctx, clientRole); err != nil {
		return err
	}
	return p.client.Call(cmdSetup, s, nil)
}

// close ends the clients first.
func (p *pair) close() {
	for _, c := range []*proc.Child{p.client, p.server} {
		if c != nil {
			c.Close()
		}
	}
	p.cancel()
}

// outcome is a workload's result, and the figures of server and client around it.
type outcome struct {
	result        workload.Result
	before, after [2]proc.Figures
}

// run does a workload, or the next part of it. Where memory counts, both processes settle before and after.
func (p *pair) run(settle bool) (o outcome, err error) {
	if err := p.figures(settle, &o.before); err != nil {
		return o, err
	}
	if err := p.client.Call(cmdRun, nil, &o.result); err != nil {
		return o, err
	}
	return o, p.figures(settle, &o.after)
}

// figures takes those of both at one time.
func (p *pair) figures(settle bool, to *[2]proc.Figures) error {
	var serverErr, clientErr error
	var wg sync.WaitGroup
	wg.Go(func() { serverErr = p.server.Call(proc.CmdFigures, settle, &to[0]) })
	clientErr = p.client.Call(proc.CmdFigures, settle, &to[1])
	wg.Wait()
	return errors.Join(serverErr, clientErr)
}

// profile begins a profile of either process.
func (p *pair) profile(path string) error {
	if err := p.server.Call(proc.CmdProfile, path+"-server.pprof", nil); err != nil {
		return err
	}
	return p.client.Call(proc.CmdProfile, path+"-client.pprof", nil)
}

func (p *pair) endProfile() error {
	return errors.Join(p.server.Call(proc.CmdProfile, "", nil), p.client.Call(proc.CmdProfile, "", nil))
}

// spent returns the microseconds of CPU time that a process took.
func (o *outcome) spent(i int) float64 {
	return float64((o.after[i].CPU - o.before[i].CPU).Nanoseconds()) / 1e3
}

// cpu returns the microseconds of CPU time that a process took per unit.
func (o *outcome) cpu(i int) float64 { return o.spent(i) / float64(max(o.result.Units, 1)) }

// kb returns the kilobytes, of 1,000 bytes, of memory that a process grew by per unit.
func (o *outcome) kb(i int) float64 {
	return float64(o.after[i].RSS-o.before[i].RSS) / 1000 / float64(max(o.result.Units, 1))
}
