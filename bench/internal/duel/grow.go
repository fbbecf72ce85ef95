package duel

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/agora-signal-go/signal/bench/internal/report"
	"github.com/agora-signal-go/signal/bench/internal/workload"
)

// A Growth says how far one figure is to grow.
type Growth struct {
	Contender string
	Params    workload.Params
	Short     bool
	Files     uint64    // that a process may have open: bounds users, members and channels
	Progress  io.Writer // a line per measurement
	Row       func(report.Row) error
}

// spare is how many files a process needs besides those of the users that are counted.
const spare = 500

// sizes returns up to which sizes each workload grows.
func (g *Growth) sizes() map[string][]int {
	if g.Short {
		small := []int{10, 50}
		return map[string][]int{
			workload.GrowUsers: small, workload.GrowMembers: small, workload.GrowChannels: small, workload.GrowInbox: {0, 20},
		}
	}
	return map[string][]int{
		workload.GrowUsers:    {100, 300, 1000, 3000, 10_000, 20_000},
		workload.GrowMembers:  {10, 30, 100, 300, 1000, 3000, 10_000},
		workload.GrowChannels: {10, 30, 100, 300, 1000, 3000, 10_000},
		workload.GrowInbox:    {0, 10, 30, 100, 300, 1000},
	}
}

// Run measures.
func (g *Growth) Run(ctx context.Context) error {
	sizes := g.sizes()
	for _, load := range []string{workload.GrowUsers, workload.GrowMembers, workload.GrowChannels, workload.GrowInbox} {
		for _, n := range g.within(load, sizes[load]) {
			values, err := g.measure(ctx, load, n)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil {
				return fmt.Errorf("%d %s: %w", n, load, err)
			}
			row := report.Row{Figure: load, N: n, Values: values}
			_, _ = fmt.Fprintf(g.Progress, "grow  %s\n", row)
			if err := g.Row(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// within stops where there may be no more files, and says so.
func (g *Growth) within(load string, sizes []int) []int {
	most := int(min(g.Files, math.MaxInt32)) - spare
	if load == workload.GrowInbox || sizes[len(sizes)-1] <= most {
		return sizes // of those for whom messages wait hardly anybody is connected
	}
	_, _ = fmt.Fprintf(g.Progress, "grow  %s end at %d instead of %d: the system allows %d open files per process, one per user; raise that with ulimit -n\n",
		load, most, sizes[len(sizes)-1], g.Files)
	fit := slices.DeleteFunc(slices.Clone(sizes), func(n int) bool { return n >= most })
	return append(fit, most)
}

func (g *Growth) measure(ctx context.Context, load string, n int) ([]report.Value, error) {
	params := g.Params
	params.Grow = n
	both, err := begin(ctx, setup{Contender: g.Contender, Workload: load, Params: params})
	if err != nil {
		return nil, err
	}
	defer both.close()
	switch load {
	case workload.GrowUsers:
		return both.growUsers(n, params)
	case workload.GrowInbox:
		return both.growInbox(n)
	}
	o, err := both.run(false)
	unit := "message"
	if load == workload.GrowMembers {
		unit = "delivery"
	}
	return []report.Value{
		{Name: "server's CPU per " + unit + ", µs", V: o.cpu(0)},
		{Name: "clients' CPU per " + unit + ", µs", V: o.cpu(1)},
		{Name: "deliveries, /s", V: o.result.PerSecond},
	}, err
}

func (p *pair) growUsers(n int, params workload.Params) ([]report.Value, error) {
	come, err := p.run(true)
	if err != nil {
		return nil, err
	}
	if _, err := p.run(false); err != nil { // the pairs come
		return nil, err
	}
	idle, err := p.run(false)
	if err != nil {
		return nil, err
	}
	steady, err := p.run(false)
	if err != nil {
		return nil, err
	}
	busy, err := p.run(false)
	if err != nil {
		return nil, err
	}
	perSecond := func(i int) float64 { return idle.spent(i) / params.Quiet.Seconds() }
	perUser := func(i int) float64 { return perSecond(i) / float64(n) }
	perMessage := func(i int) float64 {
		return (busy.spent(i) - perSecond(i)*params.For.Seconds()) / float64(max(busy.result.Units, 1))
	}
	return []report.Value{
		{Name: "server's memory per user, KB", V: come.kb(0)},
		{Name: "client's memory per user, KB", V: come.kb(1)},
		{Name: "server's CPU per user and second, µs", V: perUser(0)},
		{Name: "client's CPU per user and second, µs", V: perUser(1)},
		{Name: "server's CPU per message, µs", V: perMessage(0)},
		{Name: "both clients' CPU per message, µs", V: perMessage(1)},
		{Name: "messages, /s", V: busy.result.PerSecond},
		{Name: "message at 2,000/s, median, µs", V: steady.result.P50},
		{Name: "message at 2,000/s, 99 %, µs", V: steady.result.P99},
	}, nil
}

func (p *pair) growInbox(n int) ([]report.Value, error) {
	fill, err := p.run(true)
	if err != nil {
		return nil, err
	}
	more, err := p.run(false)
	if err != nil {
		return nil, err
	}
	come, err := p.run(false)
	if err != nil {
		return nil, err
	}
	memory := 0.0 // of nothing
	if n > 0 {
		memory = fill.kb(0)
	}
	return []report.Value{
		{Name: "server's memory per waiting message, KB", V: memory},
		{Name: "server's CPU per further message, µs", V: more.cpu(0)},
		{Name: "login until all have come, median, µs", V: come.result.P50},
		{Name: "login until all have come, 99 %, µs", V: come.result.P99},
	}, nil
}
