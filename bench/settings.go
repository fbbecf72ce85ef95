package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/batch"
	"github.com/agora-signal-go/signal/bench/internal/duel"
	"github.com/agora-signal-go/signal/bench/internal/peer"
	"github.com/agora-signal-go/signal/bench/internal/proc"
	"github.com/agora-signal-go/signal/bench/internal/report"
	"github.com/agora-signal-go/signal/bench/internal/roster"
	"github.com/agora-signal-go/signal/bench/internal/workload"
)

// settings are what the flags say.
type settings struct {
	rounds    int
	duration  time.Duration
	short     bool
	workloads []string
	peers     []string
	json      string
	plots     string
	profiles  string
	grow      bool
	engines   bool
	awake     bool
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var (
		s           settings
		only, peers string
	)
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&s.rounds, "rounds", 3, "how `often` everything is measured; medians count (1 with -short)")
	fs.DurationVar(&s.duration, "for", workload.Full().For, "the `time` of each measurement, without warming up")
	fs.BoolVar(&s.short, "short", false, "small and quick: shows that everything works, the figures mean nothing")
	fs.StringVar(&only, "only", "", "`workloads` to do, with commas between: "+strings.Join(workload.Names(), ", "))
	fs.StringVar(&peers, "peers", "", "`contenders` to compare, with commas between: "+strings.Join(roster.Names(roster.All()), ", ")+"; all, with -short without "+batch.Handmade)
	fs.StringVar(&s.json, "json", "", "`file` for every sample, one per line in JSON")
	fs.StringVar(&s.plots, "plot", "", "`directory` for plots, in SVG")
	fs.StringVar(&s.profiles, "profile", "", "`directory` for CPU profiles of the first round's processes")
	fs.BoolVar(&s.grow, "grow", false, "measure how figures of ours grow with users, members, channels and waiting messages, instead of comparing")
	fs.BoolVar(&s.engines, "engines", false, "compare ours with itself, with the state in memory, on disk and on NATS; then -peers names these")
	fs.BoolVar(&s.awake, "awake", false, "keep the processors from going to sleep between messages, where that is slow: on virtual machines")
	fs.Usage = func() {
		fmt.Fprintf(stderr, "Bench compares this project with others, side by side. README.md says what is measured.\n\nUsage: bench [flags]\n\n")
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return settings{}, err
	}
	if fs.NArg() > 0 {
		return settings{}, fmt.Errorf("want flags only, got %q", fs.Arg(0))
	}
	given := make(map[string]bool)
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if s.short && !given["rounds"] {
		s.rounds = 1
	}
	if s.short && !given["for"] {
		s.duration = workload.Short().For
	}
	if s.rounds < 1 || s.duration <= 0 {
		return settings{}, fmt.Errorf("want -rounds and -for above 0, got %d and %v", s.rounds, s.duration)
	}
	var err error
	if s.workloads, err = choose("workload", only, workload.Names()); err != nil {
		return settings{}, err
	}
	all := roster.All()
	if s.engines {
		all = roster.Engines()
	}
	s.peers, err = choose("contender", peers, roster.Names(all))
	if s.short && peers == "" {
		s.peers = slices.DeleteFunc(s.peers, func(name string) bool { return name == batch.Handmade })
	}
	return s, err
}

// choose returns those of all that list names, in the order of all; all when it names none.
func choose(what, list string, all []string) ([]string, error) {
	if list == "" {
		return all, nil
	}
	var wanted []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("want a %s of %s, got %q", what, strings.Join(all, ", "), name)
		}
		wanted = append(wanted, name)
	}
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !slices.Contains(wanted, name) }), nil
}

func (s *settings) params() workload.Params {
	p := workload.Full()
	if s.short {
		p = workload.Short()
	}
	p.For = s.duration
	return p
}

// compare lets the contenders play.
func (s *settings) compare(ctx context.Context, stdout, stderr io.Writer) (err error) {
	params := s.params()
	if err := enoughFiles(max(params.Users+params.Base, params.Connects+params.ConnectsAtOnce, params.Members)); err != nil {
		return err
	}
	out, err := s.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close()) }()
	r := &report.Report{Peers: s.peers, Plain: s.engines}
	err = duel.Run(ctx, duel.Plan{
		Rounds: s.rounds, Workloads: s.workloads, Peers: s.peers, Params: params, Profiles: s.profiles, Progress: stderr,
		Sample: func(sample report.Sample) error {
			r.Add(sample)
			return out.line(sample)
		},
	})
	if err != nil {
		return err
	}
	if s.plots != "" {
		if err := r.Plot(s.plots); err != nil {
			return err
		}
	}
	return r.Table(stdout)
}

// growth lets ours grow.
func (s *settings) growth(ctx context.Context, stdout, stderr io.Writer) (err error) {
	files, err := proc.AllowFiles(duel.Files)
	if err != nil {
		return err
	}
	out, err := s.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close()) }()
	var rows []report.Row
	g := duel.Growth{
		Contender: peer.Ours, Params: s.params(), Short: s.short, Files: files, Progress: stderr,
		Row: func(row report.Row) error {
			rows = append(rows, row)
			return out.line(row)
		},
	}
	g.Params.PerSecond = growRate
	if err := g.Run(ctx); err != nil {
		return err
	}
	if s.plots != "" {
		if err := report.PlotGrowth(s.plots, rows); err != nil {
			return err
		}
	}
	return report.GrowthTables(stdout, rows)
}

// growRate is how many messages a second two users exchange while others are idle.
const growRate = 2000

// enoughFiles says so when the system does not allow so many connections in one process.
func enoughFiles(connections int) error {
	const spare = 200
	want := uint64(connections + spare)
	allowed, err := proc.AllowFiles(max(want, duel.Files))
	if err == nil && allowed < want {
		err = fmt.Errorf("want %d open files per process, one per connection, the system allows %d: raise that with ulimit -n, or use -short", want, allowed)
	}
	return err
}
