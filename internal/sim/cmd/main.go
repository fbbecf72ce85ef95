// Command cmd plays seeds of the simulation, as many at a time as there are processors, and says which of them break a
// promise:
//
//	go run ./internal/sim/cmd -seeds 20000            # seeds 1 to 20000
//	go run ./internal/sim/cmd -seeds 1 -from 4711 -v  # one seed, with everything that happens in it
//	go run ./internal/sim/cmd -nodes -seeds 5000      # the same users with nodes that share journals
//
// It exits with 0 when every promise was kept, with 1 when one was broken, with 2 when it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/sim"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// settings is what the command line says.
type settings struct {
	campaign sim.Campaign
	verbose  bool
	stats    bool
	most     int
}

const (
	kept   = 0
	broken = 1
	usage  = 2
)

func run(args []string, out, messages io.Writer) int {
	s, err := parse(args, messages)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return kept
	case err != nil:
		return usage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if s.verbose {
		return s.tell(ctx, out)
	}
	return s.play(ctx, out, messages)
}

func parse(args []string, messages io.Writer) (s settings, err error) {
	flags := flag.NewFlagSet("sim", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.IntVar(&s.campaign.Seeds, "seeds", 1000, "how many seeds to play")
	flags.Uint64Var(&s.campaign.From, "from", 1, "the first of them")
	flags.IntVar(&s.campaign.Jobs, "jobs", runtime.GOMAXPROCS(0), "how many to play at one time")
	nodes := flags.Bool("nodes", false, "with nodes and journals in place of one server")
	flags.IntVar(&s.most, "most", 5, "stop after so many seeds that break a promise")
	flags.BoolVar(&s.stats, "stats", false, "count what happened, by kind")
	flags.BoolVar(&s.verbose, "v", false, "write down everything that happens; for a few seeds")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if *nodes {
		s.campaign.Kind = sim.Nodes
	}
	if s.campaign.Seeds < 1 || s.campaign.Jobs < 1 || s.most < 1 || flags.NArg() > 0 {
		err = errors.New("want -seeds, -jobs and -most above 0, and no further arguments")
		fmt.Fprintln(messages, err)
	}
	return s, err
}

// tell plays seeds one by one with all that happens in them.
func (s *settings) tell(ctx context.Context, out io.Writer) int {
	status := kept
	for n := range s.campaign.Seeds {
		if ctx.Err() != nil {
			break
		}
		r := s.campaign.Kind.Trace(s.campaign.From + uint64(n))
		write(out, &r)
		if r.Violation != "" {
			status = broken
		}
	}
	return status
}

// play plays all seeds and writes down what is wrong.
func (s *settings) play(ctx context.Context, out, messages io.Writer) int {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	found := 0
	s.campaign.Every = 10 * time.Second
	s.campaign.Progress = func(t sim.Tally) {
		fmt.Fprintf(messages, "%d of %d seeds, %d violations, %d s\n", t.Seeds, s.campaign.Seeds, t.Violations, int(time.Since(began).Seconds()))
	}
	s.campaign.Violated = func(r sim.Result) {
		if found++; found > s.most {
			return
		}
		write(out, &r)
		nodes := ""
		if s.campaign.Kind == sim.Nodes {
			nodes = " -nodes"
		}
		fmt.Fprintf(out, "again: go run ./internal/sim/cmd%s -seeds 1 -from %d -v\n\n", nodes, r.Seed)
		if found == s.most {
			stop()
		}
	}
	t := s.campaign.Run(ctx)
	fmt.Fprintf(out, "%d seeds, %d steps, %d faults, %v of virtual time in %v: %d violations\n",
		t.Seeds, t.Steps, t.Faults(), t.Lasted.Round(time.Hour), time.Since(began).Round(time.Second), t.Violations)
	if s.stats {
		for _, name := range slices.Sorted(maps.Keys(t.Stats)) {
			fmt.Fprintf(out, "%10d  %s\n", t.Stats[name], name)
		}
	}
	if t.Violations > 0 {
		return broken
	}
	return kept
}

func write(out io.Writer, r *sim.Result) {
	for _, line := range r.Trace {
		fmt.Fprintln(out, line)
	}
	if r.Violation != "" {
		fmt.Fprintf(out, "seed %d: %s\n", r.Seed, r.Violation)
	}
}
