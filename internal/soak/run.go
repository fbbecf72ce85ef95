package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// Config is a run.
type Config struct {
	Server         string        // ws:// URL
	Users          int           // clients, at least 2
	For            time.Duration // how long to run after calibration
	Every          time.Duration // between two lines
	Calibrate      time.Duration // how long to measure what load 1.0 is; 0: what the server's limits allow
	WarmUp         time.Duration // lines of which no trend is made
	Load           float64       // share of that
	Cuts, Relogins float64       // of each user in a minute
	JSON           bool
}

// A Line is what is told every so often.
type Line struct {
	Seconds    float64           `json:"seconds"`
	Client     Figures           `json:"client"`
	Server     Figures           `json:"server"` // zeros when the server does not tell
	Users      int               `json:"users"`  // logged in and in their channels
	Actions    float64           `json:"actions_per_second"`
	Deliveries float64           `json:"deliveries_per_second"`
	Reconnects uint64            `json:"reconnects"`
	Calls      uint64            `json:"calls"`
	Latency    []float64         `json:"latency_ms"` // p50, p90, p99, max
	Errors     map[string]uint64 `json:"errors"`
	Lost       uint64            `json:"lost"`
	Doubled    uint64            `json:"doubled"`
	Reordered  uint64            `json:"reordered"`
}

func (l Line) String() string {
	mb := func(n uint64) float64 { return float64(n) / (1 << 20) }
	errs := make([]string, 0, len(l.Errors))
	for kind, n := range l.Errors {
		errs = append(errs, fmt.Sprintf("%s: %d", kind, n))
	}
	slices.Sort(errs)
	return fmt.Sprintf("%6.0f s  heap %.1f/%.1f MiB  rss %.0f/%.0f MiB  goroutines %d/%d  fds %d/%d  users %d  actions %.0f/s  "+
		"deliveries %.0f/s  reconnects %d  calls %d  p50 %.1f p90 %.1f p99 %.1f max %.1f ms  lost %d doubled %d reordered %d  errors [%s]",
		l.Seconds, mb(l.Client.Heap), mb(l.Server.Heap), mb(l.Client.RSS), mb(l.Server.RSS), l.Client.Goroutines, l.Server.Goroutines,
		l.Client.FDs, l.Server.FDs, l.Users, l.Actions, l.Deliveries, l.Reconnects, l.Calls,
		l.Latency[0], l.Latency[1], l.Latency[2], l.Latency[3], l.Lost, l.Doubled, l.Reordered, strings.Join(errs, ", "))
}

// Run runs the clients until the time is up or ctx ends, and reports to out. ok tells that nothing was lost, doubled or
// out of order, and that nothing grew beyond its bound.
func Run(ctx context.Context, cfg Config, out io.Writer) (ok bool) {
	c := newCrowd(cfg)
	for _, u := range c.users {
		u.start()
	}
	c.calibrate(ctx, out)
	ctx, cancel := context.WithTimeout(ctx, cfg.For)
	defer cancel()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		c.live(ctx)
	}()
	lines := c.watch(ctx, out)
	<-stopped
	missing := c.settle()
	last := c.line(0)
	c.end()
	return report(out, cfg, lines, last, missing)
}

// calibrate finds out what load 1.0 is, and sets the rate.
func (c *crowd) calibrate(ctx context.Context, out io.Writer) {
	most := mostPerUser
	if c.cfg.Calibrate > 0 {
		c.window.Store(calibrating)
		c.setRate(mostPerUser)
		ctx, cancel := context.WithTimeout(ctx, c.cfg.Calibrate)
		defer cancel()
		begin, before := time.Now(), c.actions.Load()
		c.live(ctx)
		did := float64(c.actions.Load()-before) / time.Since(begin).Seconds() / float64(c.cfg.Users)
		most = max(min(most, did), 0.1)
		c.window.Store(window)
		c.latencies.Take()
	}
	c.setRate(most * c.cfg.Load)
	told(out, c.cfg, "load 1.0 is %.0f actions a second, %.1f of each of %d users: the least of what this machine did in %v and "+
		"of what the server allows; this run does %.0f a second", most*float64(c.cfg.Users), most, c.cfg.Users, c.cfg.Calibrate,
		most*c.cfg.Load*float64(c.cfg.Users))
}

