package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/duel"
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
	fs.StringVar(&peers, "peers", "", "`contenders` to compare, with commas between: "+strings.Join(roster.Names(), ", "))
	fs.StringVar(&s.json, "json", "", "`file` for every sample, one per line in JSON")
	fs.StringVar(&s.plots, "plot", "", "`directory` for plots, in SVG")
	fs.StringVar(&s.profiles, "profile", "", "`directory` for CPU profiles of the first round's processes")
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
	s.peers, err = choose("contender", peers, roster.Names())
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
	r := &report.Report{Peers: s.peers}
	lines, err := s.samples()
	if err != nil {
		return err
	}
	defer func() {
		if lines != nil && lines.Close() != nil && err == nil {
			err = fmt.Errorf("%s: not written", s.json)
		}
	}()
	for _, dir := range []string{s.plots, s.profiles} {
		if dir != "" {
			if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // for everybody to read
				return err
			}
		}
	}
	err = duel.Run(ctx, duel.Plan{
		Rounds: s.rounds, Workloads: s.workloads, Peers: s.peers, Params: s.params(), Profiles: s.profiles, Progress: stderr,
		Sample: func(sample report.Sample) error {
			r.Add(sample)
			if lines == nil {
				return nil
			}
			return json.NewEncoder(lines).Encode(sample)
		},
	})
	if err != nil {
		return err
	}
	return r.Table(stdout)
}

// samples opens the file for samples; nil when none is wanted.
func (s *settings) samples() (*os.File, error) {
	if s.json == "" {
		return nil, nil
	}
	return os.Create(s.json)
}
