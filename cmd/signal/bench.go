package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/agora-signal-go/signal/cmd/signal/internal/figures"
	"github.com/agora-signal-go/signal/cmd/signal/internal/load"
)

// benchFlags say how to measure.
type benchFlags struct {
	clients, messages, size int
	rate                    float64
}

func (p *program) benchCommand() *cobra.Command {
	var f benchFlags
	var modes []string
	for _, m := range load.Modes() {
		modes = append(modes, string(m))
	}
	cmd := &cobra.Command{
		Use:   "bench [requests | messages | fanout]…",
		Short: "Measure a server",
		Long: `Logs clients in and measures the server, at a rate that it allows:
  requests  each client asks the server; the time until the answer
  messages  each client sends to the next one; the time until that one has the message
  fanout    one client sends to a channel that all are in; the time until each of them has the message
Without a mode it measures all three, one after the other. Every message is accounted for: what is lost, doubled or
not answered is a failure. A user may send 60 messages a second and ask for 200 things; above that the server
refuses, and the figures say so. Accounts are called bench-…: where the app demands tokens, --certificate-file is needed.

JSON: {"event":"bench","mode","clients","senders","messages","size","rate","sent","expected","delivered","lost",
"duplicated","rate_limited","failed","failure","seconds","per_second","latency_us":{"min","mean","p50","p90","p99",
"p999","max"},"histogram":[{"from_us","to_us","count"}]}, a line for each mode`,
		Example: `  signal bench
  signal bench messages --clients 100 --messages 500
  signal bench fanout --clients 1000 --size 1000 --json`,
		ValidArgs: modes,
		Args:      cobra.OnlyValidArgs,
		RunE:      func(cmd *cobra.Command, args []string) error { return p.bench(cmd, args, f) },
	}
	cmd.Flags().IntVar(&f.clients, "clients", 10, "how many clients")
	cmd.Flags().IntVar(&f.messages, "messages", 100, "how many messages, or requests, of each sender")
	cmd.Flags().IntVar(&f.size, "size", 128, fmt.Sprintf("bytes of a message, %d to %d", load.MinSize, load.MaxSize))
	cmd.Flags().Float64Var(&f.rate, "rate", 0, "how many of each sender a second (default: 50, of requests 150)")
	return cmd
}

func (p *program) bench(cmd *cobra.Command, modes []string, f benchFlags) error {
	plans, err := f.plans(cmd, modes)
	if err != nil {
		return err
	}
	s, err := p.settings()
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	proof, err := p.readCredentials(ctx, s)
	if err != nil {
		return err
	}
	if proof.token != "" {
		return usagef("want the app's certificate (--certificate-file, SIGNAL_CERTIFICATE): a token is good for one account alone")
	}
	dial, err := p.dialer(ctx, s)
	if err != nil {
		return err
	}
	well := true
	for _, plan := range plans {
		plan.Dial, plan.Timeout = dial, s.timeout
		report, err := p.measure(ctx, plan)
		if err != nil {
			return err
		}
		if err := p.showBench(plan, report); err != nil {
			return err
		}
		well = well && report.Lost+report.Duplicated+report.Failed == 0
	}
	if !well {
		return failedError{}
	}
	return nil
}

// plans returns what is to be measured.
func (f *benchFlags) plans(cmd *cobra.Command, modes []string) ([]load.Plan, error) {
	if len(modes) == 0 {
		for _, m := range load.Modes() {
			modes = append(modes, string(m))
		}
	}
	var plans []load.Plan
	for _, m := range modes {
		plan := load.Plan{Mode: load.Mode(m), Clients: f.clients, Count: f.messages, Size: f.size, Rate: f.rate, Run: rand.Text()[:8]}
		if !cmd.Flags().Changed("rate") {
			plan.Rate = plan.Mode.Rate()
		}
		if err := plan.Check(); err != nil {
			return nil, usageError{err}
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

// measure carries out a plan, with a bar that shows how far it is.
func (p *program) measure(ctx context.Context, plan load.Plan) (load.Report, error) {
	bar := p.newBar(string(plan.Mode))
	defer bar.clear()
	plan.Progress = bar.show
	return load.Run(ctx, plan)
}

// A bar shows on a terminal how far something is, and nothing elsewhere.
type bar struct {
	to    *os.File // nil where there is none
	title string
	shown string
}

func (p *program) newBar(title string) *bar {
	b := &bar{title: title}
	if !p.out.json && !p.out.quiet && isTerminal(p.out.stderr) && p.getenv("TERM") != "dumb" {
		b.to = p.out.stderr
	}
	return b
}

const barWidth = 40

func (b *bar) show(done, all int64) {
	if b.to == nil {
		return
	}
	filled := int(done * barWidth / all)
	line := fmt.Sprintf("\r%-9s [%-*s] %3d%% %d/%d", b.title, barWidth, repeat('=', filled), done*100/all, done, all)
	if line != b.shown {
		b.shown = line
		_, _ = b.to.WriteString(line) // a bar that cannot be seen is not missed
	}
}

func (b *bar) clear() {
	if b.to != nil && b.shown != "" {
		_, _ = b.to.WriteString("\r\x1b[K")
	}
}

func repeat(c byte, n int) string {
	line := make([]byte, n)
	for i := range line {
		line[i] = c
	}
	return string(line)
}

// latencyRecord and bucketRecord are parts of what --json writes of a measurement, in microseconds.
type latencyRecord struct {
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

type bucketRecord struct {
	From  float64 `json:"from_us"`
	To    float64 `json:"to_us"`
	Count int64   `json:"count"`
}

func latencyOf(s figures.Summary) latencyRecord {
	return latencyRecord{
		Min: micros(s.Min), Mean: micros(s.Mean), P50: micros(s.P50), P90: micros(s.P90), P99: micros(s.P99), P999: micros(s.P999), Max: micros(s.Max),
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