// told writes a sentence, as JSON where everything is.
func told(out io.Writer, cfg Config, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if cfg.JSON {
		_ = json.NewEncoder(out).Encode(map[string]string{"note": text})
		return
	}
	_, _ = fmt.Fprintln(out, text)
}

// watch writes lines until ctx ends.
func (c *crowd) watch(ctx context.Context, out io.Writer) (lines []Line) {
	again := time.NewTicker(c.cfg.Every)
	defer again.Stop()
	begin := time.Now()
	c.latencies.Take()
	actions, deliveries, at := c.actions.Load(), c.deliveries.Load(), begin
	for {
		select {
		case <-again.C:
		case <-ctx.Done():
			return lines
		}
		l := c.line(time.Since(begin).Seconds())
		took := time.Since(at).Seconds()
		at = time.Now()
		a, d := c.actions.Load(), c.deliveries.Load()
		l.Actions, l.Deliveries = float64(a-actions)/took, float64(d-deliveries)/took
		actions, deliveries = a, d
		if c.cfg.JSON {
			_ = json.NewEncoder(out).Encode(l)
		} else {
			_, _ = fmt.Fprintln(out, l)
		}
		lines = append(lines, l)
	}
}

func (c *crowd) line(seconds float64) Line {
	l := Line{
		Seconds: seconds, Client: Measure(), Server: askFigures(c.cfg.Server), Users: c.online(),
		Reconnects: c.reconnects.Load(), Calls: c.calls.Load(), Latency: c.latencies.Take(0.5, 0.9, 0.99, 1), Errors: c.allErrors(),
	}
	l.Lost, l.Doubled, l.Reordered = c.ledger.Counts()
	l.Lost += c.lost.Load()
	return l
}

// askFigures asks a server of Serve for its figures; of another they are zeros.
func askFigures(server string) (f Figures) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http" + strings.TrimSuffix(strings.TrimPrefix(server, "ws"), "/") + figuresPath) //nolint:noctx // has a timeout
	if err != nil {
		return f
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&f) != nil {
		return Figures{}
	}
	return f
}

// report judges a run.
func report(out io.Writer, cfg Config, lines []Line, last Line, missing uint64) (ok bool) {
	ok = true
	lost := last.Lost + missing
	told(out, cfg, "messages: %d lost, %d doubled, %d out of order", lost, last.Doubled, last.Reordered)
	if lost+last.Doubled+last.Reordered > 0 {
		ok = false
	}
	steady := slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.Seconds <= cfg.WarmUp.Seconds() })
	churn := Bound{Least: max(8, float64(cfg.Users)/10)} // users that are just coming and going
	const mib = 1 << 20
	for _, j := range []struct {
		name  string
		bound Bound
		of    func(l Line) float64
		fills bool // rises until what is remembered for a time is as much as it will be
	}{
		{"heap of the clients, MiB", Bound{5, 1}, func(l Line) float64 { return float64(l.Client.Heap) / mib }, false},
		{"heap of the server, MiB", Bound{5, 1}, func(l Line) float64 { return float64(l.Server.Heap) / mib }, true},
		{"goroutines of the clients", churn, func(l Line) float64 { return float64(l.Client.Goroutines) }, false},
		{"goroutines of the server", churn, func(l Line) float64 { return float64(l.Server.Goroutines) }, false},
		{"file descriptors of the clients", churn, func(l Line) float64 { return float64(l.Client.FDs) }, false},
		{"file descriptors of the server", churn, func(l Line) float64 { return float64(l.Server.FDs) }, false},
		{"p99, ms", Bound{100, 20}, func(l Line) float64 { return l.Latency[2] }, false},
	} {
		figures := make([]float64, len(steady))
		for i, l := range steady {
			figures[i] = j.of(l)
		}
		if j.fills && cfg.WarmUp < wire.RepeatedWithin {
			told(out, cfg, "%s: not judged, the server remembers messages for %v and the warm-up was %v", j.name, wire.RepeatedWithin, cfg.WarmUp)
			continue
		}
		sentence, exceeded := j.bound.Check(j.name, figures)
		told(out, cfg, "%s", sentence)
		ok = ok && !exceeded
	}
	if ok {
		told(out, cfg, "PASSED")
	} else {
		told(out, cfg, "FAILED: messages went wrong, or a figure grows: see above")
	}
	return ok
}
